"""What a clerk does with a bill: choose who pays, confirm, withdraw, another code or none, ask the channel, unlock."""

from collections.abc import Awaitable
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from api.access import actor, signed_in
from api.pages.rendering import speech
from api.pages.route import PageRoute
from api.pages.same_site import same_site
from api.pages.saying import refusal
from api.pages.window.choice import choice_of
from api.pages.window.reasons import reason_of
from api.pages.window.watching import bill_page, own_bill
from api.people import Person
from api.problems import status_of
from foundation.errors import HeyiError
from settlement.bills.confirmation import TaxDiffers, confirm_bill
from settlement.bills.drafting import choose_split
from settlement.bills.withdrawal import withdraw_bill
from settlement.payments.closing import cancel_code, replace_code
from settlement.payments.codes import unlock
from settlement.payments.queries import query_bill
from settlement.payments.scanning import scan_payers_code

router = APIRouter(route_class=PageRoute, dependencies=[Depends(same_site)], include_in_schema=False)

Clerk = Annotated[Person, Depends(signed_in("clerk", "partner"))]
Desk = Annotated[Person, Depends(signed_in("clerk"))]
Why = Annotated[str, Form()]
Own = Annotated[str, Form(max_length=200)]


@router.post("/window/bills/{bill_id}/split")
async def split(request: Request, who: Clerk, bill_id: UUID) -> Response:
    """Divides the bill as the parties chose."""
    view = await own_bill(request, who, bill_id)
    typed = {name: value for name, value in (await request.form()).items() if isinstance(value, str)}

    async def choose() -> None:
        await choose_split(request.app.state.office, bill_id, choice_of(typed, view))

    return await done(request, who, bill_id, choose())


@router.post("/window/bills/{bill_id}/confirm")
async def confirm(request: Request, who: Clerk, bill_id: UUID) -> Response:
    """Declares the bill and makes it payable. Where the tax office differs, the bill itself says so."""
    await own_bill(request, who, bill_id)

    async def declare() -> None:
        try:
            await confirm_bill(request.app.state.office, bill_id, actor(who))
        except TaxDiffers:
            return

    return await done(request, who, bill_id, declare())


@router.post("/window/bills/{bill_id}/withdraw")
async def withdraw(request: Request, who: Clerk, bill_id: UUID, why: Why = "", reason: Own = "") -> Response:
    """Takes the bill back, with a reason."""
    await own_bill(request, who, bill_id)

    async def take_back() -> None:
        await withdraw_bill(request.app.state.office, bill_id, actor(who), reason_of("withdraw", why, reason))

    return await done(request, who, bill_id, take_back())


@router.post("/window/bills/{bill_id}/replace-code")
async def replace(request: Request, who: Clerk, bill_id: UUID, why: Why = "", reason: Own = "") -> Response:
    """Issues another code; the old one opens nothing any more."""
    await own_bill(request, who, bill_id)

    async def issue() -> None:
        await replace_code(request.app.state.office, bill_id, actor(who), reason_of("replace", why, reason))

    return await done(request, who, bill_id, issue())


@router.post("/window/bills/{bill_id}/cancel-code")
async def cancel(request: Request, who: Clerk, bill_id: UUID, why: Why = "", reason: Own = "") -> Response:
    """Takes the code back; the bill stands and can get another."""
    await own_bill(request, who, bill_id)

    async def stop() -> None:
        await cancel_code(request.app.state.office, bill_id, actor(who), reason_of("cancel", why, reason))

    return await done(request, who, bill_id, stop())


@router.post("/window/bills/{bill_id}/query")
async def query(request: Request, who: Clerk, bill_id: UUID) -> Response:
    """Asks the channel now."""
    await own_bill(request, who, bill_id)

    async def ask() -> None:
        await query_bill(request.app.state.office, bill_id)

    return await done(request, who, bill_id, ask())


@router.post("/window/bills/{bill_id}/scan")
async def scan(
    request: Request,
    who: Desk,
    bill_id: UUID,
    payer: Annotated[str, Form()] = "",
    payer_code: Annotated[str, Form()] = "",
) -> Response:
    """Takes the money with the code that a payer shows; what the scanner types ends with a return."""
    await own_bill(request, who, bill_id)

    async def take() -> None:
        await scan_payers_code(request.app.state.office, bill_id, payer, payer_code.strip(), actor(who))

    return await done(request, who, bill_id, take())


@router.post("/window/bills/{bill_id}/unlock")
async def open_again(request: Request, who: Desk, bill_id: UUID) -> Response:
    """Lets the parties try their last four characters again; the clerk has seen them and their document."""
    await own_bill(request, who, bill_id)
    return await done(request, who, bill_id, unlock(request.app.state.office, bill_id))


async def done(request: Request, who: Person, bill_id: UUID, doing: Awaitable[None]) -> Response:
    """Back to the bill; where it was refused, with the reason on it."""
    try:
        await doing
    except HeyiError as error:
        view = await own_bill(request, who, bill_id)
        return await bill_page(request, who, view, refusal(error, speech(request)), status_of(error))
    return RedirectResponse(f"/window/bills/{bill_id}", 303)
