"""A month or a year in sums: what was paid, what arrived, what went back, by item, district, treasury and channel."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, func, literal, select, text
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


async def roll_up(db: AsyncConnection, region: str, first: date, last: date) -> RollUp:
    """The sums of a region, or of a city's or province's districts, from `first` to `last`, both included."""
    cells: dict[tuple[str, str, str, str], Sums] = {}
    for name, query in (
        ("paid", _lines(channel_order.c.clearing_day.between(first, last))),
        ("paid", _surplus(surplus_payment.c.clearing_day.between(first, last))),
        ("arrived", _lines(allocation_line.c.arrived_on.between(first, last))),
        ("refunded", _refunds(refund_line.c.done_on.between(first, last))),
    ):
        of_region = query.where(func.starts_with(query.selected_columns.district, districts(region)))
        for row in await db.execute(of_region):
            key = (row.item, row.district, row.treasury, row.channel)
            counted = {f"{name}_count": int(row[4]), f"{name}_fen": int(row[5])}
            cells[key] = cells.get(key, Sums()) + Sums(**counted)
    arrived = await db.scalar(text(_ARRIVED), {"prefix": districts(region), "first": first, "last": last})
    return RollUp(tuple(Cell(*key, sums) for key, sums in sorted(cells.items())), int(arrived or 0))


def _lines(when: ColumnElement[bool]) -> Select[Any]:
    """Lines of paid shares, by where they are due."""
    item, treasury = line.c.item, func.split_part(allocation_line.c.account, ":", 3)
    return (
        select(
            item.label("item"),
            allocation_line.c.region.label("district"),
            treasury.label("treasury"),
            channel_order.c.channel.label("channel"),
            func.count().label("count"),
            func.sum(allocation_line.c.amount_fen).label("fen"),
        )
        .join_from(allocation_line, line, line.c.id == allocation_line.c.line_id)
        .join(channel_order, channel_order.c.share_id == allocation_line.c.share_id)
        .where(channel_order.c.state == "paid", when)
        .group_by(item, allocation_line.c.region, treasury, channel_order.c.channel)
    )


def _surplus(when: ColumnElement[bool]) -> Select[Any]:
    return (
        select(
            literal(SURPLUS).label("item"),
            surplus_payment.c.region.label("district"),
            literal("").label("treasury"),
            surplus_payment.c.channel.label("channel"),
            func.count().label("count"),
            func.sum(surplus_payment.c.amount_fen).label("fen"),
        )
        .where(when)
        .group_by(surplus_payment.c.region, surplus_payment.c.channel)
    )


def _refunds(when: ColumnElement[bool]) -> Select[Any]:
    """Lines that went back, and surplus."""
    item = func.coalesce(line.c.item, SURPLUS)
    treasury = func.coalesce(func.split_part(allocation_line.c.account, ":", 3), "")
    channel = func.coalesce(channel_order.c.channel, surplus_payment.c.channel)
    return (
        select(
            item.label("item"),
            refund.c.region.label("district"),
            treasury.label("treasury"),
            channel.label("channel"),
            func.count().label("count"),
            func.sum(refund_line.c.amount_fen).label("fen"),
        )
        .join_from(refund_line, refund, refund.c.id == refund_line.c.refund_id)
        .outerjoin(allocation_line, allocation_line.c.id == refund_line.c.allocation_line_id)
        .outerjoin(line, line.c.id == allocation_line.c.line_id)
        .outerjoin(
            channel_order,
            (channel_order.c.share_id == allocation_line.c.share_id) & (channel_order.c.state == "paid"),
        )
        .outerjoin(surplus_payment, surplus_payment.c.id == refund_line.c.surplus_id)
        .where(refund_line.c.state == "done", when)
        .group_by(item, refund.c.region, treasury, channel)
    )


_ARRIVED = """
    SELECT sum(transfer.amount) FROM ledger.every_entry entry
    JOIN ledger.entry_kind kind ON kind.id = entry.kind AND kind.name = 'line_arrived'
    JOIN ledger.every_transfer transfer ON transfer.entry_id = entry.id AND transfer.effective_on = entry.effective_on
    JOIN ledger.account ON account.id = transfer.credit
    WHERE entry.effective_on BETWEEN :first AND :last AND starts_with(account.region, :prefix)
"""


def _sum(parts: Iterable[Sums]) -> Sums:
    total = Sums()
    for one in parts:
        total += one
    return total
