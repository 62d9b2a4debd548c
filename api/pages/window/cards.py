"""A card at the counter: the clerk has a terminal ask for one, and may stop it while none was read."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import Response

from api.access import actor, signed_in
from api.pages.route import PageRoute, secure
from api.pages.same_site import same_site
from api.pages.window.acting import done
from api.pages.window.watching import TERMINAL_COOKIE, own_bill, terminals_at_windows
from api.people import Person
from foundation.errors import NotFound
from settlement.payments.cards import cancel_sale, sell_by_card

router = APIRouter(route_class=PageRoute, dependencies=[Depends(same_site)], include_in_schema=False)

Clerk = Annotated[Person, Depends(signed_in("clerk"))]
Text = Annotated[str, Form(max_length=20)]


@router.post("/window/bills/{bill_id}/card")
async def sell(request: Request, who: Clerk, bill_id: UUID, payer: Text = "", terminal: Text = "") -> Response:
    """Has a terminal ask for a card; the page moves by itself from then on."""
    view = await own_bill(request, who, bill_id)

    async def ask() -> None:
        if terminal not in terminals_at_windows(request.app.state.office.region(view.region)):
            raise NotFound(f"本窗口没有刷卡终端 {terminal}。There is no card terminal {terminal} at the windows here.")
        await sell_by_card(request.app.state.office, bill_id, payer, terminal, actor(who))

    answer = await done(request, who, bill_id, ask())
    answer.set_cookie(
        TERMINAL_COOKIE, terminal, path="/window", httponly=True, samesite="strict", secure=secure(request)
    )
    return answer


@router.post("/window/bills/{bill_id}/card/cancel")
async def stop(request: Request, who: Clerk, bill_id: UUID, payer: Text = "") -> Response:
    """Stops the terminal."""
    await own_bill(request, who, bill_id)
    return await done(request, who, bill_id, cancel_sale(request.app.state.office, bill_id, payer, actor(who)))
