"""Rows that come early, in time, late, wrong or never, over several days closed in order and again in any order."""

from dataclasses import dataclass
from datetime import timedelta
from enum import Enum

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from foundation import clock
from reconciliation.days import close_day
from settlement.cases import office_case
from settlement.ports.statements import Source
from tests.reconciliation.conftest import DAY, REGION, MemoryBook, MemorySource, empty, ours, theirs

DAYS = [DAY + timedelta(days=n) for n in range(4)]


class Comes(Enum):
    early = -1
    in_time = 0
    late = 1
    wrong = "wrong"
    twice = "twice"
    never = "never"


@dataclass(frozen=True)
class Fate:
    """What happens to one row of ours: when it is due (not on the first or last day), and how it comes."""

    due: int
    fen: int
    comes: Comes


fates = st.builds(Fate, st.integers(1, 2), st.sampled_from([100, 250]), st.sampled_from(Comes))


@given(st.lists(fates, max_size=8), st.lists(st.sampled_from(DAYS), max_size=4))
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_each_row_ends_as_its_fate_says(database: AsyncEngine, rows: list[Fate], again: list[object]) -> None:
    await empty(database)
    clock.travel(clock.local_now().add(days=len(DAYS)))
    book, channel = MemoryBook(), MemorySource(Source.channel)
    shown = {day: [] for day in DAYS}
    for number, fate in enumerate(rows):
        key, due = f"q{number}", DAYS[fate.due]
        book.holds(Source.channel, ours(key, fate.fen, due=due))
        if isinstance(fate.comes.value, int):
            shown[DAYS[fate.due + fate.comes.value]].append(theirs(key, fate.fen))
        elif fate.comes is Comes.wrong:
            shown[due].append(theirs(key, fate.fen + 1))
        elif fate.comes is Comes.twice:
            shown[due] += [theirs(key, fate.fen), theirs(key, fate.fen)]
    for day in DAYS:
        channel.shows(day, *shown[day])
    for day in (*DAYS, *again):
        report = await close_day(database, REGION, day, [channel], book)
        assert report.state == "matched" and all(one.holds for one in report.equations)
    assert {row.key: row.matched_on for row in book.held.get(Source.channel, [])} == {
        f"q{number}": _matched_on(fate) for number, fate in enumerate(rows)
    }
    async with database.begin() as db:
        found = await db.execute(select(office_case.c.facts["key"].astext, office_case.c.kind, office_case.c.state))
        assert sorted(map(tuple, found)) == sorted(
            (f"q{number}", *_case(fate)) for number, fate in enumerate(rows) if _case(fate)
        )


def _matched_on(fate: Fate) -> object:
    if fate.comes is Comes.twice:
        return DAYS[fate.due]
    return DAYS[fate.due + fate.comes.value] if isinstance(fate.comes.value, int) else None


def _case(fate: Fate) -> tuple[str, str]:
    return {
        Comes.late: ("P-9", "vanished"),
        Comes.wrong: ("P-10", "open"),
        Comes.twice: ("P-7", "open"),
        Comes.never: ("P-9", "open"),
    }.get(fate.comes, ())
