"""一码关联: a property's history as JSON and Excel, the QR for its title, unit codes for earlier payments."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from api import qr
from api.access import actor, own_region, signed_in
from api.http.office import TheOffice
from api.pages.rendering import speech
from api.people import Person
from api.property_tables import history_tables
from api.spreadsheets import to_keep
from api.title_qr import title_address
from settlement.bills.reading import read_bill
from settlement.identities import unit_code as checked_unit_code
from settlement.property.earlier import (
    CandidateView,
    Earlier,
    candidates,
    decide_candidate,
    find_candidates,
    take_in,
)
from settlement.property.history import PropertyHistory, property_history, taxed_items

router = APIRouter(tags=["properties"])

Reader = Annotated[Person, Depends(signed_in("clerk", "finance", "tax_officer", "integrator"))]
Matcher = Annotated[Person, Depends(signed_in("clerk", "tax_officer"))]


class _Earlier(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
    item: str = Field(pattern=r"^[a-z_]{3,32}$")
    amount_fen: int = Field(gt=0, strict=True)
    paid_on: date
    certificate_number: str = Field(min_length=4, max_length=64)
    title_number: str | None = Field(None, min_length=4, max_length=80)
    address: str | None = Field(None, min_length=4, max_length=200)
    unit_code: str | None = None


class _Decision(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
    accept: bool
    reason: str = Field(min_length=2, max_length=200)


@router.get("/properties/{unit_code}")
async def history(unit_code: str, who: Reader, office: TheOffice) -> PropertyHistory:
    """Bills, payments, certificates, receipts and titles of a property over the years; parties masked."""
    return await property_history(office, who.region, unit_code)


@router.get("/properties/{unit_code}/export", response_class=Response)
async def export(
    request: Request, unit_code: str, who: Reader, office: TheOffice, form: Literal["xlsx", "csv"] = "xlsx"
) -> Response:
    """The same as an Excel workbook, a sheet a subject; as CSV its lines alone."""
    found = await property_history(office, who.region, unit_code)
    return to_keep(f"property-{found.unit_code}", form, *history_tables(speech(request), found))


@router.get("/bills/{bill_id}/title-qr.svg", response_class=Response)
async def title_code(request: Request, bill_id: UUID, who: Reader, office: TheOffice) -> Response:
    """The QR with the certificates' data, to be printed on the title; signed, so that a copy cannot be altered."""
    view = await read_bill(office, bill_id)
    own_region(who, view.region)
    address = title_address(request.app.state.signer, office, view, await taxed_items(office, bill_id))
    return Response(qr.svg(address), media_type="image/svg+xml")


@router.post("/earlier-payments", status_code=201)
async def bring(payments: list[_Earlier], who: Matcher, office: TheOffice) -> dict[str, int]:
    """Takes payments from before this system in, at most some thousands at a time, and looks for their unit codes."""
    rows = [
        Earlier(**{**one.model_dump(), "unit_code": one.unit_code and checked_unit_code(one.unit_code)})
        for one in payments
    ]
    taken = await take_in(office, who.region, rows, actor(who))
    return {"taken_in": taken, "candidates": await find_candidates(office, who.region)}


@router.get("/unit-code-candidates")
async def proposed(
    who: Matcher, office: TheOffice, state: Literal["proposed", "accepted", "rejected"] = "proposed"
) -> list[CandidateView]:
    """Unit codes that wait for a person's yes, the surest first."""
    return await candidates(office, who.region, state)


@router.post("/unit-code-candidates/{candidate_id}/decision", status_code=204)
async def decided(candidate_id: UUID, said: _Decision, who: Matcher, office: TheOffice) -> None:
    """A person's yes or no, recorded with the reason."""
    await decide_candidate(office, who.region, candidate_id, accept=said.accept, reason=said.reason, actor=actor(who))
