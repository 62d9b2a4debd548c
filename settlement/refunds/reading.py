"""Refunds as people and other systems see them; and what of a bill could be given back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from foundation.errors import NotFound
from settlement.allocation.tables import allocation_line
from settlement.bills.tables import bill, line, share
from settlement.office import Office
from settlement.payments.tables import surplus_payment
from settlement.refunds.holding import AT_CHANNEL
from settlement.refunds.papers import CASE_KIND, PAPERS, Paper
from settlement.refunds.proposing import paid_pieces
from settlement.refunds.tables import NEVER_WENT, channel_refund, refund, refund_line, refunds

REFUNDS_MAX = 200


@dataclass(frozen=True, slots=True)
class RefundLineView:
    """One line of a refund. `item` and `payer` are empty where surplus money goes back; `way` before approval.

    `came_back_on`: its money was returned (退汇), and another line, which names it as `again_of`, stands in its place.
    """

    id: UUID
    item: str | None
    payer: str | None
    amount_fen: int
    way: str | None
    papers: tuple[Paper, ...]
    state: str
    query_id: str
    reference: str | None
    red_receipt: str | None
    done_on: date | None
    came_back_on: date | None
    again_of: UUID | None

    @property
    def by_person(self) -> bool:
        """Whether a person has to carry it out at a counter, and record it."""
        return self.state == "approved" and self.way in CASE_KIND


@dataclass(frozen=True, slots=True)
class ChannelRefundView:
    """One order of the channel by which a part of a refund goes back, and what was last said of it."""

    order_id: str
    kind: str
    receiver: str
    amount_fen: int
    state: str
    detail: str


@dataclass(frozen=True, slots=True)
class RefundView:
    """A refund with its lines and the channel's orders."""

    id: UUID
    region: str
    bill_id: UUID
    bill_number: str
    number: str
    amount_fen: int
    reason: str
    state: str
    proposed_by: str
    proposed_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    done_at: datetime | None
    lines: tuple[RefundLineView, ...]
    orders: tuple[ChannelRefundView, ...]

    def line(self, line_id: UUID) -> RefundLineView:
        """One of its lines, or NotFound."""
        for one in self.lines:
            if one.id == line_id:
                return one
        raise NotFound(f"refund {self.number} has no line {line_id}")


@dataclass(frozen=True, slots=True)
class RefundableLine:
    """A paid line and what of it is not in a refund yet, in fen. `whole`: at the channel, so all of it or nothing.

    `told_at`: since when an institution may have it (`settlement.allocation.claims.told_at`).
    """

    allocation_line_id: UUID
    item: str
    payer: str
    amount_fen: int
    left_fen: int
    state: str
    whole: bool
    told_at: datetime | None


@dataclass(frozen=True, slots=True)
class SurplusView:
    """Money that came beside the bill (late, again, other_amount), and whether a refund of it exists."""

    id: UUID
    kind: str
    amount_fen: int
    query_id: str
    clearing_day: date
    in_refund: bool


@dataclass(frozen=True, slots=True)
class Refundable:
    """What of a bill could be given back."""

    lines: tuple[RefundableLine, ...]
    surplus: tuple[SurplusView, ...]


async def read_refund(office: Office, refund_id: UUID) -> RefundView:
    """A refund, or NotFound."""
    found = await read_refunds(office, refund.c.id == refund_id)
    if not found:
        raise NotFound(f"there is no refund {refund_id}")
    return found[0]


async def refunds_of_bill(office: Office, bill_id: UUID) -> list[RefundView]:
    """The refunds of a bill, the newest first."""
    return await read_refunds(office, refund.c.bill_id == bill_id)


async def read_refunds(
    office: Office, wanted: ColumnElement[bool], *, skip: int = 0, most: int = REFUNDS_MAX
) -> list[RefundView]:
    """Refunds that a condition on them or on their bill chooses: those that wait for a decision, then the newest."""
    async with office.database.connect() as db:
        newest = (
            select(refund, bill.c.number.label("bill_number"))
            .join(bill, bill.c.id == refund.c.bill_id)
            .where(wanted)
            .order_by(refund.c.state != refunds.first, refund.c.proposed_at.desc(), refund.c.id.desc())
        )
        rows = (await db.execute(newest.offset(skip).limit(most))).all()
        ids = [row.id for row in rows]
        of_these = select(refund_line).where(refund_line.c.refund_id.in_(ids)).order_by(refund_line.c.id)
        lines = (await db.execute(of_these)).all()
        names = await _names(db, [one.allocation_line_id for one in lines if one.allocation_line_id])
        sent = select(channel_refund).where(channel_refund.c.refund_id.in_(ids)).order_by(channel_refund.c.order_id)
        orders = (await db.execute(sent)).all()
    return [_view(row, lines, names, orders) for row in rows]


async def refundable(office: Office, bill_id: UUID) -> Refundable:
    """What of a bill could be given back: its paid lines, and surplus money."""
    async with office.database.connect() as db:
        pieces = await paid_pieces(db, bill_id)
        names = await _names(db, [piece.id for piece in pieces])
        rows = (await db.execute(select(surplus_payment).where(surplus_payment.c.bill_id == bill_id))).all()
        of_line = await _sums(db, refund_line.c.allocation_line_id, [piece.id for piece in pieces])
        of_surplus = await _sums(db, refund_line.c.surplus_id, [row.id for row in rows])
        surplus = tuple(
            SurplusView(row.id, row.kind, row.amount_fen, row.query_id, row.clearing_day, row.id in of_surplus)
            for row in rows
        )
    lines = tuple(
        RefundableLine(
            piece.id,
            *names[piece.id],
            piece.amount_fen,
            piece.amount_fen - of_line.get(piece.id, 0),
            piece.state,
            piece.state in AT_CHANNEL,
            piece.told_at,
        )
        for piece in pieces
    )
    return Refundable(lines, surplus)


async def _sums(db: AsyncConnection, by: ColumnElement[UUID], subjects: Sequence[UUID]) -> dict[UUID, int]:
    """Fen in refunds that were not rejected and did not come back, by line or surplus."""
    rows = await db.execute(
        select(by.label("subject"), func.sum(refund_line.c.amount_fen).label("fen"))
        .where(by.in_(subjects), refund_line.c.state.not_in(NEVER_WENT))
        .group_by(by)
    )
    return {row.subject: int(row.fen) for row in rows}


async def _names(db: AsyncConnection, pieces: Sequence[UUID]) -> dict[UUID, tuple[str, str]]:
    rows = await db.execute(
        select(allocation_line.c.id, line.c.item, share.c.payer)
        .join(line, line.c.id == allocation_line.c.line_id)
        .join(share, share.c.id == allocation_line.c.share_id)
        .where(allocation_line.c.id.in_(pieces))
    )
    return {row.id: (row.item, row.payer) for row in rows}


def _view(
    row: Row[Any], lines: Sequence[Row[Any]], names: dict[UUID, tuple[str, str]], orders: Sequence[Row[Any]]
) -> RefundView:
    return RefundView(
        row.id,
        row.region,
        row.bill_id,
        row.bill_number,
        row.number,
        row.amount_fen,
        row.reason,
        row.state,
        row.proposed_by,
        row.proposed_at,
        row.decided_by,
        row.decided_at,
        row.done_at,
        tuple(_line(one, names) for one in lines if one.refund_id == row.id),
        tuple(
            ChannelRefundView(one.order_id, one.kind, one.receiver, one.amount_fen, one.state, one.detail)
            for one in orders
            if one.refund_id == row.id
        ),
    )


def _line(row: Row[Any], names: dict[UUID, tuple[str, str]]) -> RefundLineView:
    item, payer = names.get(row.allocation_line_id, (None, None))
    return RefundLineView(
        row.id,
        item,
        payer,
        row.amount_fen,
        row.way,
        PAPERS[row.way] if row.way else (),
        row.state,
        row.query_id,
        row.reference,
        row.red_receipt,
        row.done_on,
        row.came_back_on,
        row.again_of,
    )
