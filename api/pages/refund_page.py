"""A refund's page in finance, as it is and after something was asked for there."""

from collections.abc import Awaitable, Mapping
from dataclasses import replace
from uuid import UUID

from fastapi import Request
from fastapi.responses import RedirectResponse, Response

from api.access import own_region
from api.pages.rendering import page, speech
from api.pages.saying import Refusal, refusal
from api.people import Person
from api.problems import status_of
from foundation.errors import HeyiError
from foundation.states import BY_ITSELF
from settlement.office import Office
from settlement.receipts.red_letters import red_letters_of
from settlement.refunds.deciding import foreseen_ways
from settlement.refunds.history import steps_of_refund
from settlement.refunds.non_receipt import told_lines
from settlement.refunds.papers import NAMES, PAPERS
from settlement.refunds.reading import RefundView, read_refund


async def own_refund(request: Request, who: Person, refund_id: UUID) -> RefundView:
    """A refund of one's own region."""
    view = await read_refund(request.app.state.office, refund_id)
    own_region(who, view.region)
    return view


async def after_acting(
    request: Request, view: RefundView, doing: Awaitable[None], typed: Mapping[str, str] | None = None
) -> Response:
    """The refund's page anew; where it was refused, with the reason and with what was `typed`, by the forms' fields."""
    try:
        await doing
    except HeyiError as error:
        said = refusal(error, speech(request))
        field = next((name for name in typed or () if name.partition("-")[0] == said.field), None)
        now = await read_refund(request.app.state.office, view.id)  # another person may have been faster
        return await refund_page(request, now, replace(said, field=field), status_of(error), typed)
    return RedirectResponse(f"/finance/refunds/{view.id}", 303)


async def refund_page(
    request: Request,
    view: RefundView,
    said: Refusal | None = None,
    status: int = 200,
    typed: Mapping[str, str] | None = None,
) -> Response:
    """A refund's page; `said`: why something was refused that was asked for there."""
    office: Office = request.app.state.office
    return page(
        request,
        "finance/refund.html",
        status=status,
        region=office.region(view.region),
        view=view,
        foreseen=await foreseen_ways(office, view.id) if view.state == "proposed" else {},
        told_lines=await told_lines(office, view.id),
        letters=await red_letters_of(office, [view.id]),
        steps=await steps_of_refund(office, view.id),
        ways=NAMES,
        papers=PAPERS,
        typed=typed or {},
        by_itself=BY_ITSELF,
        refusal=said,
        here=f"/finance/refunds/{view.id}",
    )
