"""Days and months of the book: closed by finance, opened again by two people with a reason."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from api.access import signed_in
from api.http.office import TheOffice
from api.people import Person
from ledger import Period, Reopening, approve_reopening, closed_days, propose_reopening, reopenings
from reconciliation.periods import close_period

router = APIRouter(prefix="/ledger", tags=["ledger"])

Finance = Annotated[Person, Depends(signed_in("finance"))]


class PeriodView(BaseModel):
    """A period and those of its days that are closed."""

    first: date
    last: date
    closed: list[date]


class _Reason(BaseModel):
    reason: str = Field(min_length=2, max_length=200)


async def _asked(period: str) -> Period:
    return Period.of(period)


InPath = Annotated[Period, Depends(_asked)]


@router.get("/periods/{period}")
async def period_state(period: InPath, who: Finance, office: TheOffice) -> PeriodView:
    """Which days of a period (`2026-03-17`, `2026-03`) are closed."""
    async with office.database.connect() as db:
        closed = await closed_days(db, who.region, period.first, period.last)
    return PeriodView(first=period.first, last=period.last, closed=closed)


@router.post("/periods/{period}/closing")
async def close(period: InPath, who: Finance, office: TheOffice) -> PeriodView:
    """Closes a day or a month that is over; closing it again changes nothing."""
    async with office.database.begin() as db:
        await close_period(db, who.region, period, who.name)
        closed = await closed_days(db, who.region, period.first, period.last)
    return PeriodView(first=period.first, last=period.last, closed=closed)


@router.post("/periods/{period}/reopening", status_code=201)
async def propose(period: InPath, why: _Reason, who: Finance, office: TheOffice) -> Reopening:
    """Proposes to open a closed period again, with the reason why."""
    async with office.database.begin() as db:
        return await propose_reopening(db, who.region, period.first, period.last, who.name, why.reason)


@router.get("/reopenings")
async def proposals(who: Finance, office: TheOffice) -> list[Reopening]:
    """The proposals to open days again, the newest first; those without `approved_by` wait."""
    async with office.database.connect() as db:
        return await reopenings(db, who.region)


@router.post("/reopenings/{proposal}/approve")
async def approve(proposal: UUID, who: Finance, office: TheOffice) -> Reopening:
    """Opens the days again; refused to the one who proposed it."""
    async with office.database.begin() as db:
        return await approve_reopening(db, who.region, proposal, who.name)
