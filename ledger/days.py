"""Closed days: a closed day of a region takes no entries. Reopening needs a second person, and a reason."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from foundation import clock
from foundation.database import raw
from foundation.errors import BadInput, Conflict, NotAllowed, NotFound
from foundation.identifiers import new_id


@dataclass(frozen=True, slots=True)
class Reopening:
    """A proposal to reopen days of a region; `approved_by` is None as long as it waits for a second person."""

    id: UUID
    region: str
    first: date
    last: date
    reason: str
    proposed_by: str
    proposed_at: datetime
    approved_by: str | None


async def close_days(db: AsyncConnection, region: str, first: date, last: date, actor: str) -> int:
    """Closes the days from `first` to `last`, both included (a day, a month), and says how many were open.

    Waits until no posting is under way, and makes new postings wait until the caller's transaction ends.
    """
    _check_range(first, last)
    closed: int = await (await raw(db)).fetchval(
        "SELECT ledger.close_days($1, $2, $3, $4, $5)", region, first, last, actor, clock.now()
    )
    return closed


async def propose_reopening(
    db: AsyncConnection, region: str, first: date, last: date, actor: str, reason: str
) -> Reopening:
    """Proposes to reopen days; someone else approves it.

    Raises `BadInput` without a reason, and `Conflict` where no day of them is closed.
    """
    _check_range(first, last)
    if not reason.strip():
        raise BadInput("reason", reason, "why the days must be reopened")
    if not await closed_days(db, region, first, last):
        raise Conflict(
            f"{first} 至 {last} 没有已关账的日期，无须重开。No day from {first} to {last} is closed; nothing to reopen."
        )
    made = Reopening(new_id(), region, first, last, reason, actor, clock.now(), None)
    await (await raw(db)).execute(
        "SELECT ledger.propose_reopening($1, $2, $3, $4, $5, $6, $7)",
        made.id,
        region,
        first,
        last,
        reason,
        actor,
        made.proposed_at,
    )
    return made


async def approve_reopening(db: AsyncConnection, region: str, proposal: UUID, actor: str) -> Reopening:
    """Reopens the days of a region's proposal. Raises `NotFound`, `NotAllowed` (one's own proposal) or `Conflict`."""
    asked = next((one for one in await reopenings(db, region) if one.id == proposal), None)
    if asked is None:
        raise NotFound(f"没有重开申请 {proposal}。There is no proposal {proposal} to reopen days.", proposal=proposal)
    outcome = await (await raw(db)).fetchval(
        "SELECT ledger.approve_reopening($1, $2, $3)", proposal, actor, clock.now()
    )
    if outcome == "same_person":
        raise NotAllowed(
            "申请人不能批准自己的申请，请另一位财务人员批准。"
            "Whoever proposes to reopen a day does not approve it; ask a second person.",
            actor=actor,
        )
    if outcome == "approved_before":
        raise Conflict(
            "该申请已批准过，请另行申请。The proposal was approved before; make a new one.", proposal=proposal
        )
    if outcome == "archived":
        raise Conflict(
            "这些日期已归档，不再重开；请把更正记在未关账的日期。"
            "These days are archived and stay closed; date the correction on an open day."
        )
    return replace(asked, approved_by=actor)


async def reopenings(db: AsyncConnection, region: str) -> list[Reopening]:
    """The proposals to reopen days of a region, the newest first."""
    rows = await db.execute(
        text("""
            SELECT asked.id, asked.region, asked.first_day, asked.last_day, asked.reason,
                asked.proposed_by, asked.proposed_at, given.approved_by
            FROM ledger.reopening asked LEFT JOIN ledger.reopening_approval given ON given.reopening = asked.id
            WHERE asked.region = :region ORDER BY asked.proposed_at DESC, asked.id
        """),
        {"region": region},
    )
    return [Reopening(*row) for row in rows]


async def closed_days(db: AsyncConnection, region: str, first: date, last: date) -> list[date]:
    """The closed days of a region from `first` to `last`, in order."""
    rows = await db.execute(
        text("""
            SELECT day FROM (
                SELECT DISTINCT ON (day) day, closed FROM ledger.day_mark
                WHERE region = :region AND day BETWEEN :first AND :last ORDER BY day, no DESC
            ) AS newest WHERE closed ORDER BY day
        """),
        {"region": region, "first": first, "last": last},
    )
    return list(rows.scalars())


def _check_range(first: date, last: date) -> None:
    if not 0 <= (last - first).days <= 366:
        raise BadInput("last", last.isoformat(), f"a day from {first} to a year after it")
