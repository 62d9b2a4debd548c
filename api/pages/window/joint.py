"""Joint payments at the window: made of a list, shown as one code, asked about, taken back."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from api import qr
from api.access import actor, own, signed_in
from api.pages.rendering import page, speech
from api.pages.route import PageRoute
from api.pages.same_site import same_site
from api.pages.saying import Refusal, refusal
from api.people import Person
from api.problems import status_of
from foundation.errors import HeyiError
from settlement.batches.reading import read_batch
from settlement.joint.asking import ask_about_attempt
from settlement.joint.choosing import bills_of_list
from settlement.joint.making import cancel_joint_payment, make_joint_payment
from settlement.joint.reading import JointPaymentView, read_joint_payment
from settlement.office import Office

router = APIRouter(route_class=PageRoute, dependencies=[Depends(same_site)], include_in_schema=False)

Clerk = Annotated[Person, Depends(signed_in("clerk", "partner"))]


@router.post("/window/lists/{batch_id}/together")
async def make(request: Request, who: Clerk, batch_id: UUID, payer: Annotated[str, Form()]) -> Response:
    """Makes one payment of all that a side has due in a list."""
    office: Office = request.app.state.office
    batch = await read_batch(office, batch_id)
    own(who, batch)
    bill_ids = await bills_of_list(office, batch_id, payer)
    made = await make_joint_payment(office, batch.region, bill_ids, payer, batch.title, actor(who))
    return RedirectResponse(f"/window/together/{made}", 303)


@router.get("/window/together/{payment_id}")
async def one(request: Request, who: Clerk, payment_id: UUID) -> Response:
    """The code, what it comes to, and how far it is."""
    return _page(request, await _own(request, who, payment_id))


@router.post("/window/together/{payment_id}/ask")
async def ask(request: Request, who: Clerk, payment_id: UUID) -> Response:
    """Asks the channel about the order that is under way."""
    view = await _own(request, who, payment_id)
    try:
        await ask_about_attempt(request.app.state.office, payment_id)
    except HeyiError as error:
        return _page(request, view, refusal(error, speech(request)), status_of(error))
    return RedirectResponse(f"/window/together/{payment_id}", 303)


@router.post("/window/together/{payment_id}/cancel")
async def cancel(request: Request, who: Clerk, payment_id: UUID) -> Response:
    """Takes it back; its bills stay due."""
    view = await _own(request, who, payment_id)
    try:
        await cancel_joint_payment(request.app.state.office, payment_id, actor(who), "窗口撤销")
    except HeyiError as error:
        return _page(request, view, refusal(error, speech(request)), status_of(error))
    return RedirectResponse(f"/window/together/{payment_id}", 303)


async def _own(request: Request, who: Person, payment_id: UUID) -> JointPaymentView:
    view = await read_joint_payment(request.app.state.office, payment_id)
    own(who, view)
    return view


def _page(request: Request, view: JointPaymentView, said: Refusal | None = None, status: int = 200) -> Response:
    return page(
        request,
        "window/together.html",
        status=status,
        view=view,
        code=qr.svg(view.address).decode(),
        refusal=said,
        here=f"/window/together/{view.id}",
    )
