"""A month or a year of reconciliation: its sums, its days, what differed, and what still waits and for how long."""

import re
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from foundation import clock
from foundation.errors import BadInput
from ledger import Period
from reconciliation.ageing import Ageing, cases_waiting
from reconciliation.equations import Equation, equation
from reconciliation.reasons import Sentence
from reconciliation.tables import reconciliation_break, reconciliation_day
from settlement.book.rollups import RollUp, districts, roll_up


@dataclass(frozen=True, slots=True)
class Differences:
    """How many differences of a kind the days of a period had, and their sum in fen (theirs less ours)."""

    kind: str
    count: int
    difference_fen: int


@dataclass(frozen=True, slots=True)
class PeriodReport:
    """A period of a region: sums by cell, how many of its days are signed, differences by kind, ageing of cases."""

    region: str
    first: date
    last: date
    sums: RollUp
    days: dict[str, int]
    differences: tuple[Differences, ...]
    ageing: tuple[Ageing, ...]
    check: Equation


def period_of(text: str) -> Period:
    """A month (`2026-03`), a year (`2026`) or a day. BadInput otherwise."""
    if re.fullmatch(r"20\d\d", text):
        return Period(date(int(text), 1, 1), date(int(text), 12, 31))
    try:
        return Period.of(text)
    except BadInput:
        raise BadInput("period", text, "a month such as 2026-03, a year such as 2026, or a day") from None


async def period_report(db: AsyncConnection, region: str, period: Period) -> PeriodReport:
    """How a period stands."""
    sums = await roll_up(db, region, period.first, period.last)
    mine = func.starts_with(reconciliation_day.c.region, districts(region)) & reconciliation_day.c.day.between(
        period.first, period.last
    )
    states = await db.execute(
        select(reconciliation_day.c.state, func.count()).where(mine).group_by(reconciliation_day.c.state)
    )
    kinds = await db.execute(
        select(
            reconciliation_break.c.kind,
            func.count(),
            func.sum(reconciliation_break.c.their_fen - reconciliation_break.c.our_fen),
        )
        .join(reconciliation_day, reconciliation_day.c.id == reconciliation_break.c.day_id)
        .where(mine)
        .group_by(reconciliation_break.c.kind)
        .order_by(reconciliation_break.c.kind)
    )
    (waiting,) = await cases_waiting(db, districts(region), [clock.today()])
    return PeriodReport(
        region,
        period.first,
        period.last,
        sums,
        {row[0]: row[1] for row in states},
        tuple(Differences(kind, count, int(fen)) for kind, count, fen in kinds),
        waiting.ages,
        equation(
            Sentence("汇总到账 = 账面到账", "what arrived by lines = by the book"),
            [(Sentence("到账", "arrived"), sums.total.arrived_fen)],
            sums.book_arrived_fen,
        ),
    )
