"""A refund asked for at the window: which lines, how much, why; and what becomes of those that were asked for."""

from collections.abc import Mapping
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from api.access import actor, signed_in
from api.pages.rendering import page, speech
from api.pages.route import PageRoute
from api.pages.same_site import same_site
from api.pages.saying import Refusal, refusal
from api.pages.window.queue import queue_beside
from api.pages.window.watching import own_bill
from api.people import Person
from api.problems import status_of
from foundation.errors import BadInput, HeyiError
from foundation.money import fen_of
from settlement.bills.reading import BillView
from settlement.office import Office
from settlement.postings import FEES
from settlement.refunds.holding import is_free
from settlement.refunds.papers import CHANNEL, NAMES, NON_TAX, PAPERS, TREASURY
from settlement.refunds.proposing import Wish, propose_refund
from settlement.refunds.reading import Refundable, RefundableLine, refundable, refunds_of_bill

router = APIRouter(route_class=PageRoute, dependencies=[Depends(same_site)], include_in_schema=False)

Clerk = Annotated[Person, Depends(signed_in("clerk"))]


@router.get("/window/bills/{bill_id}/refund")
async def ask(request: Request, who: Clerk, bill_id: UUID) -> Response:
    """What could go back, and the refunds that there are."""
    return await _page(request, who, await own_bill(request, who, bill_id), {}, None)


@router.post("/window/bills/{bill_id}/refund")
async def propose(request: Request, who: Clerk, bill_id: UUID) -> Response:
    """Proposes what was ticked; finance decides."""
    view = await own_bill(request, who, bill_id)
    office: Office = request.app.state.office
    typed = {name: value for name, value in (await request.form()).items() if isinstance(value, str)}
    try:
        reason = typed.get("reason", "").strip()
        if len(reason) < 2:
            raise BadInput("reason", None, "one sentence")
        could = await refundable(office, bill_id)
        wishes = wishes_of(typed, could)
        surplus = [one.id for one in could.surplus if f"surplus.{one.id}" in typed]
        await propose_refund(office, bill_id, wishes, surplus, reason, actor(who))
    except HeyiError as error:
        return await _page(request, who, view, typed, refusal(error, speech(request)), status_of(error))
    return RedirectResponse(f"/window/bills/{bill_id}/refund", 303)


def wishes_of(typed: Mapping[str, str], could: Refundable) -> list[Wish]:
    """The lines that were ticked, each with the amount typed beside it; empty means all that is left."""
    wishes = []
    for one in could.lines:
        name = f"line.{one.allocation_line_id}"
        if name in typed:
            text = typed.get(f"{name}.yuan", "").strip()
            wishes.append(Wish(one.allocation_line_id, fen_of(text, f"{name}.yuan") if text else None))
    return wishes


def way_of(one: RefundableLine) -> str:
    """Which way a line would go back, from where its money is now."""
    if one.state == "held" or is_free(one.state, one.told_at):
        return CHANNEL
    return NON_TAX if one.item in FEES else TREASURY


async def _page(
    request: Request, who: Person, view: BillView, typed: Mapping[str, str], said: Refusal | None, status: int = 200
) -> Response:
    office: Office = request.app.state.office
    return page(
        request,
        "window/refund.html",
        status=status,
        region=office.region(view.region),
        view=view,
        could=await refundable(office, view.id),
        refunds=await refunds_of_bill(office, view.id),
        typed=typed,
        ways=NAMES,
        papers=PAPERS,
        way_of=way_of,
        refusal=said,
        here=f"/window/bills/{view.id}/refund",
        **await queue_beside(request, who, view.id),
    )
