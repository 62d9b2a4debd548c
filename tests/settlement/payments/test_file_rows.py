"""The third path by which we hear of a payment: a row of the channel's file."""

from datetime import date, timedelta
from itertools import permutations
from typing import Any
from urllib.parse import urlencode

import pytest
from sqlalchemy import select

from adapters.simulator.acp_answers import notification_fields
from adapters.simulator.acp_wire import sign
from api.closing import close_the_day
from api.wiring import House
from foundation import clock
from ledger import balances
from reconciliation.checks import CHECKS
from reconciliation.consistency import look
from settlement.bills.reading import BillView, read_bill
from settlement.cases import office_case
from settlement.payments.closing import expire_codes
from settlement.payments.file_rows import catch_up
from settlement.payments.inbox import receive_notification
from settlement.payments.queries import query_bill, query_due_orders
from settlement.payments.tables import channel_order
from settlement.ports.statements import Statement
from tests.days import REGION, morning_after
from tests.played import Played, confirmed, home_case, paid
from tests.recorded import every_step

PATHS = ("notification", "query", "file")


async def silently_paid(house: House, played: Played, number: int = 0) -> tuple[BillView, str]:
    """A bill that was paid at the channel, of which nobody told us."""
    view = await confirmed(house, home_case(case_number=f"SILENT-{number}"))
    played.control("faults", {"kind": "notification", "how": "dropped"})
    return view, await paid(house, played, view.id, "transferee")


async def the_file(house: House, played: Played, day: date) -> Statement:
    morning_after(played, day)
    channel = house.sources[REGION][0]
    raw = await channel.fetch(day)
    assert raw is not None
    return channel.parse(raw, day)


async def order(house: House, order_id: str) -> Any:
    async with house.office.database.connect() as db:
        return (await db.execute(select(channel_order).where(channel_order.c.order_id == order_id))).one()


async def in_transit(house: House) -> int:
    async with house.office.database.connect() as db:
        return sum(one.balance for one in await balances(db, f"{REGION}:channel_transit"))


async def test_a_payment_of_which_nobody_told_us_is_posted_from_the_file_once(
    house: House, played: Played, day: date
) -> None:
    view, order_id = await silently_paid(house, played)
    file = await the_file(house, played, day)
    assert [await catch_up(house.office, file) for _ in range(3)] == [1, 0, 0]
    assert (await read_bill(house.office, view.id)).state == "paid"
    row = await order(house, order_id)
    assert (row.state, row.proved_by, row.clearing_day) == ("paid", "file", day)
    assert await in_transit(house) == view.amount_fen


async def test_the_close_of_the_day_posts_it_and_finds_no_difference(house: House, played: Played, day: date) -> None:
    view, _ = await silently_paid(house, played)
    await the_file(house, played, day)
    report = await close_the_day(house, REGION, day)
    channel = next(one for one in report.sources if one.source == "channel")
    assert channel.matched is not None
    assert (channel.matched.fen, report.breaks) == (view.amount_fen, ())


async def test_an_order_that_was_given_up_too_early_is_paid_by_the_file(
    house: House, played: Played, day: date
) -> None:
    played.control("faults", {"kind": "query", "how": "not_found", "times": 1})
    view, order_id = await silently_paid(house, played)
    played.set_clocks(clock.now() + timedelta(minutes=20))
    await query_due_orders(house.office)
    assert (await order(house, order_id)).state == "not_paid"
    played.control("faults", {"kind": "query", "how": "not_found", "times": 1})
    file = await the_file(house, played, day)
    assert await catch_up(house.office, file) == 0  # the channel does not confirm it: no entry by the file alone
    assert (await order(house, order_id)).state == "not_paid"
    assert await catch_up(house.office, file) == 1
    assert (await read_bill(house.office, view.id)).state == "paid"


async def test_where_the_file_has_another_amount_the_channels_answer_counts_and_the_file_differs(
    house: House, played: Played, day: date
) -> None:
    view, order_id = await silently_paid(house, played)
    wanted = {"kind": "row", "how": "altered", "by_fen": -1, "source": "channel", "region": REGION, "day": str(day)}
    played.control("faults", wanted)
    assert await catch_up(house.office, await the_file(house, played, day)) == 1
    paid_order = await order(house, order_id)
    assert (paid_order.state, paid_order.proved_by) == ("paid", "query")
    assert await in_transit(house) == view.amount_fen
    report = await close_the_day(house, REGION, day)
    assert [(one.kind, one.key) for one in report.breaks if one.kind[0] == "P"] == [("P-11", paid_order.query_id)]


@pytest.mark.parametrize("expired", [False, True])
async def test_every_order_of_the_three_paths_ends_the_same(
    house: House, played: Played, day: date, expired: bool
) -> None:
    """All ways in which up to three paths can come, each once or twice, with the code live or long over."""
    orders = [way for count in (1, 2, 3) for way in permutations(PATHS, count)] + [("file", "file", "query")]
    orders = [way for way in orders if not expired or way != ("query",)]  # nobody asks about what is over
    bills = [await silently_paid(house, played, number) for number in range(len(orders))]
    if expired:
        played.control("faults", {"kind": "query", "how": "not_found", "times": 2 * len(bills)})
        played.set_clocks(clock.now() + timedelta(minutes=20))
        await query_due_orders(house.office)
        await expire_codes(house.office)
    file = await the_file(house, played, day)
    played.simulator.faults.clear()
    ends = set()
    for (view, order_id), way in zip(bills, orders, strict=True):
        for path in way:
            await hear_by(house, played, path, view, order_id, file)
        row = await order(house, order_id)
        bill = await read_bill(house.office, view.id)
        async with house.office.database.connect() as db:
            moved = await db.execute(select(every_step.c.event).where(every_step.c.subject.in_([row.id, view.id])))
            entries = tuple(sorted(moved.scalars()))
        ends.add((row.state, row.clearing_day, row.amount_fen, bill.state, entries))
    assert len(ends) == 1, ends
    assert await in_transit(house) == sum(view.amount_fen for view, _ in bills)
    async with house.office.database.begin() as db:
        proven = [one for one in CHECKS if one.kind == "I-4"]
        assert await look(db, proven, clock.now() - timedelta(days=9)) == 0  # each has its proof, whatever the path
    async with house.office.database.connect() as db:
        assert list(await db.scalars(select(office_case.c.kind))) == []


async def hear_by(house: House, played: Played, path: str, view: BillView, order_id: str, file: Statement) -> None:
    if path == "notification":
        known = next(one for one in played.simulator.world.orders.values() if one.order_id == order_id)
        fields = sign(notification_fields(known, known.payments[0]), played.simulator.keys.signer)
        await receive_notification(house.office, REGION, urlencode(fields).encode(), "203.0.113.9")
    elif path == "query":
        await query_bill(house.office, view.id)
    else:
        of_order = [one == order_id for one in file.columns["second_key"].to_pylist()]
        alone = Statement(file.source, file.region, file.day, file.file_name, b"", file.columns.filter(of_order))
        await catch_up(house.office, alone)
