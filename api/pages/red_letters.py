"""Red letters (冲红) on a refund's page in finance: one person proposes, another has the platform issue it."""

from collections.abc import Awaitable, Callable
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import Response

from api.access import actor
from api.pages.finance import Finance
from api.pages.refund_page import after_acting, own_refund
from api.pages.route import PageRoute
from api.pages.same_site import same_site
from foundation.errors import BadInput
from settlement.office import Actor, Office
from settlement.receipts.red_letters import approve_red_letter, propose_red_letter, reject_red_letter

router = APIRouter(
    prefix="/finance/refunds/{refund_id}/lines/{line_id}/red-letter",
    route_class=PageRoute,
    dependencies=[Depends(same_site)],
    include_in_schema=False,
)

_AsText = Annotated[str, Form()]


@router.post("")
async def propose(request: Request, who: Finance, refund_id: UUID, line_id: UUID, reason: _AsText = "") -> Response:
    """Proposes to take the e-receipt of a fee line back, with the reason; the platform is asked how it stands."""
    return await _with_a_reason(request, who, refund_id, line_id, reason, propose_red_letter)


@router.post("/approve")
async def approve(request: Request, who: Finance, refund_id: UUID, line_id: UUID) -> Response:
    """Has the platform issue it, as the second person; anybody asks again where its answer was lost."""
    view = await own_refund(request, who, refund_id)
    line = view.line(line_id)

    async def act() -> None:
        await approve_red_letter(request.app.state.office, line.id, actor(who))

    return await after_acting(request, view, act())


@router.post("/reject")
async def reject(request: Request, who: Finance, refund_id: UUID, line_id: UUID, reason: _AsText = "") -> Response:
    """Rejects what another person proposed, or takes back what one proposed oneself, with the reason."""
    return await _with_a_reason(request, who, refund_id, line_id, reason, reject_red_letter)


async def _with_a_reason(
    request: Request,
    who: Finance,
    refund_id: UUID,
    line_id: UUID,
    reason: str,
    doing: Callable[[Office, UUID, Actor, str], Awaitable[object]],
) -> Response:
    """Does something about a line's letter that needs a reason; what was typed stands in the form if it is refused."""
    view = await own_refund(request, who, refund_id)
    line = view.line(line_id)

    async def act() -> None:
        await doing(request.app.state.office, line.id, actor(who), _sentence(reason))

    return await after_acting(request, view, act(), {f"reason-{line_id}": reason})


def _sentence(reason: str) -> str:
    """A reason without spaces around it. BadInput where it says nothing, or more than 200 characters."""
    if not 2 <= len(reason.strip()) <= 200:
        raise BadInput("reason", reason.strip(), "一句话，2 至 200 字。one sentence, 2 to 200 characters")
    return reason.strip()
