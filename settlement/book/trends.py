"""Days and months side by side: what moved in each, and how long lines took from payment to their account."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Date, Select, cast, func, literal_column, select
from sqlalchemy.ext.asyncio import AsyncConnection

from settlement.allocation.tables import allocation_line
from settlement.bills.tables import line
from settlement.book.rollups import By, Moved, districts, money_moved
from settlement.payments.tables import channel_order


class Step(StrEnum):
    """What one place of a trend stands for; a month is named by its first day."""

    day = "day"
    month = "month"


@dataclass(frozen=True, slots=True)
class Only:
    """What a trend is narrowed to; an empty text is no limit. `district`: a district, or a city or province of many."""

    district: str
    item: str = ""
    channel: str = ""


@dataclass(frozen=True, slots=True)
class Amount:
    """Lines that moved in one step, under one code (of an item, district, treasury or channel), and their fen."""

    at: date
    code: str
    count: int
    fen: int


@dataclass(frozen=True, slots=True)
class Wait:
    """Calendar days from clearing to arrival of the lines of one leg (tax, non_tax) that arrived in one step.

    Half of the lines took `median` days or less, nine of ten `ninetieth` or less, and none longer than `longest`.
    """

    at: date
    leg: str
    count: int
    median: int
    ninetieth: int
    longest: int


async def amounts_over_time(
    db: AsyncConnection, moved: Moved, by: By, step: Step, first: date, last: date, only: Only
) -> list[Amount]:
    """What moved from `first` to `last`, both included, by step and one dimension, in the order of both."""
    rows = money_moved(moved, first, last).subquery()
    at, code = _at(rows.c.day, step), rows.c[by.value]
    query = select(at, code, func.count(), func.sum(rows.c.fen)).group_by(at, code).order_by(at, code)
    found = await db.execute(_narrowed(query, only, rows.c.district, rows.c.item, rows.c.channel))
    return [Amount(day, name, count, int(fen)) for day, name, count, fen in found]


async def waits_over_time(db: AsyncConnection, step: Step, first: date, last: date, only: Only) -> list[Wait]:
    """How long what arrived from `first` to `last`, both included, was under way, by step and leg."""
    arrived = allocation_line.c.arrived_on
    at, took = _at(arrived, step), arrived - channel_order.c.clearing_day
    leg = allocation_line.c.leg
    query = (
        select(
            at, leg, func.count(),
            func.percentile_disc(0.5).within_group(took), func.percentile_disc(0.9).within_group(took), func.max(took),
        )
        .join_from(allocation_line, line, line.c.id == allocation_line.c.line_id)
        .join(channel_order, channel_order.c.share_id == allocation_line.c.share_id)
        .where(channel_order.c.state == "paid", arrived.between(first, last))
        .group_by(at, leg)
        .order_by(at, leg)
    )  # fmt: skip
    found = await db.execute(_narrowed(query, only, allocation_line.c.region, line.c.item, channel_order.c.channel))
    return [Wait(*row) for row in found]


def steps_between(first: date, last: date, step: Step) -> list[date]:
    """Every day, or the first of every month, from that of `first` to that of `last`."""
    if step is Step.day:
        return [date.fromordinal(day) for day in range(first.toordinal(), last.toordinal() + 1)]
    months = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    return [date(month // 12, month % 12 + 1, 1) for month in months]


def _at(day: ColumnElement[date], step: Step) -> ColumnElement[date]:
    return day if step is Step.day else cast(func.date_trunc(literal_column("'month'"), day), Date)


def _narrowed(
    query: Select[Any], only: Only, district: ColumnElement[str], item: ColumnElement[str], channel: ColumnElement[str]
) -> Select[Any]:
    query = query.where(func.starts_with(district, districts(only.district)))
    for column, wanted in ((item, only.item), (channel, only.channel)):
        if wanted:
            query = query.where(column == wanted)
    return query
