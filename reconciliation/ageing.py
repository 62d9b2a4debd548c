"""How many cases wait at the end of a day, and for how long: today, or of any day before by the steps they took."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY, DATE, INTEGER
from sqlalchemy.ext.asyncio import AsyncConnection

from settlement.cases import CASE, WAITING

AGES = (7, 30, 90)
"""Days after which what waits is escalated (facts: reconciliation I-7)."""


@dataclass(frozen=True, slots=True)
class Ageing:
    """Cases that wait, by age: more than `over` days, up to `up_to` (None: older still)."""

    over: int
    up_to: int | None
    count: int
    amount_fen: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """The cases that waited at the end of a day in China, one entry an age."""

    on: date
    ages: tuple[Ageing, ...]


async def cases_waiting(db: AsyncConnection, district: str, days: Sequence[date]) -> list[Waiting]:
    """What waited at the end of each of the days in the districts whose code begins so.

    A case counts with its amount of today: it is one sum for each case, and what was found later belongs to it.
    """
    query = text(_WAITING).bindparams(bindparam("days", type_=ARRAY(DATE)), bindparam("older", type_=ARRAY(INTEGER)))
    asked = {
        "district": district,
        "days": list(days),
        "older": [age + 1 for age in AGES],
        "first": CASE.first,
        "waiting": list(WAITING),
    }
    found = {(row.on, row.age): (row.count, int(row.fen)) for row in await db.execute(query, asked)}
    bounds = list(zip((0, *AGES), (*AGES, None), strict=True))
    return [
        Waiting(
            day,
            tuple(Ageing(over, up_to, *found.get((day, age), (0, 0))) for age, (over, up_to) in enumerate(bounds)),
        )
        for day in days
    ]


_WAITING = """
    WITH mine AS (SELECT id, opened_at, amount_fen FROM office_case WHERE starts_with(region, :district)),
    step AS (
        SELECT id, opened_at AS since, 0 AS place, :first AS state FROM mine
        UNION ALL
        SELECT mine.id, moved.at, moved.id, moved.went_to
        FROM mine JOIN transition moved ON moved.subject = mine.id AND moved.machine = 'case'
    ),
    stay AS (SELECT *, lead(since) OVER (PARTITION BY id ORDER BY since, place) AS until FROM step)
    SELECT day AS on, width_bucket(day - (mine.opened_at AT TIME ZONE 'Asia/Shanghai')::date, :older) AS age,
           count(*) AS count, sum(mine.amount_fen) AS fen
    FROM unnest(:days) day
    CROSS JOIN LATERAL (SELECT (day + 1)::timestamp AT TIME ZONE 'Asia/Shanghai' AS over) ends
    JOIN stay ON stay.since < ends.over AND (stay.until IS NULL OR stay.until >= ends.over)
             AND stay.state = ANY(:waiting)
    JOIN mine ON mine.id = stay.id
    GROUP BY 1, 2
"""
