"""Personal data unmasked at the window for a reason, and what is sent to the parties' telephones."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import Response

from api.access import actor, signed_in
from api.pages.rendering import speech
from api.pages.route import PageRoute
from api.pages.same_site import same_site
from api.pages.saying import Refusal, refusal
from api.pages.window.acting import done
from api.pages.window.watching import bill_page, own_bill
from api.people import Person
from api.problems import status_of
from foundation.errors import HeyiError
from settlement.bills.revealing import reveal_parties
from settlement.messages.code_link import write_code_link
from settlement.messages.contacts import give_contact
from settlement.office import Office

router = APIRouter(route_class=PageRoute, dependencies=[Depends(same_site)], include_in_schema=False)

Clerk = Annotated[Person, Depends(signed_in("clerk"))]
Text = Annotated[str, Form(max_length=200)]


@router.post("/window/bills/{bill_id}/reveal")
async def reveal(request: Request, who: Clerk, bill_id: UUID, reason: Text = "") -> Response:
    """The bill once with its parties unmasked; the look is recorded, and the page forgets it when it is left."""
    view = await own_bill(request, who, bill_id)
    office: Office = request.app.state.office
    try:
        seen = await reveal_parties(office, bill_id, actor(who), reason)
    except HeyiError as error:
        said = Refusal(refusal(error, speech(request)).sentence, "reveal")
        return await bill_page(request, who, view, said, status_of(error))
    return await bill_page(request, who, view, revealed=seen)


@router.post("/window/bills/{bill_id}/contact")
async def contact(request: Request, who: Clerk, bill_id: UUID, side: Text = "", phone: Text = "") -> Response:
    """Keeps where a side is reached."""
    await own_bill(request, who, bill_id)
    return await done(request, who, bill_id, give_contact(request.app.state.office, bill_id, side, phone, actor(who)))


@router.post("/window/bills/{bill_id}/text")
async def text(request: Request, who: Clerk, bill_id: UUID, side: Text = "") -> Response:
    """Sends a side the link of the code, for the first time or again."""
    await own_bill(request, who, bill_id)

    async def write() -> None:
        await write_code_link(request.app.state.office, bill_id, side)

    return await done(request, who, bill_id, write())
