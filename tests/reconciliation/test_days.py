"""Closing and signing days on a real database."""

import asyncio
import json
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from foundation import clock
from ledger import closed_days, day_head
from reconciliation.days import close_day, reopen_day
from reconciliation.ports import TransitRow
from reconciliation.report import day_report
from reconciliation.signing import CannotSign
from reconciliation.tables import day_signature
from settlement.ports.statements import RawStatement, Source
from tests.reconciliation.conftest import DAY, NEXT, REGION, MemoryBook, MemorySource, cases, ours, theirs
from tests.signing import signed_by_two


async def test_a_day_that_agrees_is_matched_and_signed(
    database: AsyncEngine, book: MemoryBook, channel: MemorySource
) -> None:
    book.holds(Source.channel, ours("q1", 100), ours("q2", 250))
    channel.shows(DAY, theirs("q2", 250), theirs("q1", 100))
    report = await close_day(database, REGION, DAY, [channel], book)
    assert (report.state, report.breaks) == ("matched", ())
    assert (report.sources[0].matched.count, report.sources[0].matched.fen) == (2, 350)
    assert all(one.holds for one in report.equations)
    assert {row.matched_on for row in book.held[Source.channel]} == {DAY}
    async with database.begin() as db:
        signature = await signed_by_two(db, REGION, DAY, book)
    async with database.begin() as db:
        stored = (await db.execute(select(day_signature))).one()
        report = await day_report(db, REGION, DAY)
    assert (signature.version, signature.previous_sha256, stored.sha256) == (1, None, signature.sha256)
    assert json.loads(stored.report)["sources"][0]["matched"] == {"count": 2, "fen": 350}
    assert report.state == "signed"


async def test_with_the_signature_the_book_is_closed_and_sealed(
    database: AsyncEngine, book: MemoryBook, channel: MemorySource
) -> None:
    region = channel.region = "341599"  # of this test's own: a day of the book stays closed
    channel.shows(DAY)
    await close_day(database, region, DAY, [channel], book)
    book.closing_fen = 500
    with pytest.raises(CannotSign):
        async with database.begin() as db:
            await signed_by_two(db, region, DAY, book)
    async with database.begin() as db:
        assert await closed_days(db, region, DAY, DAY) == []
        book.closing_fen = 0
        await signed_by_two(db, region, DAY, book)
    async with database.begin() as db:
        assert await closed_days(db, region, DAY, NEXT) == [DAY]
        report = await day_report(db, region, DAY)
        stored = json.loads((await db.execute(select(day_signature.c.report))).scalar_one())
        sealed = await day_head(db, date.fromisoformat(stored["book"]["day"]))
    assert report.book_head == stored["book"]["head"] == sealed.head().hex()
    assert (sealed.day >= DAY, stored["book"]["entries"]) == (True, sealed.entries)


async def test_a_second_run_changes_nothing(database: AsyncEngine, book: MemoryBook, channel: MemorySource) -> None:
    book.holds(Source.channel, ours("q1", 100), ours("q2", 200), ours("q3", 300))
    channel.shows(DAY, theirs("q1", 100), theirs("q2", 209), theirs("q9", 1))
    first = await close_day(database, REGION, DAY, [channel], book)
    second = await close_day(database, REGION, DAY, [channel], book)
    assert replace(first, progress=()) == replace(second, progress=())  # when it was run is another time
    assert sorted(one.kind for one in first.breaks) == ["P-10", "P-5", "P-9"]
    assert sorted(await cases(database)) == [("P-10", "open", 2), ("P-5", "open", 2), ("P-9", "open", 2)]


async def test_two_runs_at_once_do_the_work_of_one(
    database: AsyncEngine, book: MemoryBook, channel: MemorySource
) -> None:
    book.holds(Source.channel, ours("q1", 100), ours("q2", 200))
    channel.shows(DAY, theirs("q1", 100))
    reports = await asyncio.gather(*(close_day(database, REGION, DAY, [channel], book) for _ in range(3)))
    assert {report.state for report in reports} == {"matched"}
    assert [kind for kind, _, _ in await cases(database)] == ["P-9"]


async def test_a_missing_statement_leaves_the_day_open_and_judges_nothing(
    database: AsyncEngine, book: MemoryBook, channel: MemorySource
) -> None:
    book.holds(Source.channel, ours("q1", 100))
    report = await close_day(database, REGION, DAY, [channel], book)
    assert (report.state, report.sources[0].file.state, report.sources[0].ours) == ("open", "missing", None)
    assert await cases(database) == [("F0-1", "open", 1)]
    with pytest.raises(CannotSign, match="missing"):
        async with database.begin() as db:
            await signed_by_two(db, REGION, DAY, book)
    channel.shows(NEXT, theirs("q7", 7))
    following = await close_day(database, REGION, NEXT, [channel], book)
    assert [one.kind for one in following.breaks] == ["P-5"]
    assert [one.reason.en for one in following.sources[0].pool] == [f"waits for the statement of {DAY}"]
    channel.shows(DAY, theirs("q1", 100))
    assert (await close_day(database, REGION, DAY, [channel], book)).state == "matched"
    assert ("F0-1", "vanished", 1) in await cases(database)


async def test_before_it_is_due_a_missing_statement_is_no_case(
    database: AsyncEngine, book: MemoryBook, channel: MemorySource
) -> None:
    clock.travel(clock.local_now().set(hour=9))
    await close_day(database, REGION, DAY, [channel], book)
    assert await cases(database) == []


async def test_a_truncated_statement_is_refused_and_its_replacement_taken(
    database: AsyncEngine, book: MemoryBook, channel: MemorySource
) -> None:
    book.holds(Source.channel, ours("q1", 100), ours("q2", 200))
    channel.shows(DAY, theirs("q1", 100), theirs("q2", 200))
    whole = channel.files[DAY]
    channel.files[DAY] = whole.replace(b"q2,,200,\r\n", b"")
    report = await close_day(database, REGION, DAY, [channel], book)
    assert (report.state, report.sources[0].file.state, report.breaks) == ("open", "refused", ())
    assert "trailer" in (report.sources[0].file.refusal or "")
    assert await cases(database) == [("F0-4", "open", 1)]
    channel.files[DAY] = whole
    report = await close_day(database, REGION, DAY, [channel], book)
    assert (report.state, report.sources[0].file.state, report.sources[0].file.version) == ("matched", "checked", 2)
    assert await cases(database) == [("F0-4", "vanished", 1)]


async def test_a_statement_of_another_day_is_refused(
    database: AsyncEngine, book: MemoryBook, channel: MemorySource
) -> None:
    channel.region = "360102"
    channel.shows(DAY, theirs("q1", 100))
    report = await close_day(database, REGION, DAY, [channel], book)
    assert report.sources[0].file.state == "refused"
    assert [kind for kind, _, _ in await cases(database)] == ["F0-8"]


async def test_an_empty_day_is_legitimate(database: AsyncEngine, book: MemoryBook, channel: MemorySource) -> None:
    channel.shows(DAY)
    report = await close_day(database, REGION, DAY, [channel], book)
    assert (report.state, report.sources[0].theirs.count, report.breaks) == ("matched", 0, ())


async def test_an_unfinished_day_cannot_be_signed(
    database: AsyncEngine, book: MemoryBook, channel: MemorySource
) -> None:
    clock.travel(clock.local_now().set(day=DAY.day, hour=22, minute=59))
    channel.shows(DAY)
    await close_day(database, REGION, DAY, [channel], book)
    with pytest.raises(CannotSign, match="23:00"):
        async with database.begin() as db:
            await signed_by_two(db, REGION, DAY, book)


async def test_money_in_transit_must_be_explained(
    database: AsyncEngine, book: MemoryBook, channel: MemorySource
) -> None:
    treasury = MemorySource(Source.treasury)
    channel.shows(DAY)
    treasury.shows(DAY)
    book.closing_fen = 500
    await close_day(database, REGION, DAY, [channel, treasury], book)
    with pytest.raises(CannotSign, match=r"5\.00"):
        async with database.begin() as db:
            await signed_by_two(db, REGION, DAY, book)
    book.holds(Source.treasury, ours("v1", 500, account="101", due=NEXT))
    book.in_transit = [TransitRow(Source.treasury, "v1", "101", 500)]
    await close_day(database, REGION, DAY, [channel, treasury], book)
    async with database.begin() as db:
        await signed_by_two(db, REGION, DAY, book)


async def test_signatures_chain_and_a_reopened_day_gets_a_second_version(
    database: AsyncEngine, book: MemoryBook, channel: MemorySource
) -> None:
    clock.travel(clock.local_now().add(days=1))
    channel.shows(DAY)
    channel.shows(NEXT)
    await close_day(database, REGION, NEXT, [channel], book)
    await close_day(database, REGION, DAY, [channel], book)
    async with database.begin() as db:
        with pytest.raises(CannotSign, match="order"):
            await signed_by_two(db, REGION, NEXT, book)
    async with database.begin() as db:
        first = await signed_by_two(db, REGION, DAY, book)
        second = await signed_by_two(db, REGION, NEXT, book)
    assert second.previous_sha256 == first.sha256
    assert (await close_day(database, REGION, DAY, [channel], book)).state == "signed"
    async with database.begin() as db:
        await reopen_day(db, REGION, DAY, actor="wang", reason="银联重发对账单")
    channel.shows(DAY, theirs("q5", 5))
    report = await close_day(database, REGION, DAY, [channel], book)
    assert [one.kind for one in report.breaks] == ["P-5"]
    async with database.begin() as db:
        again = await signed_by_two(db, REGION, DAY, book)
    assert (again.version, again.sha256 != first.sha256) == (2, True)
    async with database.begin() as db:
        stored = (await db.execute(select(day_signature.c.report).where(day_signature.c.version == 2))).scalar_one()
    replaces = json.loads(stored)["replaces"]
    assert (replaces["version"], replaces["sha256"]) == (1, first.sha256)
    assert [one["kind"] for one in replaces["changes"]["breaks_new"]] == ["P-5"]
    assert replaces["changes"]["sums"]["channel"]["after"]["theirs"] == {"count": 1, "fen": 5}


async def test_a_run_that_is_overtaken_leaves_the_signed_day_alone(
    database: AsyncEngine, book: MemoryBook, channel: MemorySource
) -> None:
    class SlowSource(MemorySource):
        async def fetch(self, day: date) -> RawStatement | None:
            await close_day(database, REGION, DAY, [channel], book)
            async with database.begin() as db:
                await signed_by_two(db, REGION, DAY, book)
            self.shows(DAY, theirs("q9", 9))
            return await super().fetch(day)

    channel.shows(DAY)
    report = await close_day(database, REGION, DAY, [SlowSource(Source.channel)], book)
    assert (report.state, report.breaks) == ("signed", ())


async def test_a_signature_cannot_be_changed(database: AsyncEngine, book: MemoryBook, channel: MemorySource) -> None:
    channel.shows(DAY)
    await close_day(database, REGION, DAY, [channel], book)
    async with database.begin() as db:
        await signed_by_two(db, REGION, DAY, book)
    for statement in ("UPDATE day_signature SET signed_by = 'li'", "DELETE FROM day_signature"):
        with pytest.raises(DBAPIError, match="permission denied"):
            async with database.begin() as db:
                await db.execute(text(statement))


async def test_a_run_that_was_killed_is_taken_over(
    database: AsyncEngine, book: MemoryBook, channel: MemorySource
) -> None:
    class Killed(Exception):
        pass

    class DyingBook(MemoryBook):
        async def mark_matched(self, *_: object) -> None:
            raise Killed

    book.holds(Source.channel, ours("q1", 100), ours("q2", 100))
    channel.shows(DAY, theirs("q1", 100))
    with pytest.raises(Killed):
        await close_day(database, REGION, DAY, [channel], DyingBook(book.held))
    async with database.begin() as db:
        report = await day_report(db, REGION, DAY)
    assert (report.state, report.sources[0].ours, await cases(database)) == ("matching", None, [])
    report = await close_day(database, REGION, DAY, [channel], book)
    assert (report.state, [one.kind for one in report.breaks]) == ("matched", ["P-9"])


async def test_what_a_later_day_holds_still_waits_on_the_day_before(database: AsyncEngine, book: MemoryBook) -> None:
    treasury = MemorySource(Source.treasury)
    book.holds(Source.treasury, ours("v1", 100, second="l1", due=NEXT))
    treasury.shows(DAY)
    treasury.shows(NEXT, theirs("v1", 103, second="l1"))
    for day, pool, kinds in ((DAY, ["v1"], []), (NEXT, [], ["T-12"]), (DAY, ["v1"], [])):
        report = await close_day(database, REGION, day, [treasury], book)
        assert ([one.key for one in report.sources[0].pool], [one.kind for one in report.breaks]) == (pool, kinds)
    assert report.sources[0].pool[0].reason.en == f"a difference of the statement of {NEXT}"


async def test_what_went_back_before_we_recorded_it_is_not_missing_later(
    database: AsyncEngine, book: MemoryBook
) -> None:
    finance = MemorySource(Source.non_tax)
    finance.shows(DAY, theirs("TF1", -100, second="p1", account="fee"))
    finance.shows(NEXT)
    report = await close_day(database, REGION, DAY, [finance], book)
    assert [one.kind for one in report.breaks] == ["N-9"]
    book.holds(Source.non_tax, ours("TF1", -100, second="p1", account="fee", due=NEXT))
    report = await close_day(database, REGION, NEXT, [finance], book)
    assert report.breaks == ()
