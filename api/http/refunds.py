"""Refunds: proposed by one person, decided by another, carried out by the channel or by treasury and finance."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from fastapi.encoders import jsonable_encoder
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from api.access import actor, own_region, signed_in
from api.http.office import TheOffice
from api.idempotency import once
from api.people import Person
from settlement.bills.reading import read_bill
from settlement.office import Office
from settlement.refunds.deciding import approve_refund, reject_refund
from settlement.refunds.errands import close_errand
from settlement.refunds.listing import RefundFilter, list_refunds
from settlement.refunds.proposing import Wish, propose_refund
from settlement.refunds.reading import (
    REFUNDS_MAX,
    Refundable,
    RefundView,
    read_refund,
    refundable,
    refunds_of_bill,
)
from settlement.refunds.sending import resume_refund

router = APIRouter(tags=["refunds"])

Proposer = Annotated[Person, Depends(signed_in("clerk", "finance"))]
Decider = Annotated[Person, Depends(signed_in("finance"))]


class _Line(BaseModel):
    model_config = ConfigDict(extra="forbid")
    allocation_line_id: UUID
    amount_fen: int | None = Field(None, gt=0, strict=True)


class _Proposal(BaseModel):
    """Lines of the bill, whole or in part, and surplus payments, which go back whole."""

    model_config = ConfigDict(extra="forbid")
    reason: str = Field(min_length=2, max_length=200)
    lines: list[_Line] = []
    surplus: list[UUID] = []


class _Reason(BaseModel):
    reason: str = Field(min_length=2, max_length=200)


class _Closing(BaseModel):
    model_config = ConfigDict(extra="forbid")
    reference: str = Field(min_length=2, max_length=80)
    red_receipt: str | None = Field(None, min_length=2, max_length=40)


@router.get("/bills/{bill_id}/refundable")
async def could_go_back(bill_id: UUID, who: Proposer, office: TheOffice) -> Refundable:
    """What of a bill could be given back, by line, and the surplus money that came beside it."""
    await _own_bill(office, bill_id, who)
    return await refundable(office, bill_id)


@router.get("/bills/{bill_id}/refunds")
async def of_bill(bill_id: UUID, who: Proposer, office: TheOffice) -> list[RefundView]:
    """The refunds of a bill."""
    await _own_bill(office, bill_id, who)
    return await refunds_of_bill(office, bill_id)


@router.post("/bills/{bill_id}/refunds", status_code=201, response_model=RefundView)
async def propose(bill_id: UUID, wanted: _Proposal, request: Request, who: Proposer, office: TheOffice) -> Response:
    """Proposes a refund; what is still at the channel is held from here on. Needs an `Idempotency-Key`."""

    async def act() -> tuple[int, Any]:
        await _own_bill(office, bill_id, who)
        wishes = [Wish(one.allocation_line_id, one.amount_fen) for one in wanted.lines]
        refund_id = await propose_refund(office, bill_id, wishes, wanted.surplus, wanted.reason, actor(who))
        return 201, jsonable_encoder(await read_refund(office, refund_id))

    return await once(request, who, act)


@router.get("/refunds")
async def refunds(
    who: Proposer,
    office: TheOffice,
    state: str | None = None,
    first: date | None = None,
    last: date | None = None,
    number: str = "",
    page: Annotated[int, Query(ge=1)] = 1,
) -> list[RefundView]:
    """Refunds of one's own region: those that wait for a decision, then the newest, 200 a page.

    `state`: of one state only; `first`, `last`: proposed between these days; `number`: the beginning or end of the
    refund's number or of its bill's.
    """
    wanted = RefundFilter((state,) if state else (), first, last, number)
    return await list_refunds(office, who.region, wanted, skip=(page - 1) * REFUNDS_MAX)


@router.get("/refunds/{refund_id}")
async def one_refund(refund_id: UUID, who: Proposer, office: TheOffice) -> RefundView:
    """A refund with its lines, the papers that each needs, and the channel's orders."""
    return await _own(office, refund_id, who)


@router.post("/refunds/{refund_id}/approve")
async def approve(refund_id: UUID, who: Decider, office: TheOffice) -> RefundView:
    """Approves a refund, as another person than who proposed it. A refund is approved once."""
    await _own(office, refund_id, who)
    await approve_refund(office, refund_id, actor(who))
    return await read_refund(office, refund_id)


@router.post("/refunds/{refund_id}/reject")
async def reject(refund_id: UUID, why: _Reason, who: Decider, office: TheOffice) -> RefundView:
    """Rejects a refund, as another person; what was held goes on its way."""
    await _own(office, refund_id, who)
    await reject_refund(office, refund_id, actor(who), why.reason)
    return await read_refund(office, refund_id)


@router.post("/refunds/{refund_id}/resume")
async def resume(refund_id: UUID, who: Decider, office: TheOffice) -> RefundView:
    """Tries again, under new numbers, what the channel did not give back."""
    await _own(office, refund_id, who)
    await resume_refund(office, refund_id, actor(who))
    return await read_refund(office, refund_id)


@router.post("/refunds/{refund_id}/lines/{line_id}/close")
async def close(refund_id: UUID, line_id: UUID, done: _Closing, who: Decider, office: TheOffice) -> RefundView:
    """Records that a line went back by 退库, 退付 or by hand, under the number of its paper."""
    line = (await _own(office, refund_id, who)).line(line_id)
    await close_errand(office, line.id, done.reference, done.red_receipt, actor(who))
    return await read_refund(office, refund_id)


async def _own(office: Office, refund_id: UUID, who: Person) -> RefundView:
    view = await read_refund(office, refund_id)
    own_region(who, view.region)
    return view


async def _own_bill(office: Office, bill_id: UUID, who: Person) -> None:
    own_region(who, (await read_bill(office, bill_id)).region)
