"""The page of a property by its unit code, candidates that wait for a yes, and what the QR on a title opens."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from api.access import actor, signed_in
from api.pages.rendering import page
from api.pages.route import PageRoute
from api.pages.same_site import same_site
from api.people import Person
from api.title_qr import read_title
from settlement.office import Office
from settlement.property.earlier import candidates, decide_candidate
from settlement.property.history import property_history

router = APIRouter(route_class=PageRoute, dependencies=[Depends(same_site)], include_in_schema=False)

Reader = Annotated[Person, Depends(signed_in("clerk", "finance", "tax_officer"))]
Matcher = Annotated[Person, Depends(signed_in("clerk", "tax_officer"))]


@router.get("/property/{unit_code}")
async def history(request: Request, who: Reader, unit_code: str) -> Response:
    """Everything about one property over the years."""
    office: Office = request.app.state.office
    found = await property_history(office, who.region, unit_code)
    return page(request, "property/history.html", region=office.region(who.region), found=found)


@router.get("/unit-codes")
async def waiting(request: Request, who: Matcher) -> Response:
    """Unit codes for earlier payments that wait for a person."""
    office: Office = request.app.state.office
    rows = await candidates(office, who.region)
    return page(request, "property/candidates.html", region=office.region(who.region), rows=rows)


@router.post("/unit-codes/{candidate_id}")
async def decide(
    request: Request, who: Matcher, candidate_id: UUID, said: Annotated[str, Form()] = "", reason: str = "页面确认"
) -> Response:
    """A person's yes or no."""
    office: Office = request.app.state.office
    await decide_candidate(office, who.region, candidate_id, accept=said == "yes", reason=reason, actor=actor(who))
    return RedirectResponse("/unit-codes", 303)


@router.get("/t/{token}")
async def title(request: Request, token: str) -> Response:
    """What the QR on a title says, for whoever scans it: the certificates of the property, as we signed them."""
    return page(request, "property/title.html", held=read_title(request.app.state.signer, token))
