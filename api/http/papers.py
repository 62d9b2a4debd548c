"""Papers of a bill: certificates, e-receipts, statements; checked, opened for a reason, taken back by red letters."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from api.access import actor, own, own_region, signed_in
from api.http.office import TheOffice
from api.people import Person
from api.statements import statement_file
from foundation.errors import NotFound
from settlement.bills.reading import read_bill
from settlement.office import Office
from settlement.ports.tax_papers import PaperFile
from settlement.receipts.checking import CheckView, check_certificate, check_linked, checks_of
from settlement.receipts.papers import PaperView, open_paper, paper_view, papers_of
from settlement.receipts.red_letters import (
    RedLetterView,
    approve_red_letter,
    propose_red_letter,
    read_red_letter,
    reject_red_letter,
)
from settlement.refunds.reading import read_refund

router = APIRouter(tags=["papers"])

Reader = Annotated[Person, Depends(signed_in("clerk", "partner", "finance", "tax_officer", "integrator"))]
Checker = Annotated[Person, Depends(signed_in("clerk", "integrator", "tax_officer"))]
Finance = Annotated[Person, Depends(signed_in("finance"))]


class _Reason(BaseModel):
    reason: str = Field(min_length=2, max_length=200)


class _Certificate(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
    number: str = Field(pattern=r"^[0-9A-Za-z()（）字第号-]{4,64}$")
    kind: str = Field("税收完税证明", min_length=2, max_length=40)


@router.get("/bills/{bill_id}/papers")
async def of_bill(bill_id: UUID, who: Reader, office: TheOffice) -> list[PaperView]:
    """The papers of a bill: kind, number, size, digest; not what is in them."""
    await _own_bill(office, bill_id, who)
    return await papers_of(office, [bill_id])


@router.post("/papers/{paper_id}/open", response_class=Response)
async def download(paper_id: UUID, why: _Reason, who: Reader, office: TheOffice) -> Response:
    """The file itself. It names people in full, so the look is recorded with its reason."""
    view = await paper_view(office, paper_id)
    await _own_bill(office, view.bill_id, who)
    return as_file(view, await open_paper(office, paper_id, actor(who), why.reason))


@router.get("/bills/{bill_id}/statements/{payer}.pdf", response_class=Response)
async def statement(bill_id: UUID, payer: str, who: Reader, office: TheOffice) -> Response:
    """The settlement statement of what one payer paid, masked, with the ledger's proofs attached."""
    await _own_bill(office, bill_id, who)
    return await statement_file(office, bill_id, payer)


@router.get("/bills/{bill_id}/certificate-checks")
async def checks(bill_id: UUID, who: Reader, office: TheOffice) -> list[CheckView]:
    """The last check of each certificate; one that `stops` holds the registration."""
    await _own_bill(office, bill_id, who)
    async with office.database.connect() as db:
        return await checks_of(db, bill_id)


@router.post("/bills/{bill_id}/certificate-checks")
async def check(bill_id: UUID, who: Checker, office: TheOffice, typed: _Certificate | None = None) -> list[CheckView]:
    """Checks a certificate that a person read from the paper or, without a body, those linked to the bill."""
    await _own_bill(office, bill_id, who)
    if typed is None:
        return await check_linked(office, bill_id)
    return [await check_certificate(office, bill_id, typed.number, typed.kind, actor(who))]


@router.post("/refunds/{refund_id}/lines/{line_id}/red-letter", status_code=201)
async def propose_red(refund_id: UUID, line_id: UUID, why: _Reason, who: Finance, office: TheOffice) -> RedLetterView:
    """Proposes the red-letter e-receipt 冲红 of an approved fee line; the platform is asked how the receipt stands."""
    await _own_line(office, refund_id, line_id, who)
    return await propose_red_letter(office, line_id, actor(who), why.reason)


@router.get("/refunds/{refund_id}/lines/{line_id}/red-letter")
async def red(refund_id: UUID, line_id: UUID, who: Finance, office: TheOffice) -> RedLetterView:
    """How far it is, with the receipt once it was issued."""
    await _own_line(office, refund_id, line_id, who)
    return await read_red_letter(office, line_id)


@router.post("/refunds/{refund_id}/lines/{line_id}/red-letter/approve")
async def approve_red(refund_id: UUID, line_id: UUID, who: Finance, office: TheOffice) -> RedLetterView:
    """Has the platform issue it, as the second person; the same one when anybody of finance repeats it."""
    await _own_line(office, refund_id, line_id, who)
    return await approve_red_letter(office, line_id, actor(who))


@router.post("/refunds/{refund_id}/lines/{line_id}/red-letter/reject", status_code=204)
async def reject_red(refund_id: UUID, line_id: UUID, why: _Reason, who: Finance, office: TheOffice) -> None:
    """Rejects it, with the reason."""
    await _own_line(office, refund_id, line_id, who)
    await reject_red_letter(office, line_id, actor(who), why.reason)


async def _own_line(office: Office, refund_id: UUID, line_id: UUID, who: Person) -> None:
    view = await read_refund(office, refund_id)
    own_region(who, view.region)
    if line_id not in {one.id for one in view.lines}:
        raise NotFound(f"refund {view.number} has no line {line_id}")


def as_file(view: PaperView, file: PaperFile) -> Response:
    """A paper as a download under its number."""
    name = f"{view.kind}-{view.number}.pdf"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(file.content, media_type=file.media_type, headers=headers)


async def _own_bill(office: Office, bill_id: UUID, who: Person) -> None:
    own(who, await read_bill(office, bill_id))
