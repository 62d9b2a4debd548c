"""Closing a day or a month of the book by hand: what finance has begun to reconcile in it must be signed."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from foundation.errors import Conflict
from ledger import Period, close_days
from reconciliation.hours import is_over
from reconciliation.tables import reconciliation_day


class CannotClose(Conflict):
    """The period still goes on, or one of its days is not signed; the detail says which."""

    code = "cannot_close"


async def close_period(db: AsyncConnection, region: str, period: Period, actor: str) -> int:
    """Closes a period of a region's book and says how many of its days were still open. Raises `CannotClose`.

    A signature closes its day by itself; this is for months with days on which nothing happened, and for days that
    were reopened. The caller's transaction must not have posted.
    """
    if not is_over(period.last):
        raise CannotClose(f"{period} is not over; a clearing day ends at 23:00", period=str(period))
    unsigned = await db.scalar(
        select(func.min(reconciliation_day.c.day)).where(
            reconciliation_day.c.region == region,
            reconciliation_day.c.day.between(period.first, period.last),
            reconciliation_day.c.state != "signed",
        )
    )
    if unsigned:
        raise CannotClose(f"{unsigned} is not signed yet; sign it before {period} is closed", day=unsigned)
    return await close_days(db, region, period.first, period.last, actor)
