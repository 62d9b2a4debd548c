"""How a code ends: expired, cancelled, or replaced by another. The channel is always asked first.

A code whose orders the channel has not decided yet waits as expiring or cancelling: nothing more can be started with
it, and what was started still counts.
"""

from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import Row, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from foundation import clock
from foundation.errors import Conflict, HeyiError, NotFound
from settlement.bills.tables import bill
from settlement.office import SYSTEM, Actor, Office
from settlement.payments import codes
from settlement.payments.codes import PAYABLE
from settlement.payments.lookup import order_of
from settlement.payments.queries import ORDERS_PER_SWEEP_MAX, ask_about, query_bill
from settlement.payments.tables import channel_order, channel_orders, payment_code, payment_codes

ENDING = ("expiring", "cancelling")

log = structlog.get_logger()


async def expire_codes(office: Office) -> int:
    """Lets codes expire whose time is over, and ends those that were cancelled. Returns how many ended."""
    over = payment_code.c.state.in_((*PAYABLE, "expiring")) & (payment_code.c.expires_at <= clock.now())
    async with office.database.connect() as db:
        found = await db.execute(
            select(payment_code).where(over | (payment_code.c.state == "cancelling")).limit(ORDERS_PER_SWEEP_MAX)
        )
        rows = found.all()
    return sum([await _end(office, row) for row in rows])


async def cancel_code(office: Office, bill_id: UUID, actor: Actor, reason: str) -> str:
    """Takes the code of a bill back: cancelled at once, or cancelling until the channel has decided on its orders."""
    async with office.database.begin() as db:
        await _locked_bill(db, bill_id)
        row = await _current(db, bill_id)
        if row.state != "cancelling":
            await payment_codes.advance(
                db, row.id, row.state, "cancel", role=actor.role, actor=actor.name, reason=reason
            )
    await _end(office, row)
    async with office.database.connect() as db:
        return str(await db.scalar(select(payment_code.c.state).where(payment_code.c.id == row.id)))


async def replace_code(office: Office, bill_id: UUID, actor: Actor, reason: str) -> UUID:
    """Issues another code in place of the bill's; the old one opens nothing any more. The channel is asked first.

    An order that the channel has not decided yet goes on behind the new code: a share never has two. Conflict where
    nothing is due any more. Unavailable: the channel did not answer; nothing was changed.
    """
    await query_bill(office, bill_id)
    async with office.database.begin() as db:
        bill_row = await _locked_bill(db, bill_id)
        if bill_row.state not in ("confirmed", "part_paid"):
            raise Conflict(
                f"缴款单已是 {bill_row.state}，无需更换缴款码。The bill is {bill_row.state}; it needs no other code.",
                state=bill_row.state,
            )
        old = await _current(db, bill_id)
        if old.state not in ("expired", "cancelled"):
            await take_back(db, old, actor, reason)
        new = await codes.issue(db, office.region(bill_row.region), bill_id)
        carried = await db.execute(
            update(channel_order).where(_under_way(old.id)).values(code_id=new).returning(channel_order.c.order_id)
        )
        if orders := carried.scalars().all():
            await payment_codes.advance(db, new, "live", "start", reason=", ".join(orders))
    return new


async def take_back(db: AsyncConnection, code: Row[Any], actor: Actor, reason: str) -> None:
    """Cancels a code at once. The caller has asked the channel, and holds the bill's lock."""
    state = code.state
    if state != "cancelling":
        state = await payment_codes.advance(
            db, code.id, state, "cancel", role=actor.role, actor=actor.name, reason=reason
        )
    await payment_codes.advance(db, code.id, state, "channel_says_unpaid", ended_at=clock.now())


async def _end(office: Office, row: Row[Any]) -> bool:
    """Asks the channel to close the orders behind a code and what became of them; ends it if none is undecided."""
    if row.state in PAYABLE and clock.now() >= row.expires_at:
        async with office.database.begin() as db:
            await _locked_bill(db, row.bill_id)
            state = await db.scalar(select(payment_code.c.state).where(payment_code.c.id == row.id))
            if state not in PAYABLE:  # another code's order has paid this bill as well
                return False
            await payment_codes.advance(db, row.id, state, "time_up", actor=SYSTEM.name)
    async with office.database.connect() as db:
        found = await db.execute(select(channel_order).where(_under_way(row.id)))
        still_open = found.all()
    for order in still_open:
        if order.joint_order_id is None:  # what pays many bills is not closed for the sake of one
            await _close_at_channel(office, order)
        try:
            await ask_about(office, order)
        except HeyiError as error:
            log.warning("a code cannot end yet", order=order.order_id, error=error.detail)
            return False
    async with office.database.begin() as db:
        await _locked_bill(db, row.bill_id)
        state = await db.scalar(select(payment_code.c.state).where(payment_code.c.id == row.id))
        undecided = await db.scalar(select(channel_order.c.id).where(_under_way(row.id)).limit(1))
        if state not in ENDING or undecided is not None:
            return False
        await payment_codes.advance(db, row.id, state, "channel_says_unpaid", ended_at=clock.now())
    return True


async def _close_at_channel(office: Office, order: Row[Any]) -> None:
    """A channel that will not, or does not answer, is only asked what became of the order."""
    terminal = office.institutions[order.region].terminals.get(order.terminal or "")
    try:
        await (terminal.cancel if terminal else office.institutions[order.region].channel.close)(order_of(order))
    except HeyiError as error:
        log.info("the channel did not close an order", order=order.order_id, error=error.detail)


def _under_way(code_id: UUID) -> Any:
    return (channel_order.c.code_id == code_id) & (channel_order.c.state == channel_orders.first)


async def _locked_bill(db: AsyncConnection, bill_id: UUID) -> Row[Any]:
    row = (await db.execute(select(bill).where(bill.c.id == bill_id).with_for_update())).one_or_none()
    if row is None:
        raise NotFound(f"there is no bill {bill_id}")
    return row


async def _current(db: AsyncConnection, bill_id: UUID) -> Row[Any]:
    newest = select(payment_code).where(payment_code.c.bill_id == bill_id).order_by(payment_code.c.issued_at.desc())
    row = (await db.execute(newest.limit(1))).one_or_none()
    if row is None:
        raise NotFound("缴款单还没有缴款码。The bill has no code yet.")
    return row
