"""The day: closed against the statements of others, and signed."""

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from api.access import signed_in
from api.closing import close_the_day
from api.http.office import TheOffice
from api.pages.texts import Speech
from api.people import Person
from api.reports import document, sign_the_day
from api.reports.documents import MEDIA_TYPES, Form
from reconciliation.content import changes_since_signed
from reconciliation.days import reopen_day
from reconciliation.report import DayReport, Preparation, Signature, day_report
from reconciliation.signing import prepare_day, send_back
from settlement.ports.statements import Source

router = APIRouter(prefix="/days", tags=["reconciliation"])


class Remark(BaseModel):
    """What the preparer says to a day that is signed with cases open."""

    remark: str = ""


class Reason(BaseModel):
    """Why something is taken back."""

    reason: str = Field(min_length=1)


Finance = Annotated[Person, Depends(signed_in("finance"))]


@router.get("/{day}")
async def how_it_stands(day: date, who: Finance, office: TheOffice) -> DayReport:
    """The day board: files, totals, pool, breaks with their reasons, equations, signature."""
    async with office.database.connect() as db:
        return await day_report(db, who.region, day)


@router.post("/{day}/close")
async def close(day: date, who: Finance, request: Request, source: Source | None = None) -> DayReport:
    """Fetches the statements of the day and matches them; with `source` that one alone is run again.

    May be repeated: a late or re-issued file is taken then.
    """
    return await close_the_day(request.app.state.house, who.region, day, source)


@router.post("/{day}/prepare")
async def prepare(
    day: date, who: Finance, request: Request, office: TheOffice, asked: Remark | None = None
) -> Preparation:
    """The first of two names under a day that is over, matched, and of which every break has a named case.

    Where such cases are still open, the remark says why the day is signed all the same.
    """
    async with office.database.begin() as db:
        remark = asked.remark if asked else ""
        return await prepare_day(db, who.region, day, request.app.state.book, actor=who.name, remark=remark)


@router.post("/{day}/send-back", status_code=204)
async def back(day: date, who: Finance, office: TheOffice, asked: Reason) -> None:
    """Sends a prepared day back, so that it can be matched and prepared again."""
    async with office.database.begin() as db:
        await send_back(db, who.region, day, actor=who.name, reason=asked.reason)


@router.post("/{day}/sign")
async def sign(day: date, who: Finance, request: Request) -> Signature:
    """The second name, of another person: the day is signed, closed and sealed in the ledger, and its papers made."""
    return await sign_the_day(request.app.state.house, who.region, day, who.name)


@router.get("/{day}/report.{form}")
async def paper(day: date, form: Form, who: Finance, request: Request, lang: Literal["zh", "en"] = "zh") -> Response:
    """The report of a day as PDF or Excel; of a signed day the very one that was kept. `json`: its manifest."""
    found = await document(request.app.state.house, who.region, day, form, Speech(lang))
    headers = {"Content-Disposition": f'attachment; filename="{found.name}"', "X-SHA256": found.sha256}
    return Response(found.content, media_type=MEDIA_TYPES[form], headers=headers)


@router.post("/{day}/reopen", status_code=204)
async def reopen(day: date, who: Finance, office: TheOffice, asked: Reason) -> None:
    """Opens a signed day again; its next signature is a new version that says what changed."""
    async with office.database.begin() as db:
        await reopen_day(db, who.region, day, actor=who.name, reason=asked.reason)


@router.get("/{day}/changes")
async def what_changed(day: date, who: Finance, office: TheOffice) -> dict[str, Any] | None:
    """What the last version says otherwise than the one before, or what a reopened day says otherwise than signed."""
    async with office.database.connect() as db:
        return await changes_since_signed(db, await day_report(db, who.region, day))
