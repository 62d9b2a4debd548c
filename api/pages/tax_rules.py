"""The tax officer's pages of rules: what is in force, what changes when, and a set on its way through two people."""

from collections.abc import Awaitable
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, UploadFile
from fastapi.responses import RedirectResponse, Response

from api.access import actor
from api.pages.rendering import page, speech
from api.pages.route import PageRoute
from api.pages.same_site import same_site
from api.pages.saying import Refusal, refusal
from api.pages.tax import TaxOfficer
from api.people import Person
from api.problems import status_of
from foundation import clock
from foundation.errors import BadInput, HeyiError
from settlement.assessment.comparison import changes_ahead
from settlement.office import Office
from settlement.rule_sets import approve_set, current, kept_set, kept_sets, propose_set, reject_set
from settlement.rule_sets.reading import preview
from settlement.rule_sets.uploads import BYTES_MAX, texts_of_zip

router = APIRouter(route_class=PageRoute, dependencies=[Depends(same_site)], include_in_schema=False)

AsText = Annotated[str, Form()]
_REASON = range(2, 201)


@router.get("/tax/rule-sets")
async def all_sets(request: Request, who: TaxOfficer) -> Response:
    """Every kept set, and what changes on which day under the one in force."""
    return await _sets(request, who)


@router.post("/tax/rule-sets")
async def propose(
    request: Request, who: TaxOfficer, file: Annotated[UploadFile | None, Form()] = None, reason: AsText = ""
) -> Response:
    """Proposes the set in a zip archive."""
    office: Office = request.app.state.office
    try:
        archive = await file.read(BYTES_MAX + 1) if file else b""
        if not 0 < len(archive) <= BYTES_MAX:
            raise BadInput("file", f"{len(archive)} bytes", f"a zip archive of rule files, at most {BYTES_MAX} bytes")
        texts = texts_of_zip(archive)
        async with office.database.begin() as db:
            wanted = await propose_set(db, texts, actor(who), _said(reason))
    except HeyiError as error:
        return await _sets(request, who, reason, refusal(error, speech(request)), status_of(error))
    return RedirectResponse(f"/tax/rule-sets/{wanted}", 303)


@router.get("/tax/rule-sets/{wanted}")
async def one_set(request: Request, who: TaxOfficer, wanted: str) -> Response:
    """One set: who proposed it, and what it would change."""
    return await _one(request, who, wanted)


@router.post("/tax/rule-sets/{wanted}/approve")
async def approve(request: Request, who: TaxOfficer, wanted: str) -> Response:
    """Brings a proposed set into force; refused to the one who proposed it."""

    async def work(office: Office) -> None:
        async with office.database.begin() as db:
            await approve_set(db, wanted, actor(who))

    return await _done(request, who, wanted, work(request.app.state.office))


@router.post("/tax/rule-sets/{wanted}/reject")
async def reject(request: Request, who: TaxOfficer, wanted: str, reason: AsText = "") -> Response:
    """Rejects a proposed set, with the reason."""

    async def work(office: Office) -> None:
        async with office.database.begin() as db:
            await reject_set(db, wanted, actor(who), _said(reason))

    return await _done(request, who, wanted, work(request.app.state.office))


def _said(reason: str) -> str:
    if len(reason.strip()) not in _REASON:
        raise BadInput("reason", reason.strip(), "2 to 200 characters that say why")
    return reason.strip()


async def _done(request: Request, who: Person, wanted: str, doing: Awaitable[None]) -> Response:
    try:
        await doing
    except HeyiError as error:
        return await _one(request, who, wanted, refusal(error, speech(request)), status_of(error))
    return RedirectResponse(f"/tax/rule-sets/{wanted}", 303)


async def _sets(
    request: Request, who: Person, reason: str = "", said: Refusal | None = None, status: int = 200
) -> Response:
    office: Office = request.app.state.office
    async with office.database.begin() as db:
        sets = await kept_sets(db)
        rules = await current(db)
    return page(
        request,
        "tax/rule_sets.html",
        status=status,
        region=office.region(who.region),
        sets=sets,
        ahead=changes_ahead(rules, who.region, clock.today()),
        reason=reason,
        refusal=said,
        here="/tax/rule-sets",
    )


async def _one(request: Request, who: Person, wanted: str, said: Refusal | None = None, status: int = 200) -> Response:
    office: Office = request.app.state.office
    async with office.database.begin() as db:
        kept, files = await kept_set(db, wanted)
        effect = await preview(db, wanted, who.region) if kept.state == "proposed" else None
    return page(
        request,
        "tax/rule_set.html",
        status=status,
        region=office.region(who.region),
        kept=kept,
        files=files,
        effect=effect,
        refusal=said,
        here=f"/tax/rule-sets/{wanted}",
    )
