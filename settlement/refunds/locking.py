"""A refund as it is, behind the lock that everything takes that moves a bill."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from foundation.errors import NotFound
from settlement.allocation.claims import told_at
from settlement.allocation.tables import allocation_line
from settlement.bills.tables import bill
from settlement.refunds.tables import refund, refund_line


async def locked(db: AsyncConnection, refund_id: UUID) -> tuple[Row[Any], Sequence[Row[Any]]]:
    """A refund and its lines behind the lock of their bill; each line as `lines_of` gives it."""
    bill_id = await db.scalar(select(refund.c.bill_id).where(refund.c.id == refund_id))
    if bill_id is None:
        raise NotFound(f"there is no refund {refund_id}")
    await db.execute(select(bill.c.id).where(bill.c.id == bill_id).with_for_update())
    row = (await db.execute(select(refund).where(refund.c.id == refund_id))).one()
    return row, await lines_of(db, refund_id)


async def lines_of(db: AsyncConnection, refund_id: UUID) -> Sequence[Row[Any]]:
    """The lines of a refund, each with `leg`, `piece_state` and `told_at` of its money (`claims.told_at`)."""
    lines = await db.execute(
        select(
            refund_line,
            allocation_line.c.leg,
            allocation_line.c.voucher_id,
            allocation_line.c.pay_code_id,
            allocation_line.c.state.label("piece_state"),
            told_at().label("told_at"),
        )
        .outerjoin(allocation_line, allocation_line.c.id == refund_line.c.allocation_line_id)
        .where(refund_line.c.refund_id == refund_id)
        .order_by(refund_line.c.id)
    )
    return lines.all()
