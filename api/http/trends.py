"""Days and months side by side: amounts, cases that waited, days under way."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from api.http.office import TheOffice
from api.pages.rendering import speech
from api.reports.trends import ageing_shown, amounts_shown, waits_shown
from api.spreadsheets import Table, to_keep
from api.trends import Asked, trend_asked
from reconciliation.ageing import Waiting, cases_waiting
from settlement.book.rollups import districts
from settlement.book.trends import Amount, Wait, amounts_over_time, waits_over_time

router = APIRouter(prefix="/trends", tags=["reconciliation"])

Trend = Annotated[Asked, Depends(trend_asked)]
Form = Annotated[Literal["json", "csv", "xlsx"], Query(alias="format")]


@router.get("/amounts", response_model=list[Amount])
async def amounts(request: Request, asked: Trend, office: TheOffice, form: Form = "json") -> Response | list[Amount]:
    """What was paid, arrived or went back (`moved`), by step and by item, district, treasury or channel, in fen."""
    async with office.database.connect() as db:
        found = await amounts_over_time(db, asked.moved, asked.by, *asked.span)
    if form == "json":
        return found
    return _kept("amounts", asked, form, amounts_shown(found, asked, office.regions, speech(request), whole=True).table)


@router.get("/ageing", response_model=list[Waiting])
async def ageing(request: Request, asked: Trend, office: TheOffice, form: Form = "json") -> Response | list[Waiting]:
    """The cases that waited at the end of each step, by age."""
    async with office.database.connect() as db:
        found = await cases_waiting(db, districts(asked.only.district), asked.ends)
    if form == "json":
        return found
    return _kept("ageing", asked, form, ageing_shown(found, asked, speech(request)).table)


@router.get("/waits", response_model=list[Wait])
async def waits(request: Request, asked: Trend, office: TheOffice, form: Form = "json") -> Response | list[Wait]:
    """Calendar days from clearing to arrival of what arrived in each step, of taxes and of fees."""
    async with office.database.connect() as db:
        found = await waits_over_time(db, *asked.span)
    if form == "json":
        return found
    return _kept("waits", asked, form, waits_shown(found, asked, speech(request)).table)


def _kept(name: str, asked: Asked, form: Literal["csv", "xlsx"], table: Table) -> Response:
    return to_keep(f"heyi-{name}-{asked.first}-{asked.last}", form, table)
