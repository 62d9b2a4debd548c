"""Finance's page of one source's day: every version of its statement, and a way to bring another or to run it again."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Request, UploadFile
from fastapi.responses import RedirectResponse, Response

from api.access import signed_in
from api.bringing import bring_statement
from api.pages.rendering import page, speech
from api.pages.route import PageRoute
from api.pages.same_site import same_site
from api.pages.saying import Refusal, refusal
from api.people import Person
from api.problems import status_of
from foundation.errors import HeyiError, NotFound
from reconciliation.batches import batches
from reconciliation.days import states_of_days
from reconciliation.files import UNDER_A_NAME, versions
from reconciliation.reasons import SOURCE_NAMES
from settlement.ports.statements import Source

router = APIRouter(
    prefix="/finance/days/{day}/statements/{source}",
    route_class=PageRoute,
    dependencies=[Depends(same_site)],
    include_in_schema=False,
)

Finance = Annotated[Person, Depends(signed_in("finance"))]


@router.get("")
async def all_versions(request: Request, who: Finance, day: date, source: Source) -> Response:
    """The versions of a statement, the newest first: why one was refused, and which lines could not be read."""
    return await _shown(request, who, day, source)


@router.post("")
async def bring(request: Request, who: Finance, day: date, source: Source, file: UploadFile) -> Response:
    """Takes a file as the statement of the day and runs the day again with it."""
    try:
        await bring_statement(request.app.state.house, who, day, source, file)
    except HeyiError as error:
        return await _shown(request, who, day, source, refusal(error, speech(request)), status_of(error))
    return RedirectResponse(request.url.path, 303)


async def _shown(
    request: Request, who: Person, day: date, source: Source, said: Refusal | None = None, status: int = 200
) -> Response:
    async with request.app.state.office.database.connect() as db:
        states = await states_of_days(db, who.region, day, day)
        try:
            found = await versions(db, who.region, source, day)
        except NotFound:
            found = []
        of_day = await batches(db, who.region, source, day)
    return page(
        request,
        "finance/statements.html",
        status=status,
        day=day,
        source=source,
        source_names=SOURCE_NAMES,
        versions=found[::-1],
        batches=of_day,
        is_closed=states.get(day) in UNDER_A_NAME,
        refusal=said,
        here="/finance",
    )
