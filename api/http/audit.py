"""The audit log, searched."""

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response

from api.access import signed_in
from api.audit.trail import Search, Trace, trail
from api.http.office import TheOffice
from api.pages.texts import Speech
from api.people import Person
from api.reports.audit import audit_table
from api.spreadsheets import to_keep

router = APIRouter(prefix="/audit", tags=["administration"])

Administrator = Annotated[Person, Depends(signed_in("administrator"))]


@router.get("", response_model=list[Trace])
async def search(
    who: Administrator,
    office: TheOffice,
    first: date,
    last: date,
    actor: str = "",
    number: str = "",
    kind: str = "",
    form: Annotated[Literal["json", "xlsx", "csv"], Query(alias="format")] = "json",
    lang: Literal["zh", "en"] = "zh",
) -> Response | list[Trace]:
    """Who did what in one's own region on the days [first, last]: by person, subject's number and kind."""
    async with office.database.connect() as db:
        found = await trail(db, Search(who.region, first, last, actor.strip(), number.strip(), kind))
    if form == "json":
        return found
    return to_keep(f"heyi-audit-{who.region}-{first}-{last}", form, audit_table(found, Speech(lang)))
