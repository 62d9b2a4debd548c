"""The audit log: who did what, with its search."""

from datetime import date, timedelta
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from api.audit.trail import KINDS, MOST, Search, trail
from api.pages.admin.people import Administrator
from api.pages.rendering import page, speech
from api.pages.route import PageRoute
from api.pages.saying import refusal
from api.problems import status_of
from api.reports.audit import event_word, kind_word, state_word
from foundation import clock
from foundation.errors import BadInput
from settlement.office import Office

router = APIRouter(route_class=PageRoute, include_in_schema=False)

_AWEEK = timedelta(days=6)


@router.get("/admin/audit")
async def log(
    request: Request,
    who: Administrator,
    first: Annotated[date | None, Query()] = None,
    last: Annotated[date | None, Query()] = None,
    actor: str = "",
    number: str = "",
    kind: str = "",
) -> Response:
    """What people did in the last week, or in the days that are named."""
    office: Office = request.app.state.office
    until = last or clock.today()
    search = Search(who.region, first or until - _AWEEK, until, actor.strip(), number.strip(), kind)
    said, status, found = None, 200, []
    try:
        async with office.database.connect() as db:
            found = await trail(db, search)
    except BadInput as error:
        said, status = refusal(error, speech(request)), status_of(error)
    asked = {"first": search.first, "last": search.last, "actor": actor, "number": number, "kind": kind}
    return page(
        request,
        "admin/audit.html",
        status=status,
        region=office.region(who.region),
        search=search,
        found=found,
        kinds=KINDS,
        most=MOST,
        export=urlencode({**asked, "format": "xlsx", "lang": speech(request).language}),
        kind_word=kind_word,
        event_word=event_word,
        state_word=state_word,
        refusal=said,
    )
