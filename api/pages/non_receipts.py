"""On a refund's page in finance: an institution was told of the money and says in writing that it has nothing of it."""

from collections.abc import Awaitable
from datetime import date
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
from settlement.refunds.non_receipt import (
    Letter,
    approve_non_receipt,
    ask_institution,
    drop_non_receipt,
    propose_non_receipt,
)

router = APIRouter(
    prefix="/finance/refunds/{refund_id}/lines/{line_id}/non-receipt",
    route_class=PageRoute,
    dependencies=[Depends(same_site)],
    include_in_schema=False,
)

_AsText = Annotated[str, Form()]


@router.post("")
async def ask(request: Request, who: Finance, refund_id: UUID, line_id: UUID) -> Response:
    """Notes that the institution is being asked; it is not told of the payment meanwhile."""
    return await _done(
        request, who, refund_id, ask_institution(request.app.state.office, refund_id, line_id, actor(who))
    )


@router.post("/letter")
async def enter(
    request: Request,
    who: Finance,
    refund_id: UUID,
    line_id: UUID,
    letter_no: _AsText = "",
    letter_on: _AsText = "",
    reason: _AsText = "",
) -> Response:
    """Enters the institution's letter; what was typed stands in the form if it is refused."""

    async def act() -> None:
        letter = Letter(_words("letter_no", letter_no, 60), _day(letter_on), _words("reason", reason, 200))
        await propose_non_receipt(request.app.state.office, refund_id, line_id, letter, actor(who))

    typed = {f"letter_no-{line_id}": letter_no, f"letter_on-{line_id}": letter_on, f"reason-{line_id}": reason}
    return await _done(request, who, refund_id, act(), typed)


@router.post("/approve")
async def approve(request: Request, who: Finance, refund_id: UUID, line_id: UUID) -> Response:
    """Approves what another person entered: the refund holds the money."""
    doing = approve_non_receipt(request.app.state.office, refund_id, line_id, actor(who))
    return await _done(request, who, refund_id, doing)


@router.post("/drop")
async def drop(request: Request, who: Finance, refund_id: UUID, line_id: UUID, reason: _AsText = "") -> Response:
    """Asks no more, or does not accept the letter, with the reason."""

    async def act() -> None:
        why = _words("reason", reason, 200)
        await drop_non_receipt(request.app.state.office, refund_id, line_id, actor(who), why)

    return await _done(request, who, refund_id, act(), {f"reason-{line_id}": reason})


async def _done(
    request: Request, who: Finance, refund_id: UUID, doing: Awaitable[None], typed: dict[str, str] | None = None
) -> Response:
    return await after_acting(request, await own_refund(request, who, refund_id), doing, typed)


def _words(field: str, text: str, most: int) -> str:
    """What was typed, without spaces around it. BadInput where it says nothing, or too much."""
    if not 2 <= len(text.strip()) <= most:
        raise BadInput(field, text.strip(), f"2 至 {most} 字。2 to {most} characters")
    return text.strip()


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError as error:
        raise BadInput("letter_on", text.strip(), "日期，如 2026-03-02。a day such as 2026-03-02") from error
