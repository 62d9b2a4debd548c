"""What becomes of a day whose statement is refused as something, or has lines that nobody can read."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from reconciliation.days import close_day
from reconciliation.files import bring, versions
from reconciliation.tables import unread_line
from reconciliation.unread_lines import may_stand_on
from settlement.cases import office_case
from settlement.ports.channel import Unauthentic
from settlement.ports.statements import Fault, RawStatement, Source, Statement, UnreadableStatement, UnreadLine
from tests.reconciliation.conftest import DAY, REGION, MemoryBook, MemorySource, ours, theirs

NEXT = DAY + timedelta(days=1)


async def cases(database: AsyncEngine) -> set[tuple[str, str]]:
    async with database.connect() as db:
        return {(case.kind, case.state) for case in await db.execute(select(office_case))}


class Refusing(MemorySource):
    """A source whose reader refuses every file as the same thing."""

    kind: Fault = "F0-4"

    def parse(self, raw: RawStatement, day: date) -> Statement:
        raise UnreadableStatement("refused", kind=self.kind)


@pytest.mark.parametrize("kind", ["F0-4", "F0-5", "F0-7", "F0-8"])
async def test_a_file_is_refused_as_what_it_is_and_nothing_is_missing_for_it(
    database: AsyncEngine, book: MemoryBook, kind: Fault
) -> None:
    source = Refusing(Source.channel)
    source.kind = kind
    source.shows(DAY)
    book.holds(Source.channel, ours("q1", 100))
    report = await close_day(database, REGION, DAY, [source], book)
    assert (report.state, report.sources[0].file.state, report.breaks) == ("open", "refused", ())
    assert await cases(database) == {(kind, "open")}


async def test_a_correction_that_is_taken_back_is_taken_back(
    database: AsyncEngine, book: MemoryBook, channel: MemorySource
) -> None:
    """The same bytes as two versions ago are a new issue: the statement in use is what the institution says last."""
    book.holds(Source.channel, ours("q1", 100))
    for rows, found in (((theirs("q1", 100),), []), ((), ["P-9"]), ((theirs("q1", 100),), []), ((), ["P-9"])):
        channel.shows(DAY, *rows)
        report = await close_day(database, REGION, DAY, [channel], book)
        assert [one.kind for one in report.breaks] == found
    assert report.sources[0].file.version == 4


async def test_what_somebody_brought_stays_until_the_institution_gives_another(
    database: AsyncEngine, book: MemoryBook, channel: MemorySource
) -> None:
    book.holds(Source.channel, ours("q1", 100))
    channel.shows(DAY)
    await close_day(database, REGION, DAY, [channel], book)
    institution = channel.files[DAY]
    channel.shows(DAY, theirs("q1", 100))
    async with database.begin() as db:
        brought = RawStatement("brought.csv", channel.files[DAY])
        await bring(db, REGION, Source.channel, DAY, brought, actor="finance-1")
    channel.files[DAY] = institution
    report = await close_day(database, REGION, DAY, [channel], book)
    assert (report.breaks, report.sources[0].file.version) == ((), 2)
    channel.shows(DAY, theirs("q1", 99))
    report = await close_day(database, REGION, DAY, [channel], book)
    assert [one.kind for one in report.breaks] == ["P-11"]
    channel.files[DAY] = institution
    report = await close_day(database, REGION, DAY, [channel], book)
    assert ([one.kind for one in report.breaks], report.sources[0].file.version) == (["P-9"], 4)


async def test_the_life_of_a_file_in_the_hands_of_finance(
    database: AsyncEngine, book: MemoryBook, channel: MemorySource
) -> None:
    """Missing, brought, checked, issued again and refused, brought again: no step needs anybody else."""
    book.holds(Source.channel, ours("q1", 100))

    async def run() -> tuple[str, int, list[str]]:
        report = await close_day(database, REGION, DAY, [channel], book)
        async with database.connect() as db:
            states = [one.state for one in await versions(db, REGION, Source.channel, DAY)]
        return report.state, len(report.breaks), states

    async def brought(raw: bytes) -> None:
        async with database.begin() as db:
            await bring(db, REGION, Source.channel, DAY, RawStatement("brought.csv", raw), actor="finance-1")

    assert await run() == ("open", 0, ["missing"])
    channel.shows(DAY, theirs("q1", 100))
    whole = channel.files.pop(DAY)
    await brought(whole)
    assert await run() == ("matched", 0, ["checked"])
    channel.files[DAY] = whole[:-2]
    assert await run() == ("open", 0, ["reissued", "refused"])
    assert await run() == ("open", 0, ["reissued", "refused"])
    await brought(whole)
    for _ in range(2):  # the institution goes on giving what was refused
        assert await run() == ("matched", 0, ["reissued", "reissued", "checked"])


class Forged(MemorySource):
    """A source whose answers are not signed by whom they say."""

    async def fetch(self, day: date) -> RawStatement | None:
        raise Unauthentic("the signature is wrong")


async def test_an_answer_with_a_wrong_signature_is_a_case_and_no_statement(
    database: AsyncEngine, book: MemoryBook
) -> None:
    book.holds(Source.channel, ours("q1", 100))
    report = await close_day(database, REGION, DAY, [Forged(Source.channel)], book)
    assert (report.state, report.sources[0].file.state, report.breaks) == ("open", "missing", ())
    assert await cases(database) == {("F0-7", "open"), ("F0-1", "open")}


async def test_unread_lines_are_kept_and_shown_and_the_rows_on_them_are_not_missing(
    database: AsyncEngine, book: MemoryBook, channel: MemorySource
) -> None:
    book.holds(Source.channel, ours("q1", 100), ours("q2", 200, second="ORDER2"), ours("q3", 300))
    channel.shows(DAY, theirs("q1", 100))
    channel.unread[DAY] = (UnreadLine(2, "has 3 columns, expected 4", b"q?,ORDER2,200"),)
    report = await close_day(database, REGION, DAY, [channel], book)
    assert report.state == "matched"
    assert [one.kind for one in report.breaks] == ["P-9"]  # q3, whose number stands on no line
    assert [row.key for row in report.sources[0].pool] == ["q2"]
    async with database.connect() as db:
        kept = (await db.execute(select(unread_line))).one()
        case = (await db.execute(select(office_case).where(office_case.c.kind == "F0-9"))).one()
    assert (kept.line_no, kept.reason, bytes(kept.raw)) == (2, "has 3 columns, expected 4", b"q?,ORDER2,200")
    assert case.facts["line_nos"] == [2]
    assert "第 2 行 has 3 columns" in case.reason
    channel.shows(NEXT)
    following = await close_day(database, REGION, NEXT, [channel], book)
    assert [row.key for row in following.sources[0].pool] == ["q2"]
    channel.unread.clear()
    channel.shows(DAY, theirs("q1", 100), theirs("q2", 200, second="ORDER2"))
    report = await close_day(database, REGION, DAY, [channel], book)
    assert [one.kind for one in report.breaks] == ["P-9"]
    assert ("F0-9", "vanished") in await cases(database)


def test_a_line_without_a_number_of_ours_may_hold_any_row() -> None:
    rows = [ours("q1", 1, second="o1"), ours("q2", 2), ours("", 3)]
    assert may_stand_on([], rows) == [False, False, False]
    assert may_stand_on([b"x|o1|y"], rows) == [True, False, False]
    assert may_stand_on([b"q2", b"nothing"], rows) == [True, True, True]
