"""The hand-over of a shift at the window: what was done, what is still open, signed by name."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from api.access import actor, own_region, signed_in
from api.pages.rendering import page, speech
from api.pages.route import PageRoute
from api.pages.same_site import same_site
from api.pages.saying import Refusal, refusal
from api.people import Person
from api.problems import status_of
from foundation.errors import BadInput, HeyiError
from settlement.handover import Shift, read_shift, shift_so_far, sign_shift, signed_shifts
from settlement.office import Office

router = APIRouter(route_class=PageRoute, dependencies=[Depends(same_site)], include_in_schema=False)

Clerk = Annotated[Person, Depends(signed_in("clerk"))]


@router.get("/window/handover")
async def running(request: Request, who: Clerk) -> Response:
    """The running shift of one's region, and those that were signed."""
    return await _page(request, who, await shift_so_far(request.app.state.office, who.region), None)


@router.get("/window/handover/{shift_id}")
async def signed(request: Request, who: Clerk, shift_id: UUID) -> Response:
    """A shift as it was signed."""
    shift = await read_shift(request.app.state.office, shift_id)
    own_region(who, shift.region)
    return await _page(request, who, shift, None)


@router.post("/window/handover")
async def sign(
    request: Request,
    who: Clerk,
    began: Annotated[str, Form()] = "",
    remark: Annotated[str, Form(max_length=400)] = "",
) -> Response:
    """Signs the running shift. What is still open has to be spoken of in the remark."""
    office: Office = request.app.state.office
    shift = await shift_so_far(office, who.region)
    try:
        if shift.waiting and not remark.strip():
            raise BadInput("handover.remark", None, "a sentence about what is still open")
        shift_id = await sign_shift(office, who.region, _moment(began), remark.strip(), actor(who))
    except HeyiError as error:
        return await _page(request, who, shift, refusal(error, speech(request)), status_of(error))
    return RedirectResponse(f"/window/handover/{shift_id}", 303)


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise BadInput("began", text, "the moment that the page showed") from None


async def _page(request: Request, who: Person, shift: Shift, said: Refusal | None, status: int = 200) -> Response:
    office: Office = request.app.state.office
    return page(
        request,
        "window/handover.html",
        status=status,
        region=office.region(who.region),
        shift=shift,
        earlier=await signed_shifts(office, who.region),
        refusal=said,
        here="/window/handover",
    )
