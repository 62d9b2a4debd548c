"""How a joint payment ends: all that was due of it is paid, or its time is over.

Its shares may be paid one by one as well, each behind its own code; then nothing of it is due any more either.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from foundation import clock
from settlement.bills.tables import bill, share
from settlement.joint.tables import joint_member, joint_order, joint_payment, joint_payments
from settlement.office import SYSTEM, Actor, Office

FINISHED_PER_SWEEP_MAX = 200


def payable_members(payment_id: UUID | ColumnElement[UUID]) -> ColumnElement[bool]:
    """Which rows of joint_member joined with share and bill can be paid: due, on a bill that waits for its payment."""
    return (
        (joint_member.c.joint_payment_id == payment_id)
        & (share.c.state == "due")
        & bill.c.state.in_(("confirmed", "part_paid"))
    )


def with_share_and_bill() -> Any:
    """joint_member with the share and the bill that it names."""
    return joint_member.join(share, share.c.id == joint_member.c.share_id).join(
        bill, bill.c.id == joint_member.c.bill_id
    )


async def finish(db: AsyncConnection, payment_id: UUID) -> str:
    """Ends a joint payment of which nothing is due any more; its state then."""
    locked = select(joint_payment).where(joint_payment.c.id == payment_id).with_for_update()
    row = (await db.execute(locked)).one()
    if row.state != "due":
        return str(row.state)
    left = select(joint_member.c.share_id).select_from(with_share_and_bill()).where(payable_members(payment_id))
    if await db.scalar(left.limit(1)) is not None:
        return "due"
    members = select(share.c.id).join(joint_member, joint_member.c.share_id == share.c.id)
    paid = members.where(joint_member.c.joint_payment_id == payment_id, share.c.state == "paid")
    if await db.scalar(paid.limit(1)) is None:  # every bill was withdrawn
        return await release(db, row, "time_up", SYSTEM)
    return await joint_payments.advance(db, payment_id, "due", "all_paid")


async def release(db: AsyncConnection, payment: Row[Any], event: str, actor: Actor, reason: str | None = None) -> str:
    """Cancels a joint payment: its shares may be paid in another way, or in another joint payment."""
    state = await joint_payments.advance(
        db, payment.id, payment.state, event, role=actor.role, actor=actor.name, reason=reason
    )
    of_it = joint_member.c.joint_payment_id == payment.id
    await db.execute(update(joint_member).where(of_it).values(live=False))
    return state


async def finish_joint_payments(office: Office) -> int:
    """Ends those of which nothing is due any more, and those whose time is over with nothing under way; how many."""
    left = (
        select(joint_member.c.share_id)
        .select_from(with_share_and_bill())
        .where(payable_members(joint_payment.c.id))
        .correlate(joint_payment)
        .exists()
    )
    under_way = (
        select(joint_order.c.id)
        .where(joint_order.c.joint_payment_id == joint_payment.c.id, joint_order.c.state == "open")
        .exists()
    )
    over = joint_payment.c.pay_by <= clock.now()
    wanted = select(joint_payment.c.id).where(joint_payment.c.state == "due", ~under_way, ~left | over)
    async with office.database.connect() as db:
        ids = list(await db.scalars(wanted.limit(FINISHED_PER_SWEEP_MAX)))
    return sum([await _end(office, payment_id) for payment_id in ids])


async def _end(office: Office, payment_id: UUID) -> bool:
    async with office.database.begin() as db:
        if await finish(db, payment_id) != "due":
            return True
        row = (await db.execute(select(joint_payment).where(joint_payment.c.id == payment_id))).one()
        of_it = (joint_order.c.joint_payment_id == payment_id) & (joint_order.c.state == "open")
        busy = await db.scalar(select(joint_order.c.id).where(of_it))
        if busy is not None or clock.now() < row.pay_by:
            return False
        await release(db, row, "time_up", SYSTEM)
    return True
