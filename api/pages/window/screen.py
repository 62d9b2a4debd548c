"""The second screen, which the citizen sees across the counter: the code alone, and then that it was paid."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from api import qr
from api.access import signed_in
from api.pages.rendering import page
from api.pages.route import PageRoute
from api.pages.window.watching import own_bill
from api.people import Person
from foundation import clock
from settlement.bills.reading import BillView
from settlement.office import Office
from settlement.payments.codes import PAYABLE

router = APIRouter(route_class=PageRoute, include_in_schema=False)

Clerk = Annotated[Person, Depends(signed_in("clerk"))]


@router.get("/window/bills/{bill_id}/screen")
async def screen(request: Request, who: Clerk, bill_id: UUID) -> Response:
    """The code large, with amount and validity; it names nobody and moves by itself."""
    view = await own_bill(request, who, bill_id)
    office: Office = request.app.state.office
    shows = shown(view)
    return page(
        request,
        "window/screen.html",
        view=view,
        shows=shows,
        left_fen=sum(one.left_fen for one in view.shares),
        picture=qr.svg(view.code.address).decode() if view.code and shows == "code" else "",
        region=office.region(view.region),
    )


def shown(view: BillView) -> str:
    """What the screen says: paid, code, paying (somebody is at it, and nobody else owes), ended, or nothing yet."""
    if view.state in ("paid", "settled", "cleared"):
        return "paid"
    if view.code is None:
        return "nothing"
    if view.state not in ("confirmed", "part_paid") or view.code.state not in PAYABLE:
        return "ended"
    if clock.now() >= view.code.expires_at:
        return "ended"
    owing = [one for one in view.shares if one.left_fen]
    return "paying" if owing and all(one.order_open for one in owing) else "code"
