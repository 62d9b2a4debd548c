"""How far a refund is once something of it moved, and what that means for its bill and its cases."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from foundation import clock
from foundation.money import yuan
from settlement.allocation.finishing import settle_bill
from settlement.allocation.tables import allocation_line, allocation_lines
from settlement.cases import UNSETTLED, office_case, open_case, vanish
from settlement.office import Office
from settlement.payments.tables import surplus_payment
from settlement.refunds import papers
from settlement.refunds.tables import channel_refund, refund, refund_line, refunds

UNDER_WAY = ("ready", "sent")


async def given_back(db: AsyncConnection, lines: Iterable[Row[Any]]) -> None:
    """Money that had been held at the channel has gone back: its allocation lines end there."""
    ids = [line.allocation_line_id for line in lines if line.allocation_line_id is not None]
    held = (allocation_line.c.id.in_(ids)) & (allocation_line.c.state == "held")
    waiting = (await db.scalars(select(allocation_line.c.id).where(held))).all()
    await allocation_lines.advance(db, waiting, "held", "give_back")


async def finish(office: Office, db: AsyncConnection, refund_id: UUID) -> None:
    """Moves a refund on when all of its lines are done, or when nothing is under way and something failed."""
    row = (await db.execute(select(refund).where(refund.c.id == refund_id))).one()
    open_lines = (refund_line.c.refund_id == refund_id) & (refund_line.c.state == "approved")
    left = (await db.execute(select(refund_line).where(open_lines))).all()
    of_refund = channel_refund.c.refund_id == refund_id
    under_way = await db.scalar(
        select(channel_refund.c.id).where(of_refund, channel_refund.c.state.in_(UNDER_WAY)).limit(1)
    )
    if row.state in ("sent", "failed") and not left:
        state = row.state if row.state == "sent" else await refunds.advance(db, refund_id, "failed", "recover")
        await refunds.advance(db, refund_id, state, "finish", done_at=clock.now())
        await _end_cases(db, row)
        await settle_bill(office, db, row.bill_id)
    elif row.state == "sent" and under_way is None and any(line.way == papers.CHANNEL for line in left):
        await refunds.advance(db, refund_id, "sent", "fail")
        await _open_failed(db, row)


async def _open_failed(db: AsyncConnection, row: Row[Any]) -> None:
    failed = (channel_refund.c.refund_id == row.id) & (channel_refund.c.state == "failed")
    tries = (await db.execute(select(channel_refund).where(failed).order_by(channel_refund.c.started_at))).all()
    fen = sum(one.amount_fen for one in {(one.of_query_id, one.receiver): one for one in tries}.values())
    await open_case(
        db,
        region=row.region,
        kind="R-failed",
        fingerprint=_failed(row.id),
        amount_fen=fen,
        bill_id=row.bill_id,
        business_day=clock.today(),
        reason=f"退款单 {row.number} 有 {yuan(fen)} 元渠道退款失败：{tries[-1].detail}。请查明后继续退款。",
        facts={
            "reason_en": f"Of refund {row.number} the channel did not give {yuan(fen)} yuan back: {tries[-1].detail}. "
            "Look into it, then resume the refund.",
            "refund_id": str(row.id),
            "refund": row.number,
            "orders": [{"order_id": one.order_id, "detail": one.detail} for one in tries],
        },
    )


async def _end_cases(db: AsyncConnection, row: Row[Any]) -> None:
    """The case of a failure, and those of the surplus that was given back, have nothing left to decide."""
    surplus = select(surplus_payment.c.case_id).where(
        surplus_payment.c.id.in_(select(refund_line.c.surplus_id).where(refund_line.c.refund_id == row.id))
    )
    ours = (office_case.c.fingerprint == _failed(row.id)) | office_case.c.id.in_(surplus)
    found = await db.execute(
        select(office_case.c.id, office_case.c.state).where(ours, office_case.c.state.in_(UNSETTLED))
    )
    await vanish(
        db, [(one.id, one.state) for one in found], f"已由退款单 {row.number} 退回。Given back by refund {row.number}."
    )


def _failed(refund_id: UUID) -> str:
    return f"R-failed:{refund_id}"
