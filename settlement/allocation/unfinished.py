"""Finds bills whose money is on its way and that nobody follows any more, and queues them again.

Follow-ups are queued in the commit that causes them and retried for ever; this is the net below that.
"""

from datetime import timedelta

from sqlalchemy import select, text

from foundation import clock
from foundation.database import enqueue
from settlement.bills.tables import bill
from settlement.follow_ups import ALLOCATE, CLEAR
from settlement.office import Office

IDLE = timedelta(minutes=5)


async def queue_unfinished(office: Office) -> int:
    """Queues what has been paid for longer than IDLE and has no follow-up waiting. Returns how many."""
    waiting = text("SELECT convert_from(payload, 'UTF8') FROM pgqueuer WHERE entrypoint IN ('allocate', 'clear')")
    async with office.database.begin() as db:
        followed = set(await db.scalars(waiting))
        rows = await db.execute(
            select(bill.c.id, bill.c.state).where(
                bill.c.state.in_(("part_paid", "paid", "settled")), bill.c.confirmed_at < clock.now() - IDLE
            )
        )
        idle = [row for row in rows if str(row.id) not in followed]
        await enqueue(db, ALLOCATE, [str(row.id) for row in idle if row.state != "settled"])
        await enqueue(db, CLEAR, [str(row.id) for row in idle if row.state == "settled"])
    return len(idle)
