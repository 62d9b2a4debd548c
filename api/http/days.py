"""The day: closed against the statements of others, and signed."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Request

from api.access import signed_in
from api.closing import close_the_day
from api.http.office import TheOffice
from api.people import Person
from reconciliation.report import DayReport, Signature, day_report
from reconciliation.signing import sign_day

router = APIRouter(prefix="/days", tags=["reconciliation"])

Finance = Annotated[Person, Depends(signed_in("finance"))]


@router.get("/{day}")
async def how_it_stands(day: date, who: Finance, office: TheOffice) -> DayReport:
    """The day board: files, totals, pool, breaks with their reasons, equations, signature."""
    async with office.database.connect() as db:
        return await day_report(db, who.region, day)


@router.post("/{day}/close")
async def close(day: date, who: Finance, request: Request) -> DayReport:
    """Fetches the statements of the day and matches them. May be repeated: a late or re-issued file is taken then."""
    return await close_the_day(request.app.state.house, who.region, day)


@router.post("/{day}/sign")
async def sign(day: date, who: Finance, request: Request, office: TheOffice) -> Signature:
    """Signs a day that is over, matched, and of which every break has a named case."""
    async with office.database.begin() as db:
        return await sign_day(db, who.region, day, request.app.state.book, actor=who.name)
