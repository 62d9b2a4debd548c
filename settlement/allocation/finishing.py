"""When nothing of a bill is on its way any more: settled, or given back."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from foundation import clock
from foundation.database import enqueue
from settlement.allocation.tables import allocation_line
from settlement.bills.tables import bill, bills
from settlement.follow_ups import CLEAR

ENDED = ("settled", "cleared", "refunded")


async def settle_bill(db: AsyncConnection, bill_id: UUID) -> bool:
    """Ends a bill whose lines all arrived, or were given back before: only the first is told to the registry.

    Of a bill paid in part, what was never paid does not count once everything that was paid has been given back. True
    when the bill has ended.
    """
    state = await db.scalar(select(bill.c.state).where(bill.c.id == bill_id).with_for_update())
    if state in ENDED:
        return True
    lines = set(await db.scalars(select(allocation_line.c.state).where(allocation_line.c.bill_id == bill_id)))
    if state == "paid" and lines <= {"arrived"}:
        await bills.advance(db, bill_id, "paid", "all_arrived", settled_at=clock.now())
        await enqueue(db, CLEAR, [str(bill_id)])
        return True
    ended = {"arrived", "returned", "due"} if state == "part_paid" else {"arrived", "returned"}
    if state in ("paid", "part_paid") and "returned" in lines and lines <= ended:
        await bills.advance(db, bill_id, state, "give_back", refunded_at=clock.now())
        return True
    return False
