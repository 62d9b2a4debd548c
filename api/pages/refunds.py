"""Finance's pages of refunds: those that wait for a second person first, and each with what can be done about it."""

from collections.abc import Awaitable, Mapping
from dataclasses import replace
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from api.access import actor, own_region
from api.pages.finance import Finance
from api.pages.rendering import page, speech
from api.pages.route import PageRoute
from api.pages.same_site import same_site
from api.pages.saying import Refusal, refusal
from api.people import Person
from api.problems import status_of
from foundation.errors import BadInput, HeyiError
from foundation.states import BY_ITSELF
from settlement.office import Office
from settlement.refunds.deciding import approve_refund, foreseen_ways, reject_refund
from settlement.refunds.errands import close_errand
from settlement.refunds.history import steps_of_refund
from settlement.refunds.papers import NAMES, PAPERS
from settlement.refunds.reading import RefundView, count_refunds, list_refunds, read_refund
from settlement.refunds.sending import resume_refund

router = APIRouter(route_class=PageRoute, dependencies=[Depends(same_site)], include_in_schema=False)

STANDS: Mapping[str, tuple[str, ...]] = {
    "proposed": ("proposed",),
    "failed": ("failed",),
    "under_way": ("approved", "sent"),
    "done": ("done",),
    "rejected": ("rejected",),
}
"""How a refund stands, as finance asks for it, and the states that this means."""

_AsText = Annotated[str, Form()]


@router.get("/finance/refunds")
async def refunds(request: Request, who: Finance, stands: str = "") -> Response:
    """The refunds of one's own region, of one standing or of all."""
    if stands and stands not in STANDS:
        raise BadInput("stands", stands, ", ".join(STANDS))
    office: Office = request.app.state.office
    counted = await count_refunds(office, who.region)
    counts = {name: sum(counted.get(state, 0) for state in states) for name, states in STANDS.items()}
    found = await list_refunds(office, who.region, STANDS[stands] if stands else ())
    return page(
        request,
        "finance/refunds.html",
        region=office.region(who.region),
        refunds=found,
        left_out=(counts[stands] if stands else sum(counts.values())) - len(found),
        counts=counts,
        stands=stands,
    )


@router.get("/finance/refunds/{refund_id}")
async def one_refund(request: Request, who: Finance, refund_id: UUID) -> Response:
    """A refund: its lines, where each goes, what can be done now, the channel's orders and the history."""
    return await _refund(request, await _own(request, who, refund_id))


@router.post("/finance/refunds/{refund_id}/approve")
async def approve(request: Request, who: Finance, refund_id: UUID) -> Response:
    """Approves what another person proposed."""
    view = await _own(request, who, refund_id)
    return await _done(request, view, approve_refund(request.app.state.office, refund_id, actor(who)))


@router.post("/finance/refunds/{refund_id}/reject")
async def reject(request: Request, who: Finance, refund_id: UUID, reason: _AsText = "") -> Response:
    """Rejects what another person proposed, and says why."""

    async def act() -> None:
        if len(reason.strip()) < 2:
            raise BadInput("reason", reason.strip(), "one sentence")
        await reject_refund(request.app.state.office, refund_id, actor(who), reason.strip())

    return await _done(request, await _own(request, who, refund_id), act(), {"reason": reason})


@router.post("/finance/refunds/{refund_id}/resume")
async def resume(request: Request, who: Finance, refund_id: UUID) -> Response:
    """Asks the channel again, under new numbers, for what it did not give back."""
    view = await _own(request, who, refund_id)
    return await _done(request, view, resume_refund(request.app.state.office, refund_id, actor(who)))


@router.post("/finance/refunds/{refund_id}/lines/{line_id}/given-back")
async def give_back(
    request: Request, who: Finance, refund_id: UUID, line_id: UUID, reference: _AsText = "", red_receipt: _AsText = ""
) -> Response:
    """Records that a line went back at a counter, under the number of its paper."""
    view = await _own(request, who, refund_id)
    line = view.line(line_id)
    doing = close_errand(request.app.state.office, line.id, reference.strip(), red_receipt.strip() or None, actor(who))
    typed = {f"reference-{line_id}": reference, f"red_receipt-{line_id}": red_receipt}
    return await _done(request, view, doing, typed)


async def _own(request: Request, who: Person, refund_id: UUID) -> RefundView:
    view = await read_refund(request.app.state.office, refund_id)
    own_region(who, view.region)
    return view


async def _done(
    request: Request, view: RefundView, doing: Awaitable[None], typed: Mapping[str, str] | None = None
) -> Response:
    """The refund's page anew; where it was refused, with the reason and with what was `typed`, by the forms' fields."""
    try:
        await doing
    except HeyiError as error:
        said = refusal(error, speech(request))
        field = next((name for name in typed or () if name.partition("-")[0] == said.field), None)
        now = await read_refund(request.app.state.office, view.id)  # another person may have been faster
        return await _refund(request, now, replace(said, field=field), status_of(error), typed)
    return RedirectResponse(f"/finance/refunds/{view.id}", 303)


async def _refund(
    request: Request,
    view: RefundView,
    said: Refusal | None = None,
    status: int = 200,
    typed: Mapping[str, str] | None = None,
) -> Response:
    office: Office = request.app.state.office
    return page(
        request,
        "finance/refund.html",
        status=status,
        region=office.region(view.region),
        view=view,
        foreseen=await foreseen_ways(office, view.id) if view.state == "proposed" else {},
        steps=await steps_of_refund(office, view.id),
        ways=NAMES,
        papers=PAPERS,
        typed=typed or {},
        by_itself=BY_ITSELF,
        refusal=said,
        here=f"/finance/refunds/{view.id}",
    )
