"""Proposes a refund: lines of a bill, or surplus money that came beside it.

What is still at the channel is held from this moment, so that it does not go on to the treasury while people decide
(`settlement.refunds.holding`). It goes back as it came, whole: the tax office and the non-tax platform take the amount
of a voucher or pay code and no other. What has arrived can go back in parts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from foundation import clock
from foundation.errors import BadInput, Conflict, NotFound
from foundation.identifiers import new_id
from foundation.money import yuan
from settlement import postings
from settlement.allocation.claims import told_at
from settlement.allocation.tables import allocation_line
from settlement.bills.tables import bill
from settlement.office import Actor, Office
from settlement.payments.closing import ENDING
from settlement.payments.codes import PAYABLE
from settlement.payments.tables import channel_order, payment_code, surplus_payment
from settlement.refunds.holding import AT_CHANNEL, hold
from settlement.refunds.tables import NEVER_WENT, refund, refund_line, refund_lines, refunds
from settlement.regions import Region

WAYS_IN = ("in_transit", "held", "received", "sent_back", "arrived")
"""States of an allocation line whose money came and was not given back."""


@dataclass(frozen=True, slots=True)
class Wish:
    """A line to give back, by its allocation line: some fen of it, or (None) all that is left."""

    allocation_line_id: UUID
    amount_fen: int | None = None


async def propose_refund(
    office: Office, bill_id: UUID, wishes: Sequence[Wish], surplus: Sequence[UUID], reason: str, actor: Actor
) -> UUID:
    """Proposes to give lines and surplus payments of one bill back; gives the refund's id.

    Conflict: more than is left, a voucher that would be torn apart, or a code that can still be paid.
    """
    if not wishes and not surplus:
        raise BadInput("lines", [], "a line or surplus payment to give back")
    if len({one.allocation_line_id for one in wishes}) < len(wishes) or len(set(surplus)) < len(surplus):
        raise BadInput("lines", [str(one.allocation_line_id) for one in wishes], "each line once")
    async with office.database.begin() as db:
        bill_row = (await db.execute(select(bill).where(bill.c.id == bill_id).with_for_update())).one_or_none()
        if bill_row is None:
            raise NotFound(f"there is no bill {bill_id}")
        region = office.region(bill_row.region)
        pieces = await paid_pieces(db, bill_id)
        rows = [_of_line(region, one, _piece(pieces, one), await _given(db, one)) for one in wishes]
        for surplus_id in surplus:
            rows += await _of_surplus(db, region, bill_id, surplus_id)
        await _hold(db, bill_row, pieces, rows, actor)
        return await _write(db, bill_row, rows, reason, actor)


async def paid_pieces(db: AsyncConnection, bill_id: UUID) -> list[Row[Any]]:
    """The bill's allocation lines whose money came, each with the payment that brought it."""
    found = await db.execute(
        select(allocation_line, channel_order.c.query_id, channel_order.c.clearing_day, told_at().label("told_at"))
        .join(channel_order, channel_order.c.share_id == allocation_line.c.share_id)
        .where(allocation_line.c.bill_id == bill_id, channel_order.c.state == "paid")
        .where(allocation_line.c.state.in_(WAYS_IN))
        .order_by(allocation_line.c.id)
    )
    return list(found.all())


def _piece(pieces: Sequence[Row[Any]], wish: Wish) -> Row[Any]:
    for piece in pieces:
        if piece.id == wish.allocation_line_id:
            return piece
    allowed = ", ".join(str(piece.id) for piece in pieces) or "none; nothing of this bill was paid"
    raise BadInput("lines.allocation_line_id", str(wish.allocation_line_id), f"a paid line of the bill: {allowed}")


async def _given(db: AsyncConnection, wish: Wish) -> int:
    """Fen of a line that are in refunds already, proposed ones included."""
    of_line = (refund_line.c.allocation_line_id == wish.allocation_line_id) & refund_line.c.state.not_in(NEVER_WENT)
    return int(await db.scalar(select(func.coalesce(func.sum(refund_line.c.amount_fen), 0)).where(of_line)) or 0)


def _of_line(region: Region, wish: Wish, piece: Row[Any], given: int) -> dict[str, Any]:
    left = piece.amount_fen - given
    fen = left if wish.amount_fen is None else wish.amount_fen
    if not 0 < fen <= left:
        raise Conflict(
            f"本笔已缴 {yuan(piece.amount_fen)} 元，已退或正在退 {yuan(given)} 元，还可退 {yuan(left)} 元。"
            f"Of {yuan(piece.amount_fen)} yuan paid, {yuan(given)} are given back or about to be, "
            f"and {yuan(left)} are left.",
            left_fen=left,
        )
    if piece.state in AT_CHANNEL and fen != piece.amount_fen:
        raise Conflict(
            "款项尚在渠道，只能整笔退；如需部分退，请等入库（入账）后办理。"
            "The money is still at the channel and can only go back whole; a part of it can when it has arrived.",
            whole_fen=piece.amount_fen,
        )
    receivers = region.channel.receivers
    return {
        "allocation_line_id": piece.id,
        "surplus_id": None,
        "receiver": receivers.treasury if piece.leg == "tax" else receivers.non_tax,
        "query_id": piece.query_id,
        "paid_on": piece.clearing_day,
        "amount_fen": fen,
        "account": piece.account,
    }


async def _of_surplus(db: AsyncConnection, region: Region, bill_id: UUID, surplus_id: UUID) -> list[dict[str, Any]]:
    """A row a receiver: a surplus goes back whole, from whoever has it."""
    of_bill = (surplus_payment.c.id == surplus_id) & (surplus_payment.c.bill_id == bill_id)
    row = (await db.execute(select(surplus_payment).where(of_bill))).one_or_none()
    if row is None:
        raise BadInput("surplus", str(surplus_id), "a surplus payment of this bill")
    again = (refund_line.c.surplus_id == surplus_id) & refund_line.c.state.not_in(NEVER_WENT)
    if await db.scalar(select(refund_line.c.id).where(again).limit(1)) is not None:
        raise Conflict("这笔长款已有退款单。A refund of this surplus exists already.", surplus_id=str(surplus_id))
    return [
        {
            "allocation_line_id": None,
            "surplus_id": row.id,
            "receiver": part["receiver"],
            "query_id": row.query_id,
            "paid_on": row.clearing_day,
            "amount_fen": part["amount_fen"],
            "account": postings.surplus(region).code,
        }
        for part in row.parts
    ]


async def _hold(
    db: AsyncConnection, bill_row: Row[Any], pieces: Sequence[Row[Any]], rows: Sequence[dict[str, Any]], actor: Actor
) -> None:
    """Keeps what is still at the channel there, but for what is on its way already."""
    wanted = {row["allocation_line_id"] for row in rows}
    held = [piece for piece in pieces if piece.id in wanted and piece.state in AT_CHANNEL]
    if not held:
        return
    for piece in pieces:
        together = (piece.voucher_id, piece.pay_code_id) in {(one.voucher_id, one.pay_code_id) for one in held}
        if together and piece.id not in wanted:
            raise Conflict(
                "同一缴款凭证（三要素或缴款码）的各笔须一并退。"
                "Lines of one voucher or pay code go back together; the one that is missing is named.",
                missing=str(piece.id),
            )
    open_code = (payment_code.c.bill_id == bill_row.id) & payment_code.c.state.in_((*PAYABLE, *ENDING))
    if await db.scalar(select(payment_code.c.id).where(open_code).limit(1)) is not None:
        raise Conflict("缴款码还可以支付，请先作废缴款码。The code can still be paid; cancel the code first.")
    await hold(db, held, actor)


async def _write(
    db: AsyncConnection, bill_row: Row[Any], rows: Sequence[dict[str, Any]], reason: str, actor: Actor
) -> UUID:
    before = await db.scalar(select(func.count()).where(refund.c.bill_id == bill_row.id))
    refund_id = new_id()
    await db.execute(
        insert(refund).values(
            id=refund_id,
            region=bill_row.region,
            bill_id=bill_row.id,
            number=f"{bill_row.number}R{(before or 0) + 1:02d}",
            amount_fen=sum(row["amount_fen"] for row in rows),
            reason=reason,
            state=refunds.first,
            proposed_by=actor.name,
            proposed_at=clock.now(),
        )
    )
    fresh = {"refund_id": refund_id, "state": refund_lines.first}
    await db.execute(insert(refund_line), [{"id": new_id(), **fresh, **row} for row in rows])
    return refund_id
