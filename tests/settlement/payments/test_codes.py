"""The life of a code: paying, replaced, cancelled, paid after it had ended; and money that no share waits for."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from api.wiring import House
from foundation import clock
from foundation.errors import Conflict
from settlement.bills.reading import BillView, read_bill
from settlement.payments.closing import cancel_code, expire_codes, replace_code
from settlement.payments.orders import CodeNotPayable, start_payment
from settlement.payments.queries import TOO_OFTEN_PAUSE, query_bill, query_due_orders
from settlement.payments.tables import channel_order, payment_code, surplus_payment
from settlement.refunds.reading import refundable
from tests.played import CLERK, Played, confirmed, home_case, paid, started
from tests.settlement.payments.test_proofs import hear, notification
from tests.settlement.refunds.conftest import approved, book, cases, proposed, pursued


@pytest.fixture
async def view(house: House) -> BillView:
    return await confirmed(house, home_case())


async def code_states(house: House, view: BillView) -> list[str]:
    wanted = select(payment_code.c.state).where(payment_code.c.bill_id == view.id).order_by(payment_code.c.id)
    async with house.office.database.connect() as db:
        return list(await db.scalars(wanted))


async def test_a_code_is_paying_while_an_order_is_under_way(house: House, played: Played, view: BillView) -> None:
    await started(house, view, "transferee")
    assert await code_states(house, view) == ["paying"]
    played.set_clocks(clock.now() + timedelta(minutes=16))
    await query_bill(house.office, view.id)
    assert await code_states(house, view) == ["live"]


async def test_a_replaced_code_opens_nothing_and_its_order_goes_on_behind_the_new_one(
    house: House, played: Played, view: BillView
) -> None:
    order_id = await started(house, view, "transferee")
    await replace_code(house.office, view.id, CLERK, "二维码泄露")
    assert await code_states(house, view) == ["cancelled", "paying"]
    assert view.code is not None
    with pytest.raises(CodeNotPayable, match="no longer valid"):
        await start_payment(house.office, view.code.token, "transferee", "http://127.0.0.1/back")
    assert await started(house, await read_bill(house.office, view.id), "transferee") == order_id
    played.control("payments", {"order_id": order_id})
    assert await hear(house, notification(played, order_id)) == "applied"
    assert await code_states(house, view) == ["cancelled", "paid"]


async def test_a_paid_code_is_not_replaced(house: House, played: Played, view: BillView) -> None:
    await paid(house, played, view.id, "transferee")
    with pytest.raises(Conflict, match="needs no other code"):
        await replace_code(house.office, view.id, CLERK, "丢失")  # the channel is asked, and says that it was paid
    assert await code_states(house, view) == ["paid"]


async def test_a_cancelled_code_waits_for_what_was_started(house: House, played: Played, view: BillView) -> None:
    await started(house, view, "transferee")
    assert await cancel_code(house.office, view.id, CLERK, "退房") == "cancelling"
    assert await expire_codes(house.office) == 0
    played.set_clocks(clock.now() + timedelta(minutes=16))
    assert await expire_codes(house.office) == 1
    assert await code_states(house, view) == ["cancelled"]


async def test_money_for_a_cancelled_code_is_taken_while_the_bill_waits_for_it(
    house: House, played: Played, view: BillView
) -> None:
    order_id = await paid(house, played, view.id, "transferee")
    raw = notification(played, order_id)
    played.simulator.world.orders = {}  # the channel forgets, and so says that it was not paid
    played.set_clocks(clock.now() + timedelta(minutes=16))
    assert await cancel_code(house.office, view.id, CLERK, "退房") == "cancelled"
    assert await hear(house, raw) == "applied"
    assert await code_states(house, view) == ["paid_late"]
    assert (await read_bill(house.office, view.id)).state == "paid"


async def test_too_often_is_left_alone_for_a_while(house: House, played: Played, view: BillView) -> None:
    order_id = await started(house, view, "transferee")
    played.control("faults", {"kind": "query", "how": "too_often", "order_id": order_id})
    played.set_clocks(clock.now() + timedelta(minutes=6))
    assert await query_due_orders(house.office) == 1
    async with house.office.database.connect() as db:
        assert await db.scalar(select(channel_order.c.next_query_at)) >= clock.now() + TOO_OFTEN_PAUSE - timedelta(
            seconds=5
        )


async def test_a_second_payment_is_in_the_book_and_goes_back(house: House, played: Played, view: BillView) -> None:
    order_id = await started(house, view, "transferee")
    played.control("faults", {"kind": "payment", "how": "twice", "order_id": order_id})
    played.control("payments", {"order_id": order_id})
    order = played.simulator.world.by_order_id[order_id]
    _, second = order.payments
    assert await hear(house, notification(played, order_id)) == "applied"
    twice = notification(
        played, order_id, queryId=second.query_id, traceNo=second.trace_no, settleDate=f"{second.clearing_day:%m%d}"
    )
    assert [await hear(house, twice) for _ in range(2)] == ["conflicting", "duplicate"]
    assert await book(house) == {
        "channel_transit": 2 * view.amount_fen,
        "due_treasury": 1_500_000,
        "due_non_tax": 8_000,
        "surplus": view.amount_fen,
    }
    (surplus,) = (await refundable(house.office, view.id)).surplus
    assert (surplus.kind, surplus.query_id) == ("again", second.query_id)
    refund_id = await approved(house, view, [], [surplus.id])
    with pytest.raises(Conflict, match="exists already"):
        await proposed(house, view, [], [surplus.id])
    assert await pursued(house, played, refund_id) == "done"
    assert "surplus" not in await book(house)
    assert await cases(house) == []
    assert {one.payment.query_id for one in played.simulator.world.returns.values()} == {second.query_id}


async def test_money_for_a_withdrawn_bill_goes_back(house: House, played: Played, view: BillView) -> None:
    from settlement.bills.withdrawal import withdraw_bill

    order_id = await paid(house, played, view.id, "transferee")
    raw = notification(played, order_id)
    orders, played.simulator.world.orders = played.simulator.world.orders, {}
    played.set_clocks(clock.now() + timedelta(minutes=16))
    await withdraw_bill(house.office, view.id, CLERK, "重新受理")
    played.simulator.world.orders = orders
    assert await hear(house, raw) == "applied"
    assert await cases(house) == ["P-3"]
    (surplus,) = (await refundable(house.office, view.id)).surplus
    refund_id = await approved(house, view, [], [surplus.id])
    assert await pursued(house, played, refund_id) == "done"
    assert (await book(house), await cases(house)) == ({}, [])


async def test_a_doubtful_amount_is_asked_about_and_cleared_up(house: House, played: Played, view: BillView) -> None:
    order_id = await paid(house, played, view.id, "transferee")
    more = str(view.amount_fen + 1)
    assert await hear(house, notification(played, order_id, txnAmt=more, settleAmt=more)) == "conflicting"
    assert await cases(house) == ["P-10"]
    assert await query_due_orders(house.office) == 1  # at once, not after five minutes
    assert (await read_bill(house.office, view.id)).state == "paid"
    assert await cases(house) == []
    async with house.office.database.connect() as db:
        assert (await db.scalars(select(surplus_payment.c.id))).all() == []
