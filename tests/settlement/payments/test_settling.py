"""Many notifications at one moment: one commit for what pays as it was owed, and each odd one judged by itself."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import pytest
from sqlalchemy import select, text

from adapters.simulator.acp_answers import notification_fields
from adapters.simulator.acp_wire import sign
from api.jobs import connect, job_queue, work
from api.wiring import House
from foundation.database import transaction
from ledger import close_account, close_days, verify
from ledger.errors import AccountClosed
from settlement import postings
from settlement.bills.reading import read_bill
from settlement.payments.inbox import Inbox
from settlement.payments.proofs import apply_proof
from settlement.ports.channel import Proof
from tests.played import Played, confirmed, home_case, paid, shop_case
from tests.recorded import every_step

REGION = "341502"
SOURCE = "203.0.113.9"


def notification(played: Played, order_id: str, **changes: str) -> bytes:
    order = next(one for one in played.simulator.world.orders.values() if one.order_id == order_id)
    fields = notification_fields(order, order.payments[0]) | changes
    return urlencode(sign(fields, played.simulator.keys.signer)).encode()


async def homes(house: House, played: Played, count: int) -> dict[UUID, str]:
    """Bills of one share that were paid at the channel: bill id -> order number."""
    found = {}
    for number in range(count):
        view = await confirmed(house, home_case(case_number=f"SETTLING-{number}"))
        found[view.id] = await paid(house, played, view.id, "transferee")
    return found


async def heard_together(house: House, raws: list[bytes]) -> list[str]:
    async with Inbox(house.office) as door:
        return [one.name for one in await asyncio.gather(*(door.receive(REGION, raw, SOURCE) for raw in raws))]


async def column(house: House, statement: str) -> list[Any]:
    async with house.office.database.connect() as db:
        return list(await db.scalars(text(statement)))


async def test_what_comes_together_is_settled_together_and_the_odd_by_itself(house: House, played: Played) -> None:
    bills = await homes(house, played, 3)
    first, second, third = bills.values()
    shop = await confirmed(house, shop_case())
    halves = [await paid(house, played, shop.id, payer) for payer in ("transferor", "transferee")]
    names = await heard_together(
        house,
        [
            notification(played, first),
            notification(played, second, txnAmt="1", settleAmt="1"),
            notification(played, first),
            notification(played, third),
            *(notification(played, half) for half in halves),
            b"nonsense",
        ],
    )
    assert names == ["applied", "conflicting", "duplicate", "applied", "applied", "applied", "bad_signature"]
    states = {bill_id: (await read_bill(house.office, bill_id)).state for bill_id in bills}
    assert list(states.values()) == ["paid", "confirmed", "paid"]
    whole = await read_bill(house.office, shop.id)
    assert (whole.state, whole.code.state if whole.code else "") == ("paid", "paid")
    moved = Counter((one.machine, one.event) for one in whole.steps)
    assert [moved[step, "pay"] for step in ("channel_order", "share")] == [2, 2]  # one set, or two, each once
    assert [moved[step, "last_share_paid"] for step in ("bill", "payment_code")] == [1, 1]
    followed = await column(house, "SELECT convert_from(payload, 'UTF8') FROM pgqueuer WHERE entrypoint = 'allocate'")
    paid_bills = {str(bill_id) for bill_id in (*bills, shop.id)} - {str(list(bills)[1])}
    assert set(" ".join(map(str, followed)).split()) == paid_bills
    assert await column(house, "SELECT count(*) FROM inbox") == [7]
    assert not (await verify(house.office.database)).findings


async def test_the_queue_is_woken_after_the_commit_and_not_in_it(house: House, played: Played) -> None:
    """A commit that notifies would wait for the one before to be on the disk."""
    (order_id,) = (await homes(house, played, 1)).values()
    told: asyncio.Queue[str] = asyncio.Queue()
    async with house.office.database.connect() as db:
        listening = (await db.get_raw_connection()).driver_connection
        assert listening is not None
        await listening.add_listener("ch_pgqueuer", lambda *heard: told.put_nowait(heard[-1]))
        assert await heard_together(house, [notification(played, order_id)]) == ["applied"]
        assert '"delete"' in (await asyncio.wait_for(told.get(), 30)).replace(" ", "")
        assert told.empty()
        await db.invalidate()


async def test_every_row_that_moves_is_recorded_once(house: House, played: Played) -> None:
    (order_id,) = (await homes(house, played, 1)).values()
    await heard_together(house, [notification(played, order_id)])
    async with house.office.database.connect() as db:
        paying = every_step.c.event.in_(("pay", "last_share_paid"))
        rows = await db.execute(
            select(every_step.c.machine, every_step.c.came_from, every_step.c.went_to).where(paying)
        )
        moved = sorted(tuple(row) for row in rows)
    (lines,) = await column(house, "SELECT count(*)::int FROM allocation_line")
    assert moved == sorted(
        [
            *[("allocation_line", "due", "in_transit")] * lines,
            ("bill", "confirmed", "paid"),
            ("channel_order", "open", "paid"),
            ("payment_code", "paying", "paid"),
            ("share", "due", "paid"),
        ]
    )


async def test_no_index_looks_at_what_a_payment_changes(house: House) -> None:
    """Such an index would cost every payment a new entry in all indexes of the row (a summary would not)."""
    looking = """
        SELECT index.indexrelid::regclass::text FROM pg_index AS index
        JOIN pg_class ON pg_class.oid = index.indexrelid JOIN pg_am ON pg_am.oid = pg_class.relam
        WHERE index.indrelid = ANY (ARRAY['bill', 'share', 'allocation_line']::regclass[]) AND pg_am.amname <> 'brin'
            AND pg_get_indexdef(index.indexrelid) ~ '\\m(state|paid_at)\\M'
    """
    assert await column(house, looking) == []


async def test_money_of_a_closed_day_is_booked_on_the_first_open_one(house: House, played: Played) -> None:
    ((bill_id, order_id),) = (await homes(house, played, 1)).items()
    day = next(iter(played.simulator.world.orders.values())).payments[0].clearing_day
    async with transaction(house.office.database) as db:
        await close_days(db, REGION, day, day, "finance")
    assert await heard_together(house, [notification(played, order_id)]) == ["applied"]
    assert (await read_bill(house.office, bill_id)).state == "paid"
    assert await column(house, "SELECT clearing_day FROM channel_order") == [day]
    booked = await column(house, "SELECT effective_on FROM ledger.entry WHERE reference LIKE 'order %'")
    assert booked == [day + timedelta(days=1)]


async def test_what_the_book_refuses_leaves_everything_as_it_was(house: House, played: Played) -> None:
    ((bill_id, order_id),) = (await homes(house, played, 1)).items()
    code = postings.in_transit(house.office.region(REGION)).code
    async with transaction(house.office.database) as db:
        await close_account(db, code, "finance", "a test")
    with pytest.raises(AccountClosed):
        await heard_together(house, [notification(played, order_id)])
    assert (await read_bill(house.office, bill_id)).state == "confirmed"
    assert await column(house, "SELECT state FROM channel_order") == ["open"]
    assert await column(house, "SELECT count(*) FROM inbox") == [0]


async def test_money_counts_where_its_order_is(house: House, played: Played) -> None:
    """Two regions may share a merchant: what comes to the other's address is booked in the order's region."""
    ((bill_id, order_id),) = (await homes(house, played, 1)).items()
    read = house.office.institutions[REGION].channel.read_notification(notification(played, order_id))
    assert isinstance(read, Proof)
    async with transaction(house.office.database) as db:
        assert (await apply_proof(house.office, db, "330206", read, "query")).name == "applied"
    assert (await read_bill(house.office, bill_id)).state == "paid"


async def test_what_one_commit_paid_is_followed_bill_by_bill(house: House, played: Played) -> None:
    bills = await homes(house, played, 3)
    await heard_together(house, [notification(played, order_id) for order_id in bills.values()])
    connection = await connect(house.office.database.url.render_as_string(hide_password=False))
    queue = job_queue(connection, house)
    working = asyncio.create_task(work(queue))
    try:
        async with asyncio.timeout(60):
            for bill_id in bills:
                await _followed(house, bill_id)
    finally:
        queue.shutdown.set()
        await working
        await connection.close()


async def _followed(house: House, bill_id: UUID) -> None:
    while (await read_bill(house.office, bill_id)).state in ("confirmed", "paid"):  # noqa: ASYNC110 - a row, no event
        await asyncio.sleep(0.1)
