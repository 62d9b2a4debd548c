"""The pages behind /j/{token}: what one payer has due in many bills, paid by one order. They show no personal data."""

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from api import qr
from api.pages.citizen.leaving import leaving
from api.pages.rendering import page, speech
from api.pages.route import PageRoute
from api.pages.same_site import same_site
from api.pages.saying import Refusal, refusal
from api.problems import status_of
from foundation import clock
from foundation.errors import HeyiError
from settlement.joint.reading import joint_payment_by_token
from settlement.joint.starting import start_joint_payment
from settlement.office import Office
from settlement.ports.channel import PaymentLink

_PATIENCE = 15
"""How often the waiting page looks again, every two seconds, before it says that the person may leave."""

router = APIRouter(route_class=PageRoute, dependencies=[Depends(same_site)], include_in_schema=False)
from_outside = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.get("/j/{token}")
async def summary(request: Request, token: str) -> Response:
    """How much for how many bills, what for, until when, and how it stands."""
    return await _shown(request, token, None, 200)


@router.post("/j/{token}/pay")
async def pay(request: Request, token: str) -> Response:
    """Takes the payer to the channel: by a form that sends itself, or by a code that their wallet opens."""
    office: Office = request.app.state.office
    try:
        start = await start_joint_payment(office, token, f"{office.public_url.rstrip('/')}/j/{token}/return")
    except HeyiError as error:
        return await _shown(request, token, refusal(error, speech(request)), status_of(error))
    if isinstance(start, PaymentLink):
        code = qr.svg(start.address).decode()
        return page(request, "citizen/scan.html", own=f"/j/{token}", watch=None, address=start.address, code=code)
    return leaving(request, start)


@from_outside.post("/j/{token}/return")
@from_outside.get("/j/{token}/return")
async def come_back(request: Request, token: str, looked: int = 0) -> Response:
    """Where the channel sends the browser afterwards. It proves nothing: the page waits for the channel's own word."""
    office: Office = request.app.state.office
    view = await joint_payment_by_token(office, token)
    if looked and view.under_way is None:
        return RedirectResponse(f"/j/{token}", 303)
    return page(
        request,
        "citizen/confirming.html",
        own=f"/j/{token}",
        watch=None,
        looked=max(looked, 0) + 1,
        long=looked >= _PATIENCE,
        phone=office.region(view.region).window_phone,
    )


async def _shown(request: Request, token: str, refused: Refusal | None, status: int) -> Response:
    office: Office = request.app.state.office
    view = await joint_payment_by_token(office, token)
    return page(
        request,
        "citizen/joint.html",
        status=status,
        view=view,
        over=view.state == "due" and clock.now() >= view.pay_by,
        region=office.region(view.region),
        refusal=refused,
        here=f"/j/{token}",
    )
