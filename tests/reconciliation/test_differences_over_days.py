"""Differences from one day to the next: one case each, named until it is settled."""

from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncEngine

from api.wiring import House
from foundation import clock
from reconciliation.days import close_day
from reconciliation.ports import TransitRow
from settlement.adjustments import decide, propose
from settlement.office import Actor
from settlement.ports.statements import Source
from tests.reconciliation.conftest import DAY, NEXT, REGION, MemoryBook, MemorySource, cases, ours, theirs
from tests.signing import signed_by_two


async def test_a_reissued_statement_updates_the_case_and_does_not_double_it(
    database: AsyncEngine, book: MemoryBook, channel: MemorySource
) -> None:
    book.holds(Source.channel, ours("q1", 100), ours("q2", 200))
    channel.shows(DAY, theirs("q1", 109), theirs("q2", 200))
    await close_day(database, REGION, DAY, [channel], book)
    channel.shows(DAY, theirs("q1", 95), theirs("q2", 200))
    report = await close_day(database, REGION, DAY, [channel], book)
    assert [(one.kind, one.their_fen - one.our_fen) for one in report.breaks] == [("P-11", -5)]
    assert sorted(await cases(database)) == [("F0-3", "open", 1), ("P-11", "open", 2)]
    channel.shows(DAY, theirs("q1", 100), theirs("q2", 200))
    report = await close_day(database, REGION, DAY, [channel], book)
    assert (report.breaks, report.sources[0].file.version) == ((), 3)
    assert ("P-11", "vanished", 2) in await cases(database)


async def test_what_is_not_due_waits_and_is_matched_when_it_comes(
    database: AsyncEngine, book: MemoryBook, channel: MemorySource
) -> None:
    book.holds(Source.channel, ours("q1", 100, due=NEXT))
    channel.shows(DAY)
    channel.shows(NEXT, theirs("q1", 100))
    first = await close_day(database, REGION, DAY, [channel], book)
    assert [(one.key, one.expected_on) for one in first.sources[0].pool] == [("q1", NEXT)]
    second = await close_day(database, REGION, NEXT, [channel], book)
    assert (second.sources[0].matched.count, second.sources[0].pool) == (1, ())
    again = await close_day(database, REGION, DAY, [channel], book)
    assert "核对一致" in again.sources[0].pool[0].reason.zh
    assert await cases(database) == []


async def test_what_is_overdue_stays_one_case_until_it_comes(
    database: AsyncEngine, book: MemoryBook, channel: MemorySource
) -> None:
    book.holds(Source.channel, ours("q1", 100))
    channel.shows(DAY)
    channel.shows(NEXT)
    await close_day(database, REGION, DAY, [channel], book)
    await close_day(database, REGION, NEXT, [channel], book)
    assert await cases(database) == [("P-9", "open", 2)]
    late = NEXT + timedelta(days=1)
    channel.shows(late, theirs("q1", 100))
    report = await close_day(database, REGION, late, [channel], book)
    assert (report.sources[0].matched.count, report.breaks) == (1, ())
    assert await cases(database) == [("P-9", "vanished", 2)]


async def test_what_two_people_closed_is_no_difference_of_the_next_day(
    database: AsyncEngine, book: MemoryBook, channel: MemorySource, house: House
) -> None:
    book.holds(Source.channel, ours("q1", 100))
    channel.shows(DAY)
    channel.shows(NEXT)
    report = await close_day(database, REGION, DAY, [channel], book)
    async with database.begin() as db:
        case = report.breaks[0].case_id
        await propose(db, house.office.regions, case, Actor("wang", "finance"), "银联已书面确认，次日补入", [])
        await decide(house.office, db, case, Actor("li", "finance"), approve=True)
    report = await close_day(database, REGION, NEXT, [channel], book)
    assert (report.breaks, [one.key for one in report.sources[0].pool]) == ((), ["q1"])
    assert "已处理" in report.sources[0].pool[0].reason.zh
    report = await close_day(database, REGION, DAY, [channel], book)
    assert [(one.kind, one.case_state) for one in report.breaks] == [("P-9", "closed")]
    channel.shows(NEXT, theirs("q1", 90))  # two people knew that it was missing, not that it would be too little
    for _ in range(2):
        report = await close_day(database, REGION, NEXT, [channel], book)
        assert [(one.kind, one.case_state) for one in report.breaks] == [("P-11", "open")]


async def test_what_is_in_transit_and_decided_keeps_its_name(
    database: AsyncEngine, book: MemoryBook, house: House
) -> None:
    treasury = MemorySource(Source.treasury)
    book.holds(Source.treasury, ours("", 500, second="l1"), ours("", 300, second="l2"))
    book.closing_fen = 800
    book.in_transit = [TransitRow(Source.treasury, "l1", "", 500), TransitRow(Source.treasury, "l2", "", 300)]
    treasury.shows(DAY, theirs("v2", 300, second="l2", account="101"))  # the office has not said so yet
    treasury.shows(NEXT)
    report = await close_day(database, REGION, DAY, [treasury], book)
    assert sorted(one.kind for one in report.breaks) == ["T-8", "T-9"]
    async with database.begin() as db:
        for one in report.breaks:
            assert one.case_id
            await propose(db, house.office.regions, one.case_id, Actor("wang", "finance"), "已与对方核实", [])
            await decide(house.office, db, one.case_id, Actor("li", "finance"), approve=True)
        await signed_by_two(db, REGION, DAY, book)
    clock.travel(clock.local_now().add(days=1))
    await close_day(database, REGION, NEXT, [treasury], book)
    async with database.begin() as db:
        await signed_by_two(db, REGION, NEXT, book)


async def test_a_wrong_amount_is_not_a_second_difference_on_the_next_day(
    database: AsyncEngine, book: MemoryBook, channel: MemorySource
) -> None:
    book.holds(Source.channel, ours("q1", 100))
    channel.shows(DAY, theirs("q1", 90))
    channel.shows(NEXT, theirs("q1", 90))
    await close_day(database, REGION, DAY, [channel], book)
    report = await close_day(database, REGION, NEXT, [channel], book)
    assert [one.kind for one in report.breaks] == ["P-7"]
    assert sorted(await cases(database)) == [("P-11", "open", 1), ("P-7", "open", 1)]


async def test_a_row_that_learns_its_number_later_is_no_second_difference(
    database: AsyncEngine, book: MemoryBook
) -> None:
    treasury = MemorySource(Source.treasury)
    book.holds(Source.treasury, ours("", 100, second="l1"))
    treasury.shows(DAY, theirs("v1", 100, second="l1", account="101"))
    treasury.shows(NEXT)
    report = await close_day(database, REGION, DAY, [treasury], book)
    assert [one.kind for one in report.breaks] == ["T-9"]
    book.held[Source.treasury] = [ours("v1", 100, second="l1", account="101")]
    report = await close_day(database, REGION, NEXT, [treasury], book)
    assert report.breaks == ()
    assert await cases(database) == [("T-9", "vanished", 1)]  # though its own day may be signed and not run again
    report = await close_day(database, REGION, DAY, [treasury], book)
    assert (report.breaks, report.sources[0].matched.count) == ((), 1)
    assert await cases(database) == [("T-9", "vanished", 1)]


async def test_a_difference_of_hundreds_of_millions_is_one_like_any_other(
    database: AsyncEngine, book: MemoryBook, channel: MemorySource, house: House
) -> None:
    price = 98_765_432_100  # fen; an office tower's land premium comes in one payment
    book.holds(Source.channel, ours("q1", price))
    channel.shows(DAY, theirs("q1", price - 1), theirs("q2", price))
    for _ in range(2):
        report = await close_day(database, REGION, DAY, [channel], book)
        assert sorted(one.kind for one in report.breaks) == ["P-11", "P-5"]
    async with database.begin() as db:
        for one in report.breaks:
            assert one.case_id
            await propose(db, house.office.regions, one.case_id, Actor("wang", "finance"), "已核实", [])
            await decide(house.office, db, one.case_id, Actor("li", "finance"), approve=True)
    report = await close_day(database, REGION, DAY, [channel], book)
    assert {one.case_state for one in report.breaks} == {"closed"}
