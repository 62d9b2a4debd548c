"""Hearing that a bill was paid: once, whatever comes, in whatever order, by whatever path."""

from datetime import timedelta
from urllib.parse import parse_qs, urlencode

import pytest
from sqlalchemy import select

from adapters.simulator.acp_answers import notification_fields
from adapters.simulator.acp_wire import sign
from adapters.simulator.certificates import stranger
from api.wiring import House
from foundation import clock
from ledger import balances
from settlement.bills.reading import BillView, read_bill
from settlement.cases import office_case
from settlement.payments.closing import expire_codes
from settlement.payments.codes import TRIES_MAX, CodeLocked, WrongTail, open_share, unlock
from settlement.payments.inbox import receive_notification
from settlement.payments.orders import CodeNotPayable, start_payment
from settlement.payments.queries import query_due_orders
from settlement.payments.tables import channel_order, inbox
from tests.played import Played, confirmed, home_case, paid, shop_case, started

SOURCE = "203.0.113.9"


def notification(played: Played, order_id: str, **changes: str) -> bytes:
    """What UnionPay would send of a paid order, signed after the changes."""
    order = next(one for one in played.simulator.world.orders.values() if one.order_id == order_id)
    fields = notification_fields(order, order.payments[0]) | changes
    return urlencode(sign(fields, played.simulator.keys.signer)).encode()


async def hear(house: House, raw: bytes) -> str:
    return (await receive_notification(house.office, "341502", raw, SOURCE)).name


async def outcomes(house: House) -> list[str]:
    async with house.office.database.connect() as db:
        return list(await db.scalars(select(inbox.c.outcome).order_by(inbox.c.received_at)))


async def cases(house: House) -> list[str]:
    async with house.office.database.connect() as db:
        return list(await db.scalars(select(office_case.c.kind).order_by(office_case.c.kind)))


async def in_transit(house: House) -> int:
    async with house.office.database.connect() as db:
        return sum(one.balance for one in await balances(db, "341502:channel_transit"))


@pytest.fixture
async def view(house: House) -> BillView:
    return await confirmed(house, home_case())


async def test_a_notification_pays_the_bill_once(house: House, played: Played, view: BillView) -> None:
    raw = notification(played, await paid(house, played, view.id, "transferee"))
    assert await hear(house, raw) == "applied"
    after = await read_bill(house.office, view.id)
    assert (after.state, after.code.state if after.code else "") == ("paid", "paid")
    assert await in_transit(house) == view.amount_fen
    assert [await hear(house, raw) for _ in range(3)] == ["duplicate"] * 3
    assert await in_transit(house) == view.amount_fen
    assert await outcomes(house) == ["applied", "duplicate", "duplicate", "duplicate"]
    async with house.office.database.connect() as db:
        assert {bytes(one) for one in await db.scalars(select(inbox.c.raw))} == {raw}


async def test_a_forged_notification_changes_nothing_and_is_counted_into_one_case(
    house: House, played: Played, view: BillView
) -> None:
    order_id = await paid(house, played, view.id, "transferee")
    order = next(one for one in played.simulator.world.orders.values() if one.order_id == order_id)
    forged = urlencode(sign(notification_fields(order, order.payments[0]), stranger())).encode()
    assert [await hear(house, forged) for _ in range(3)] == ["bad_signature"] * 3
    assert (await read_bill(house.office, view.id)).state == "confirmed"
    assert await cases(house) == ["S-forged"]


async def test_one_changed_character_in_any_field_is_noticed(house: House, played: Played, view: BillView) -> None:
    raw = notification(played, await paid(house, played, view.id, "transferee"))
    fields = {key: values[0] for key, values in parse_qs(raw.decode()).items()}
    for name in sorted(fields.keys() - {"signPubKeyCert"}):
        changed = fields | {name: fields[name][:-1] + ("1" if fields[name][-1] != "1" else "2")}
        assert await hear(house, urlencode(changed).encode()) == "bad_signature", name
    assert (await read_bill(house.office, view.id)).state == "confirmed"


@pytest.mark.parametrize("raw", [b"", b"\xff\xfe", b"a=1&a=2", b"%zz", b"orderId=1&txnAmt=%00"])
async def test_rubbish_is_kept_and_refused(raw: bytes, house: House) -> None:
    assert await hear(house, raw) == "bad_signature"
    assert await outcomes(house) == ["bad_signature"]


async def test_a_notification_for_an_unknown_order_opens_a_case(house: House, played: Played, view: BillView) -> None:
    order_id = await paid(house, played, view.id, "transferee")
    assert await hear(house, notification(played, order_id, orderId="34150226112399999999A01")) == "unknown_order"
    assert await cases(house) == ["P-5"]
    assert (await read_bill(house.office, view.id)).state == "confirmed"


@pytest.mark.parametrize(("more", "kind"), [(1, "P-10"), (-1, "P-11")])
async def test_another_amount_is_never_booked(
    more: int, kind: str, house: House, played: Played, view: BillView
) -> None:
    order_id = await paid(house, played, view.id, "transferee")
    amount = str(view.amount_fen + more)
    assert await hear(house, notification(played, order_id, txnAmt=amount, settleAmt=amount)) == "conflicting"
    assert await cases(house) == [kind]
    assert await in_transit(house) == 0


async def test_a_second_payment_of_the_same_order_opens_a_case(house: House, played: Played, view: BillView) -> None:
    order_id = await paid(house, played, view.id, "transferee")
    await hear(house, notification(played, order_id))
    assert await hear(house, notification(played, order_id, queryId="999999999999999999999")) == "conflicting"
    assert await cases(house) == ["P-6"]


async def test_a_lost_notification_is_found_by_query(house: House, played: Played, view: BillView) -> None:
    await paid(house, played, view.id, "transferee")
    assert await query_due_orders(house.office) == 0  # not due before five minutes
    played.set_clocks(clock.now() + timedelta(minutes=6))
    assert await query_due_orders(house.office) == 1
    assert (await read_bill(house.office, view.id)).state == "paid"
    async with house.office.database.connect() as db:
        assert await db.scalar(select(channel_order.c.proved_by)) == "query"


async def test_with_each_own_the_same_code_serves_both(house: House, played: Played) -> None:
    view = await confirmed(house, shop_case())
    first = await paid(house, played, view.id, "transferor")
    await hear(house, notification(played, first))
    half = await read_bill(house.office, view.id)
    assert (half.state, half.code.state if half.code else "") == ("part_paid", "live")
    with pytest.raises(CodeNotPayable, match="do not pay again"):
        await started(house, half, "transferor")
    await hear(house, notification(played, await paid(house, played, view.id, "transferee")))
    assert (await read_bill(house.office, view.id)).state == "paid"
    assert await in_transit(house) == view.amount_fen


async def test_a_second_press_shows_the_same_order(house: House, view: BillView) -> None:
    assert await started(house, view, "transferee") == await started(house, view, "transferee")


async def test_after_its_time_an_order_is_asked_about_before_there_is_a_new_one(
    house: House, played: Played, view: BillView
) -> None:
    first = await started(house, view, "transferee")
    played.set_clocks(clock.now() + timedelta(minutes=16))
    second = await started(house, view, "transferee")
    assert first != second
    assert first[:-2] == second[:-2]
    async with house.office.database.connect() as db:
        states = await db.execute(select(channel_order.c.order_id, channel_order.c.state))
        assert {tuple(row) for row in states} == {(first, "not_paid"), (second, "open")}


async def test_money_for_a_closed_order_is_taken_while_the_share_is_due(
    house: House, played: Played, view: BillView
) -> None:
    first = await paid(house, played, view.id, "transferee")
    raw = notification(played, first)
    played.simulator.world.orders = {}  # the channel forgets, and so says that it was not paid
    played.set_clocks(clock.now() + timedelta(minutes=16))
    await query_due_orders(house.office)
    assert await hear(house, raw) == "applied"
    assert (await read_bill(house.office, view.id)).state == "paid"


async def test_a_code_expires_only_after_the_channel_was_asked(house: House, played: Played, view: BillView) -> None:
    order_id = await paid(house, played, view.id, "transferee")
    played.set_clocks(clock.now() + timedelta(days=2))
    assert await expire_codes(house.office) == 0  # it was paid after all
    after = await read_bill(house.office, view.id)
    assert (after.state, after.code.state if after.code else "") == ("paid", "paid")
    assert await hear(house, notification(played, order_id)) == "duplicate"


async def test_an_unpaid_code_expires_and_cannot_be_paid(house: House, played: Played, view: BillView) -> None:
    await started(house, view, "transferee")
    played.set_clocks(clock.now() + timedelta(days=2))
    assert await expire_codes(house.office) == 1
    after = await read_bill(house.office, view.id)
    assert after.code is not None
    assert after.code.state == "expired"
    with pytest.raises(CodeNotPayable, match="no longer valid"):
        await start_payment(house.office, after.code.token, "transferee", "http://127.0.0.1/back")


async def test_few_tries_for_the_last_four_characters_then_the_window(house: House, view: BillView) -> None:
    assert view.code is not None
    token = view.code.token
    assert await open_share(house.office, token, "0016") == "transferee"
    assert await open_share(house.office, token, "0021") == "transferor"  # who pays nothing, but may look
    for left in reversed(range(TRIES_MAX)):
        with pytest.raises(WrongTail, match=f"{left} tries left"):
            await open_share(house.office, token, "9999")
    with pytest.raises(CodeLocked, match="window"):
        await open_share(house.office, token, "0016")
    await unlock(house.office, view.id)
    assert await open_share(house.office, token, "0016") == "transferee"
