"""Trends are the same sums as adding up line by line."""

from collections import Counter
from datetime import date, timedelta
from statistics import median_low

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from foundation.database import engine
from reconciliation.ageing import AGES, cases_waiting
from settlement.book.rollups import By, Moved, roll_up
from settlement.book.trends import Only, Step, amounts_over_time, steps_between, waits_over_time
from tests.settlement.book.busy import REGION, busy_months

LAST = date(2026, 3, 31)
FIRST = LAST - timedelta(days=79)
_LINES = """
    SELECT clearing_day, arrived_on, item, leg, channel, allocation_line.amount_fen AS fen
    FROM allocation_line JOIN line ON line.id = line_id JOIN channel_order USING (share_id)
"""


@pytest.fixture
async def book(own_database_url: str):  # type: ignore[no-untyped-def]
    await busy_months(own_database_url, LAST)
    database = engine(own_database_url)
    async with database.connect() as db:
        yield db
    await database.dispose()


async def test_trends_are_the_lines_added_up_one_by_one(book: AsyncConnection) -> None:
    lines = (await book.execute(text(_LINES))).all()
    paid = await amounts_over_time(book, Moved.paid, By.item, Step.day, FIRST, LAST, Only(REGION))
    wanted: Counter[tuple[date, str]] = Counter()
    for one in lines:
        wanted[one.clearing_day, one.item] += one.fen
    assert {(one.at, one.code): one.fen for one in paid} == wanted

    arrived = await amounts_over_time(
        book, Moved.arrived, By.channel, Step.month, FIRST, LAST, Only("340000", item="deed_tax", channel="ums")
    )
    wanted = Counter()
    for one in lines:
        if one.arrived_on and one.arrived_on <= LAST and (one.item, one.channel) == ("deed_tax", "ums"):
            wanted[one.arrived_on.replace(day=1), "ums"] += one.fen
    assert {(one.at, one.code): one.fen for one in arrived} == wanted
    assert await amounts_over_time(book, Moved.paid, By.item, Step.day, FIRST, LAST, Only("360102")) == []

    sums = (await roll_up(book, REGION, FIRST, LAST)).total
    assert sums.paid_fen == sum(one.fen for one in paid)
    assert sums.paid_count == sum(one.count for one in paid) == len(lines)

    for wait in await waits_over_time(book, Step.month, FIRST, LAST, Only(REGION)):
        took = sorted(
            (one.arrived_on - one.clearing_day).days
            for one in lines
            if one.leg == wait.leg and one.arrived_on and wait.at <= one.arrived_on <= LAST
            if one.arrived_on.replace(day=1) == wait.at
        )
        assert (wait.count, wait.median, wait.longest) == (len(took), median_low(took), took[-1])
        assert wait.ninetieth == took[-(-len(took) * 9 // 10) - 1]


async def test_cases_are_counted_on_every_evening_on_which_they_waited(book: AsyncConnection) -> None:
    rows = (
        await book.execute(
            text(
                "SELECT (opened_at AT TIME ZONE 'Asia/Shanghai')::date AS opened, amount_fen, "
                "(at AT TIME ZONE 'Asia/Shanghai')::date AS ended FROM office_case "
                "LEFT JOIN transition ON subject = office_case.id"
            )
        )
    ).all()
    days = steps_between(FIRST, LAST, Step.day)
    for waiting in await cases_waiting(book, REGION, days):
        there = [one for one in rows if one.opened <= waiting.on and (one.ended is None or one.ended > waiting.on)]
        assert sum(age.count for age in waiting.ages) == len(there)
        assert sum(age.amount_fen for age in waiting.ages) == sum(one.amount_fen for one in there)
        older = [one for one in there if (waiting.on - one.opened).days > AGES[1]]
        assert sum(age.count for age in waiting.ages[2:]) == len(older)


def test_months_follow_one_another_over_the_turn_of_the_year() -> None:
    months = steps_between(date(2025, 11, 20), date(2026, 2, 3), Step.month)
    assert months == [date(2025, 11, 1), date(2025, 12, 1), date(2026, 1, 1), date(2026, 2, 1)]
