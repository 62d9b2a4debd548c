"""The statements of a day as files: brought by hand, looked at, taken out as evidence."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response, UploadFile

from api.access import signed_in
from api.bringing import bring_statement, plain_name
from api.http.office import TheOffice
from api.people import Person
from reconciliation.files import Version, evidence, versions
from reconciliation.report import DayReport
from settlement.ports.statements import Source

router = APIRouter(prefix="/days/{day}/statements/{source}", tags=["reconciliation"])

Finance = Annotated[Person, Depends(signed_in("finance"))]


@router.post("")
async def take(day: date, source: Source, file: UploadFile, who: Finance, request: Request) -> DayReport:
    """Takes a statement that a finance user brings, keeps it as evidence, and runs the day again with it.

    For sources without a connection, for a file that failed, and for one that was issued again.
    """
    return await bring_statement(request.app.state.house, who, day, source, file)


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
    headers = {"Content-Disposition": f'attachment; filename="{plain_name(kept.file_name)}"'}
    return Response(kept.raw, media_type="application/octet-stream", headers=headers)
