"""When nothing of a bill is on its way any more: settled, or given back."""

from uuid import UUID

from sqlalchemy import exists, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from foundation import clock
from foundation.database import enqueue
from ledger import post_on_open_days
from settlement import postings
from settlement.allocation.tables import allocation_line
from settlement.bills.tables import bill, bills, share
from settlement.clearance.tables import clearance
from settlement.follow_ups import CLEAR
from settlement.office import Office
from settlement.refunds.tables import refund_line

ENDED = ("settled", "cleared", "refunded")


async def settle_bill(office: Office, db: AsyncConnection, bill_id: UUID) -> bool:
    """Ends a bill whose lines all arrived, or were given back before: only the first is told to the registry.

    Of a bill paid in part, what was never paid does not count once everything that was paid has been given back, by the
    channel or after it arrived, and is owed no more. True when the bill has ended.
    """
    row = (await db.execute(select(bill).where(bill.c.id == bill_id).with_for_update())).one()
    if row.state in ENDED:
        return True
    found = await db.execute(select(allocation_line).where(allocation_line.c.bill_id == bill_id))
    pieces = found.all()
    states = {one.state for one in pieces}
    if row.monthly_side and await _only_the_month_waits(db, bill_id, row.monthly_side):
        await enqueue(db, CLEAR, [str(bill_id)])
    if row.state == "paid" and states <= {"arrived"}:
        await bills.advance(db, bill_id, "paid", "all_arrived", settled_at=clock.now())
        await enqueue(db, CLEAR, [str(bill_id)])
        return True
    ended = {"arrived", "returned", "due"} if row.state == "part_paid" else {"arrived", "returned"}
    back = "returned" in states or (row.state == "part_paid" and await _all_back(db, bill_id))
    if row.state in ("paid", "part_paid") and back and states <= ended:
        await bills.advance(db, bill_id, row.state, "give_back", refunded_at=clock.now())
        if unpaid := [(one.account, one.amount_fen) for one in pieces if one.state == "due"]:
            region = office.region(row.region)
            await post_on_open_days(db, [postings.given_up(region, bill_id, row.number, clock.today(), unpaid)])
        return True
    return False


async def _only_the_month_waits(db: AsyncConnection, bill_id: UUID, monthly: str) -> bool:
    """Whether all but a share by the month is in, and the registry was not told of it yet."""
    others = select(allocation_line.c.id).join(share, share.c.id == allocation_line.c.share_id)
    on_its_way = others.where(
        allocation_line.c.bill_id == bill_id, share.c.payer != monthly, allocation_line.c.state != "arrived"
    )
    told = select(clearance.c.id).where(clearance.c.bill_id == bill_id)
    return not await db.scalar(select(on_its_way.exists() | told.exists()))


async def _all_back(db: AsyncConnection, bill_id: UUID) -> bool:
    """Whether every line that arrived was given back whole by the treasury or finance."""
    given = (
        select(func.sum(refund_line.c.amount_fen))
        .where(refund_line.c.allocation_line_id == allocation_line.c.id, refund_line.c.state == "done")
        .scalar_subquery()
    )
    kept = (allocation_line.c.bill_id == bill_id) & (allocation_line.c.state == "arrived")
    left = kept & (func.coalesce(given, 0) < allocation_line.c.amount_fen)
    some, more = (await db.execute(select(exists().where(kept), exists().where(left)))).one()
    return bool(some) and not more
