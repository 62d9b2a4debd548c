"""The visit to a kiosk that a request belongs to, and its end, after which nothing of it is left in the browser."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Request
from fastapi.responses import RedirectResponse, Response

from api.pages.kiosk.device import PATH, Kiosk, KnownKiosk, keep
from api.pages.rendering import LANGUAGE_COOKIE, SIZE_COOKIE, page
from settlement.kiosks.visiting import Visit, end_visit, visit_going_on
from settlement.office import Office

COOKIE = "heyi_visit"
_AUDIENCE = "visit"
_MINUTES = 60


class VisitOver(Exception):
    """Nobody stands before the kiosk any more. No error to be told of: the first page comes back."""


async def visit_of(request: Request, kiosk: KnownKiosk) -> Visit:
    """A dependency: the visit that is going on at this kiosk. VisitOver where there is none."""
    visit_id = _said(request)
    office: Office = request.app.state.office
    found = await visit_going_on(office, visit_id, kiosk.region.region, kiosk.number) if visit_id else None
    if found is None:
        raise VisitOver
    return found


Visitor = Annotated[Visit, Depends(visit_of)]


def remember(request: Request, answer: Response, visit_id: UUID) -> None:
    """Lets the browser go on with a visit; the cookie ends with the browser at the latest."""
    keep(request, answer, COOKIE, request.app.state.signer.issue(_AUDIENCE, _MINUTES, visit=str(visit_id)))


async def leave(request: Request, answer: Response, *, choices: bool = True) -> None:
    """Ends the visit, and takes from the browser what it kept of it: cookie, cache, and chosen language and size."""
    visit_id = _said(request)
    if visit_id is not None:
        await end_visit(request.app.state.office, visit_id)
    answer.delete_cookie(COOKIE, path=PATH)
    for name in (LANGUAGE_COOKIE, SIZE_COOKIE) if choices else ():
        answer.delete_cookie(name)
    answer.headers["Clear-Site-Data"] = '"cache", "storage"'


def start_again() -> Response:
    """To the first page, from one that is nobody's any more."""
    return RedirectResponse(PATH, 303, headers={"Cache-Control": "no-store"})


def kiosk_page(request: Request, template: str, kiosk: Kiosk, /, status: int = 200, **values: Any) -> Response:
    """A page of a kiosk."""
    return page(request, f"kiosk/{template}", status=status, kiosk=kiosk, region=kiosk.region, **values)


def _said(request: Request) -> UUID | None:
    signed = request.cookies.get(COOKIE)
    claims = request.app.state.signer.read(_AUDIENCE, signed) if signed else None
    return UUID(claims["visit"]) if claims else None
