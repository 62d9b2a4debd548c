"""The statements of a day as files: brought by hand, looked at, taken out as evidence."""

import re
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response, UploadFile

from api.access import signed_in
from api.closing import close_the_day
from api.http.office import TheOffice
from api.people import Person
from api.wiring import House
from foundation.errors import BadInput, NotFound
from reconciliation.files import Version, bring, evidence, versions
from reconciliation.report import DayReport
from settlement.ports.statements import RawStatement, Source

MOST_BYTES = 256 << 20
_ODD = re.compile(r"[^0-9A-Za-z._-]+")

router = APIRouter(prefix="/days/{day}/statements/{source}", tags=["reconciliation"])

Finance = Annotated[Person, Depends(signed_in("finance"))]


@router.post("")
async def take(day: date, source: Source, file: UploadFile, who: Finance, request: Request) -> DayReport:
    """Takes a statement that a finance user brings, keeps it as evidence, and runs the day again with it.

    For sources without a connection, for a file that failed, and for one that was issued again.
    """
    house: House = request.app.state.house
    compared = [one.source for one in house.sources.get(who.region, ())]
    if source not in compared:
        raise NotFound(f"region {who.region} compares {', '.join(compared)}, not {source}", field="source")
    raw = await file.read(MOST_BYTES + 1)
    if not 0 < len(raw) <= MOST_BYTES:
        raise BadInput("file", f"{len(raw)} bytes", f"1 to {MOST_BYTES} bytes")
    name = _ODD.sub("_", file.filename or "")[-120:] or f"{source}_{day:%Y%m%d}"
    async with house.office.database.begin() as db:
        await bring(db, who.region, source, day, RawStatement(name, raw), actor=who.name)
    return await close_the_day(house, who.region, day)


@router.get("")
async def all_versions(day: date, source: Source, who: Finance, office: TheOffice) -> list[Version]:
    """Every version of the statement: state, hash, count and sum, why it was refused, which lines could not be read."""
    async with office.database.connect() as db:
        return await versions(db, who.region, source, day)


@router.get("/{version}/file")
async def as_it_came(day: date, source: Source, version: int, who: Finance, office: TheOffice) -> Response:
    """The bytes of a version, as they came."""
    async with office.database.connect() as db:
        kept = await evidence(db, who.region, source, day, version)
    headers = {"Content-Disposition": f'attachment; filename="{_ODD.sub("_", kept.file_name)}"'}
    return Response(kept.raw, media_type="application/octet-stream", headers=headers)
