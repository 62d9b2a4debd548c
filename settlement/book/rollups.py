"""A month or a year in sums: what was paid, what arrived, what went back, by item, district, treasury and channel."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, func, literal, select, text, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from settlement.allocation.tables import allocation_line
from settlement.bills.tables import line
from settlement.payments.tables import channel_order, surplus_payment
from settlement.refunds.tables import refund, refund_line

SURPLUS = "surplus"
"""In place of an item: money that belongs to no line."""


class By(StrEnum):
    """By what a roll-up is summed."""

    item = "item"
    district = "district"
    treasury = "treasury"
    channel = "channel"


@dataclass(frozen=True, slots=True)
class Sums:
    """Counts of lines and their fen: paid by clearing day, arrived by day of arrival, refunded by day done."""

    paid_count: int = 0
    paid_fen: int = 0
    arrived_count: int = 0
    arrived_fen: int = 0
    refunded_count: int = 0
    refunded_fen: int = 0

    def __add__(self, other: "Sums") -> "Sums":
        return Sums(
            self.paid_count + other.paid_count,
            self.paid_fen + other.paid_fen,
            self.arrived_count + other.arrived_count,
            self.arrived_fen + other.arrived_fen,
            self.refunded_count + other.refunded_count,
            self.refunded_fen + other.refunded_fen,
        )


@dataclass(frozen=True, slots=True)
class Cell:
    """Sums of one item in one district, on its way to one treasury or non-tax unit, by one channel."""

    item: str
    district: str
    treasury: str
    channel: str
    sums: Sums


@dataclass(frozen=True, slots=True)
class RollUp:
    """A period in cells; `book_arrived_fen` is what the ledger says arrived in it."""

    cells: tuple[Cell, ...]
    book_arrived_fen: int

    @property
    def total(self) -> Sums:
        """All cells together."""
        return _sum(one.sums for one in self.cells)

    def by(self, dimension: By) -> dict[str, Sums]:
        """The sums by one dimension, in its order."""
        names = sorted({getattr(one, dimension) for one in self.cells})
        return {name: _sum(one.sums for one in self.cells if getattr(one, dimension) == name) for name in names}


def districts(region: str) -> str:
    """The beginning of the codes of all districts of a region: of itself, a city (…00) or a province (…0000)."""
    return region[:2] if region.endswith("0000") else region[:4] if region.endswith("00") else region


class Moved(StrEnum):
    """What happened to money: paid on its clearing day, arrived at its account, went back."""

    paid = "paid"
    arrived = "arrived"
    refunded = "refunded"


async def roll_up(db: AsyncConnection, region: str, first: date, last: date) -> RollUp:
    """The sums of a region, or of a city's or province's districts, from `first` to `last`, both included."""
    cells: dict[tuple[str, str, str, str], Sums] = {}
    for moved in Moved:
        rows = money_moved(moved, first, last).subquery()
        cell = rows.c.item, rows.c.district, rows.c.treasury, rows.c.channel
        of_region = func.starts_with(rows.c.district, districts(region))
        query = select(*cell, func.count(), func.sum(rows.c.fen)).where(of_region).group_by(*cell)
        for *key, count, fen in await db.execute(query):
            place = (key[0], key[1], key[2], key[3])
            counted = {f"{moved}_count": count, f"{moved}_fen": int(fen)}
            cells[place] = cells.get(place, Sums()) + Sums(**counted)
    arrived = await db.scalar(text(_ARRIVED), {"prefix": districts(region), "first": first, "last": last})
    return RollUp(tuple(Cell(*key, sums) for key, sums in sorted(cells.items())), int(arrived or 0))


def money_moved(moved: Moved, first: date, last: date) -> Select[Any]:
    """A row a line, or a surplus payment, that moved so from `first` to `last`.

    Columns: day, item, district, treasury (or non-tax unit), channel, fen.
    """
    if moved is Moved.arrived:
        return _lines(allocation_line.c.arrived_on, first, last)
    if moved is Moved.refunded:
        return _refunds(first, last)
    both = union_all(_lines(channel_order.c.clearing_day, first, last), _surplus(first, last))
    return select(both.subquery("paid"))


def _lines(day: ColumnElement[date], first: date, last: date) -> Select[Any]:
    """Lines of paid shares, by where they are due."""
    return (
        select(
            day.label("day"),
            line.c.item.label("item"),
            allocation_line.c.region.label("district"),
            func.split_part(allocation_line.c.account, ":", 3).label("treasury"),
            channel_order.c.channel.label("channel"),
            allocation_line.c.amount_fen.label("fen"),
        )
        .join_from(allocation_line, line, line.c.id == allocation_line.c.line_id)
        .join(channel_order, channel_order.c.share_id == allocation_line.c.share_id)
        .where(channel_order.c.state == "paid", day.between(first, last))
    )


def _surplus(first: date, last: date) -> Select[Any]:
    return select(
        surplus_payment.c.clearing_day.label("day"),
        literal(SURPLUS).label("item"),
        surplus_payment.c.region.label("district"),
        literal("").label("treasury"),
        surplus_payment.c.channel.label("channel"),
        surplus_payment.c.amount_fen.label("fen"),
    ).where(surplus_payment.c.clearing_day.between(first, last))


def _refunds(first: date, last: date) -> Select[Any]:
    """Lines that went back, and surplus."""
    return (
        select(
            refund_line.c.done_on.label("day"),
            func.coalesce(line.c.item, SURPLUS).label("item"),
            refund.c.region.label("district"),
            func.coalesce(func.split_part(allocation_line.c.account, ":", 3), "").label("treasury"),
            func.coalesce(channel_order.c.channel, surplus_payment.c.channel).label("channel"),
            refund_line.c.amount_fen.label("fen"),
        )
        .join_from(refund_line, refund, refund.c.id == refund_line.c.refund_id)
        .outerjoin(allocation_line, allocation_line.c.id == refund_line.c.allocation_line_id)
        .outerjoin(line, line.c.id == allocation_line.c.line_id)
        .outerjoin(
            channel_order,
            (channel_order.c.share_id == allocation_line.c.share_id) & (channel_order.c.state == "paid"),
        )
        .outerjoin(surplus_payment, surplus_payment.c.id == refund_line.c.surplus_id)
        .where(refund_line.c.state == "done", refund_line.c.done_on.between(first, last))
    )


_ARRIVED = """
    SELECT sum(transfer.amount) FROM ledger.every_entry entry
    JOIN ledger.entry_kind kind ON kind.id = entry.kind AND kind.name = 'line_arrived'
    JOIN ledger.transfer ON transfer.entry_id = entry.id AND transfer.effective_on = entry.effective_on
    JOIN ledger.account ON account.id = transfer.credit
    WHERE entry.effective_on BETWEEN :first AND :last AND starts_with(account.region, :prefix)
"""


def _sum(parts: Iterable[Sums]) -> Sums:
    total = Sums()
    for one in parts:
        total += one
    return total
