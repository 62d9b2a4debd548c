"""Finance's pages of refunds: those that wait for a second person first, and each with what can be done about it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import Response

from api.access import actor
from api.maybe_day import MaybeDay
from api.pages.finance import Finance
from api.pages.paging import PageNumber, Paging
from api.pages.refund_page import after_acting, own_refund, refund_page
from api.pages.rendering import page
from api.pages.route import PageRoute
from api.pages.same_site import same_site
from foundation.errors import BadInput
from settlement.office import Office
from settlement.receipts.red_letters import red_letters_of
from settlement.refunds.deciding import approve_refund, reject_refund
from settlement.refunds.errands import close_errand
from settlement.refunds.listing import RefundFilter, count_refunds, list_refunds
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

RED_LETTER = "red_letter"
"""Beside these: a red letter of one of its lines waits for its second person."""

_A_PAGE = 50

_AsText = Annotated[str, Form()]


@router.get("/finance/refunds")
async def refunds(
    request: Request,
    who: Finance,
    stands: str = "",
    first: MaybeDay = "",
    last: MaybeDay = "",
    number: str = "",
    shown: PageNumber = 1,
) -> Response:
    """The refunds of one's own region, of one standing or of all, by the days of their proposal and by number."""
    if stands not in ("", RED_LETTER, *STANDS):
        raise BadInput("stands", stands, ", ".join((*STANDS, RED_LETTER)))
    office: Office = request.app.state.office
    wanted = RefundFilter((), first or None, last or None, number)
    counted = await count_refunds(office, who.region, wanted)
    of_letters = replace(wanted, red_letter_waits=True)
    counts = {"": sum(counted.values())}
    counts |= {name: sum(counted.get(state, 0) for state in states) for name, states in STANDS.items()}
    counts[RED_LETTER] = sum((await count_refunds(office, who.region, of_letters)).values())
    wanted = of_letters if stands == RED_LETTER else replace(wanted, states=STANDS.get(stands, ()))
    asked = {"stands": stands, "first": first, "last": last, "number": number.strip()}
    paging = Paging("/finance/refunds", asked, shown, _A_PAGE, counts[stands])
    found = await list_refunds(office, who.region, wanted, skip=paging.skip, most=paging.size)
    letters = await red_letters_of(office, [one.id for one in found])
    waiting = {line_id for line_id, one in letters.items() if one.state == "proposed"}
    return page(
        request,
        "finance/refunds.html",
        region=office.region(who.region),
        refunds=found,
        letter_waits={one.id for one in found if any(line.id in waiting for line in one.lines)},
        counts=counts,
        paging=paging,
    )


@router.get("/finance/refunds/{refund_id}")
async def one_refund(request: Request, who: Finance, refund_id: UUID) -> Response:
    """A refund: its lines, where each goes, what can be done now, the channel's orders and the history."""
    return await refund_page(request, await own_refund(request, who, refund_id))


@router.post("/finance/refunds/{refund_id}/approve")
async def approve(request: Request, who: Finance, refund_id: UUID) -> Response:
    """Approves what another person proposed."""
    view = await own_refund(request, who, refund_id)
    return await after_acting(request, view, approve_refund(request.app.state.office, refund_id, actor(who)))


@router.post("/finance/refunds/{refund_id}/reject")
async def reject(request: Request, who: Finance, refund_id: UUID, reason: _AsText = "") -> Response:
    """Rejects what another person proposed, and says why."""

    async def act() -> None:
        if len(reason.strip()) < 2:
            raise BadInput("reason", reason.strip(), "one sentence")
        await reject_refund(request.app.state.office, refund_id, actor(who), reason.strip())

    return await after_acting(request, await own_refund(request, who, refund_id), act(), {"reason": reason})


@router.post("/finance/refunds/{refund_id}/resume")
async def resume(request: Request, who: Finance, refund_id: UUID) -> Response:
    """Asks the channel again, under new numbers, for what it did not give back."""
    view = await own_refund(request, who, refund_id)
    return await after_acting(request, view, resume_refund(request.app.state.office, refund_id, actor(who)))


@router.post("/finance/refunds/{refund_id}/lines/{line_id}/given-back")
async def give_back(
    request: Request, who: Finance, refund_id: UUID, line_id: UUID, reference: _AsText = "", red_receipt: _AsText = ""
) -> Response:
    """Records that a line went back at a counter, under the number of its paper."""
    view = await own_refund(request, who, refund_id)
    line = view.line(line_id)
    doing = close_errand(request.app.state.office, line.id, reference.strip(), red_receipt.strip() or None, actor(who))
    typed = {f"reference-{line_id}": reference, f"red_receipt-{line_id}": red_receipt}
    return await after_acting(request, view, doing, typed)
