"""未收款确认: what an institution was told of never came, in its own writing, so that a refund goes by the channel."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from api.access import actor, own_region, signed_in
from api.http.office import TheOffice
from api.people import Person
from settlement.office import Office
from settlement.refunds.non_receipt import (
    Letter,
    ToldView,
    approve_non_receipt,
    ask_institution,
    drop_non_receipt,
    propose_non_receipt,
    told_lines,
)
from settlement.refunds.reading import read_refund

router = APIRouter(prefix="/refunds/{refund_id}", tags=["refunds"])

Finance = Annotated[Person, Depends(signed_in("finance"))]


class _Letter(BaseModel):
    """The institution's letter: its number, its day, and one sentence on what was found out."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
    letter_no: str = Field(min_length=2, max_length=60)
    letter_on: date
    reason: str = Field(min_length=2, max_length=200)


class _Reason(BaseModel):
    reason: str = Field(min_length=2, max_length=200)


@router.get("/non-receipts")
async def told(refund_id: UUID, who: Finance, office: TheOffice) -> list[ToldView]:
    """What of a refund its institution was told of, one for each voucher or pay code, and what is asked about it."""
    await _own(office, refund_id, who)
    return await told_lines(office, refund_id)


@router.post("/lines/{line_id}/non-receipt", status_code=201)
async def ask(refund_id: UUID, line_id: UUID, who: Finance, office: TheOffice) -> list[ToldView]:
    """Says that the institution is being asked what it has of a line; it is not told of the payment meanwhile."""
    await _own(office, refund_id, who)
    await ask_institution(office, refund_id, line_id, actor(who))
    return await told_lines(office, refund_id)


@router.post("/lines/{line_id}/non-receipt/letter")
async def enter(refund_id: UUID, line_id: UUID, said: _Letter, who: Finance, office: TheOffice) -> list[ToldView]:
    """Enters the letter by which it says that it has nothing; another person approves."""
    await _own(office, refund_id, who)
    letter = Letter(said.letter_no, said.letter_on, said.reason)
    await propose_non_receipt(office, refund_id, line_id, letter, actor(who))
    return await told_lines(office, refund_id)


@router.post("/lines/{line_id}/non-receipt/approve")
async def approve(refund_id: UUID, line_id: UUID, who: Finance, office: TheOffice) -> list[ToldView]:
    """Agrees, as another person: the refund holds the money, and once approved goes back through the channel."""
    await _own(office, refund_id, who)
    await approve_non_receipt(office, refund_id, line_id, actor(who))
    return await told_lines(office, refund_id)


@router.post("/lines/{line_id}/non-receipt/drop")
async def drop(refund_id: UUID, line_id: UUID, why: _Reason, who: Finance, office: TheOffice) -> list[ToldView]:
    """Asks no more, or does not accept the letter: the institution is told of the payment again."""
    await _own(office, refund_id, who)
    await drop_non_receipt(office, refund_id, line_id, actor(who), why.reason)
    return await told_lines(office, refund_id)


async def _own(office: Office, refund_id: UUID, who: Person) -> None:
    own_region(who, (await read_refund(office, refund_id)).region)
