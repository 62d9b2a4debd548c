"""Finds bills whose money is on its way and that nobody follows any more, and queues them again.

Follow-ups are queued in the commit that causes them and retried for ever; this is the net below that.
"""

from datetime import timedelta

import structlog
from sqlalchemy import or_, select, text

from foundation import clock
from foundation.database import enqueue
from foundation.errors import HeyiError
from settlement.allocation.following import follow_bill
from settlement.allocation.movement import moves
from settlement.bills.tables import bill
from settlement.follow_ups import ALLOCATE, CLEAR
from settlement.office import Office

IDLE = timedelta(minutes=5)

log = structlog.get_logger()


async def queue_unfinished(office: Office) -> int:
    """Queues what has been paid for longer than IDLE and has no follow-up waiting. Returns how many."""
    waiting = text("""
        SELECT regexp_split_to_table(convert_from(payload, 'UTF8'), ' ') FROM pgqueuer
        WHERE entrypoint IN ('allocate', 'clear')
    """)
    async with office.database.begin() as db:
        followed = set(await db.scalars(waiting))
        rows = await db.execute(
            select(bill.c.id, bill.c.state).where(
                or_(bill.c.state == "settled", bill.c.state.in_(("part_paid", "paid")) & moves()),
                bill.c.confirmed_at < clock.now() - IDLE,
            )
        )
        idle = [row for row in rows if str(row.id) not in followed]
        await enqueue(db, ALLOCATE, [str(row.id) for row in idle if row.state != "settled"])
        await enqueue(db, CLEAR, [str(row.id) for row in idle if row.state == "settled"])
    return len(idle)


async def follow_unfinished(office: Office, region: str) -> None:
    """Takes every paid bill of a region that is not settled one step on, before its day is held against statements.

    What an institution does not answer stays as it is and waits in the pool.
    """
    async with office.database.connect() as db:
        on_the_way = bill.c.state.in_(("part_paid", "paid"))
        bills = (await db.scalars(select(bill.c.id).where(bill.c.region == region, on_the_way, moves()))).all()
    for bill_id in bills:
        try:
            await follow_bill(office, bill_id)
        except HeyiError as error:
            log.warning("not followed before the day's close", bill=str(bill_id), error=error.detail)
