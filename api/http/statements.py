"""The statements of a day as files: brought by hand, looked at, taken out as evidence."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response, UploadFile

from api.access import signed_in
from api.bringing import bring_statement, plain_name
from api.http.office import TheOffice
from api.people import Person
from reconciliation.batches import BatchView, batch_evidence, batches
from reconciliation.files import Version, evidence, versions
from reconciliation.report import DayReport
from settlement.ports.statements import RawStatement, Source

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


@router.get("/batches")
async def all_batches(day: date, source: Source, who: Finance, office: TheOffice) -> list[BatchView]:
    """The batches that the source handed out while the day ran: totals, hash, why one was refused."""
    async with office.database.connect() as db:
        return await batches(db, who.region, source, day)


@router.get("/batches/{number}/{version}/file")
async def batch_as_it_came(
    day: date, source: Source, number: str, version: int, who: Finance, office: TheOffice
) -> Response:
    """The bytes of a version of a batch, as they came."""
    async with office.database.connect() as db:
        return _file(await batch_evidence(db, who.region, source, day, number, version))


@router.get("/{version}/file")
async def as_it_came(day: date, source: Source, version: int, who: Finance, office: TheOffice) -> Response:
    """The bytes of a version, as they came."""
    async with office.database.connect() as db:
        return _file(await evidence(db, who.region, source, day, version))


def _file(kept: RawStatement) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{plain_name(kept.file_name)}"'}
    return Response(kept.raw, media_type="application/octet-stream", headers=headers)
