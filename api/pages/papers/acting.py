"""What people do with a bill's papers: open one for a reason, check a certificate, send a text, replay a message."""

from collections.abc import Awaitable, Callable
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from api.access import actor, own_region, signed_in
from api.http.papers import as_file
from api.pages.papers.viewing import own_bill, papers_page
from api.pages.rendering import speech
from api.pages.route import PageRoute
from api.pages.same_site import same_site
from api.pages.saying import refusal
from api.people import Person
from api.problems import status_of
from foundation.errors import BadInput, HeyiError
from settlement.clearance.telling import replay
from settlement.messages.contacts import give_contact
from settlement.messages.papers_ready import write_again, write_papers_ready
from settlement.office import Office
from settlement.receipts.checking import check_certificate
from settlement.receipts.papers import open_paper, paper_view

router = APIRouter(route_class=PageRoute, dependencies=[Depends(same_site)], include_in_schema=False)

Reader = Annotated[Person, Depends(signed_in("clerk", "finance", "tax_officer"))]
Clerk = Annotated[Person, Depends(signed_in("clerk"))]
Sender = Annotated[Person, Depends(signed_in("clerk", "finance"))]


@router.post("/papers/{bill_id}/open")
async def open_one(
    request: Request, who: Reader, bill_id: UUID, paper: Annotated[UUID, Form()], reason: Annotated[str, Form()] = ""
) -> Response:
    """Downloads a paper; the reason is recorded with the name of who looked."""
    view = await own_bill(request, who, bill_id)
    office: Office = request.app.state.office
    try:
        found = await paper_view(office, paper)
        own_region(who, found.region)
        return as_file(found, await open_paper(office, paper, actor(who), reason))
    except HeyiError as error:
        return await papers_page(request, view, refusal(error, speech(request)), status_of(error))


@router.post("/papers/{bill_id}/check")
async def check(
    request: Request,
    who: Clerk,
    bill_id: UUID,
    number: Annotated[str, Form()] = "",
    kind: Annotated[str, Form()] = "",
) -> Response:
    """Holds a certificate that lies on the counter against the tax office's answer."""

    async def hold() -> None:
        if not number.strip() or not kind.strip():
            raise BadInput("certificate", None, "number and kind as printed")
        await check_certificate(request.app.state.office, bill_id, number.strip(), kind.strip(), actor(who))

    return await _done(request, who, bill_id, hold)


@router.post("/papers/{bill_id}/contact")
async def contact(
    request: Request,
    who: Clerk,
    bill_id: UUID,
    side: Annotated[str, Form()] = "",
    phone: Annotated[str, Form()] = "",
) -> Response:
    """Keeps where a side is reached; where its papers are there already, they are told at once."""
    office: Office = request.app.state.office

    async def keep() -> None:
        await give_contact(office, bill_id, side, phone, actor(who))
        await write_papers_ready(office, bill_id)

    return await _done(request, who, bill_id, keep)


@router.post("/papers/{bill_id}/text")
async def send_again(request: Request, who: Clerk, bill_id: UUID, side: Annotated[str, Form()] = "") -> Response:
    """Sends a side its link once more."""

    async def write() -> None:
        await write_again(request.app.state.office, bill_id, side)

    return await _done(request, who, bill_id, write)


@router.post("/papers/{bill_id}/replay")
async def tell_again(request: Request, who: Sender, bill_id: UUID) -> Response:
    """Sends the registry the same message again."""

    async def send() -> None:
        await replay(request.app.state.office, bill_id, actor(who))

    return await _done(request, who, bill_id, send)


async def _done(request: Request, who: Person, bill_id: UUID, do: Callable[[], Awaitable[None]]) -> Response:
    """Back to the page; where it was refused, with the reason on it."""
    view = await own_bill(request, who, bill_id)
    try:
        await do()
    except HeyiError as error:
        return await papers_page(request, view, refusal(error, speech(request)), status_of(error))
    return RedirectResponse(f"/papers/{bill_id}", 303)
