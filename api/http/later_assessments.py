"""Prices that the tax office assessed later: what they add to a bill, or take from it."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.encoders import jsonable_encoder
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from api.access import actor, own_region, signed_in
from api.http.office import TheOffice
from api.idempotency import once
from api.people import Person
from settlement.bills.later_assessment import LaterAssessment, assess_later, later_assessments
from settlement.bills.reading import read_bill

router = APIRouter(prefix="/bills/{bill_id}/later-assessments", tags=["bills"])

TaxOfficer = Annotated[Person, Depends(signed_in("tax_officer"))]
Reader = Annotated[Person, Depends(signed_in("clerk", "integrator", "finance", "tax_officer"))]


class _Assessed(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    assessed_fen: int = Field(strict=True, gt=0)
    reason: str = Field(min_length=2, max_length=200, description="why, with the number of the document")


@router.post("", status_code=201, response_model=LaterAssessment)
async def assess(bill_id: UUID, found: _Assessed, request: Request, who: TaxOfficer, office: TheOffice) -> Response:
    """Records a price assessed after confirmation: a supplement or a refund proposal. Needs an `Idempotency-Key`."""

    async def act() -> tuple[int, Any]:
        own_region(who, (await read_bill(office, bill_id)).region)
        later = await assess_later(office, bill_id, found.assessed_fen, found.reason, actor(who))
        return 201, jsonable_encoder(later)

    return await once(request, who, act)


@router.get("")
async def of_bill(bill_id: UUID, who: Reader, office: TheOffice) -> list[LaterAssessment]:
    """What was assessed later of a bill, in order."""
    own_region(who, (await read_bill(office, bill_id)).region)
    async with office.database.connect() as db:
        return await later_assessments(db, bill_id)
