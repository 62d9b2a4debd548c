"""The tax officer's page: what arrived, what waits for the word 确认收讫, and what is not in yet."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from api.access import actor, signed_in
from api.pages.rendering import page, speech
from api.pages.route import PageRoute
from api.pages.same_site import same_site
from api.pages.saying import Refusal, refusal
from api.people import Person
from api.problems import status_of
from foundation.errors import HeyiError
from settlement.clearance.registering import open_loops
from settlement.office import Office
from settlement.receipts.confirming import arrived_sums, arrived_vouchers, confirm_receipt, vouchers_on_their_way

router = APIRouter(route_class=PageRoute, dependencies=[Depends(same_site)], include_in_schema=False)

TaxOfficer = Annotated[Person, Depends(signed_in("tax_officer"))]


@router.get("/tax")
async def board(request: Request, who: TaxOfficer, done: int = 0) -> Response:
    """Everything of the officer's region on one page. `done`: how many were confirmed just now."""
    return await _board(request, who, done=max(done, 0))


@router.post("/tax/confirm")
async def confirm(request: Request, who: TaxOfficer, voucher: Annotated[tuple[UUID, ...], Form()] = ()) -> Response:
    """Confirms the chosen vouchers, all or none."""
    office: Office = request.app.state.office
    try:
        done = await confirm_receipt(office, who.region, voucher, actor(who))
    except HeyiError as error:
        return await _board(request, who, said=refusal(error, speech(request)), status=status_of(error))
    return RedirectResponse(f"/tax?done={done}", 303)


async def _board(
    request: Request, who: Person, *, done: int = 0, said: Refusal | None = None, status: int = 200
) -> Response:
    office: Office = request.app.state.office
    return page(
        request,
        "tax/board.html",
        status=status,
        region=office.region(who.region),
        sums=await arrived_sums(office, who.region),
        waiting=await arrived_vouchers(office, who.region, confirmed=False),
        confirmed=await arrived_vouchers(office, who.region, confirmed=True),
        on_their_way=await vouchers_on_their_way(office, who.region),
        loops=await open_loops(office, who.region),
        done=done,
        refusal=said,
        here="/tax",
    )
