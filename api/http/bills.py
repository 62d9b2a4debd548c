"""Bills: taken in, split, confirmed, watched, withdrawn."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Body, Depends, Request
from fastapi.encoders import jsonable_encoder
from fastapi.responses import Response
from pydantic import BaseModel, Field

from api.access import actor, own, own_region, signed_in
from api.http.office import TheOffice
from api.idempotency import once
from api.people import Person
from settlement.bills.confirmation import confirm_bill
from settlement.bills.drafting import choose_split, draft_bill
from settlement.bills.intake import parse_case, parse_split
from settlement.bills.listing import BillRow, find_bill, list_bills
from settlement.bills.reading import BillView, read_bill
from settlement.bills.recomputing import Recomputation, recomputation
from settlement.bills.revealing import Revealed, reveal_parties
from settlement.bills.withdrawal import withdraw_bill
from settlement.office import Office
from settlement.payments.cards import cancel_sale, sell_by_card
from settlement.payments.closing import cancel_code, replace_code
from settlement.payments.codes import unlock
from settlement.payments.queries import query_bill
from settlement.payments.scanning import scan_payers_code

router = APIRouter(prefix="/bills", tags=["bills"])

Window = Annotated[Person, Depends(signed_in("clerk", "partner", "integrator"))]
Desk = Annotated[Person, Depends(signed_in("clerk", "integrator"))]
"""What needs the payer or their document at the registry's own counter."""

Reader = Annotated[Person, Depends(signed_in("clerk", "partner", "integrator", "finance", "tax_officer"))]


class _Reason(BaseModel):
    reason: str = Field(min_length=2, max_length=200)


class _Payer(BaseModel):
    payer: str = Field(min_length=1, max_length=16, description="the side whose share it is")


class _Sale(_Payer):
    terminal: str = Field(min_length=1, max_length=16, description="the number of a card terminal of the region")


class _Scan(BaseModel):
    payer: Literal["transferee", "transferor"]
    payer_code: str = Field(min_length=1, max_length=32, description="what stands under the payer's code")


@router.post("", status_code=201, response_model=BillView)
async def take_in(
    content: Annotated[dict[str, Any], Body()], request: Request, who: Window, office: TheOffice
) -> Response:
    """Takes a case in and answers the bill with its lines. Needs an `Idempotency-Key`."""

    async def act() -> tuple[int, Any]:
        case = parse_case(content)
        own_region(who, case.transaction.region)
        bill_id = await draft_bill(office, case, actor(who))
        return 201, jsonable_encoder(await read_bill(office, bill_id))

    return await once(request, who, act)


@router.get("")
async def bills(who: Reader, office: TheOffice, state: str | None = None) -> list[BillRow]:
    """The newest bills of one's own region, of one state or of all."""
    return await list_bills(office, who.region, [state] if state else [], who.only_window)


@router.get("/by-number/{text}")
async def by_number(text: str, who: Reader, office: TheOffice) -> BillView:
    """The bill with a bill number or a case number 受理编号."""
    return await read_bill(office, await find_bill(office, who.region, text, who.only_window))


@router.get("/{bill_id}")
async def one_bill(bill_id: UUID, who: Reader, office: TheOffice) -> BillView:
    """A bill with lines, shares, code, allocation and history; personal data masked."""
    return await _own_bill(office, bill_id, who)


@router.post("/{bill_id}/split")
async def choose(bill_id: UUID, content: Annotated[Any, Body()], who: Window, office: TheOffice) -> BillView:
    """Chooses who pays what, until the bill is confirmed."""
    await _own_bill(office, bill_id, who)
    await choose_split(office, bill_id, parse_split(content))
    return await read_bill(office, bill_id)


@router.post("/{bill_id}/confirm", response_model=BillView)
async def confirm(bill_id: UUID, request: Request, who: Window, office: TheOffice) -> Response:
    """Declares the bill to the institutions and issues its code. Needs an `Idempotency-Key`."""

    async def act() -> tuple[int, Any]:
        await _own_bill(office, bill_id, who)
        await confirm_bill(office, bill_id, actor(who))
        return 200, jsonable_encoder(await read_bill(office, bill_id))

    return await once(request, who, act)


@router.post("/{bill_id}/withdraw")
async def withdraw(bill_id: UUID, why: _Reason, who: Window, office: TheOffice) -> BillView:
    """Withdraws a bill that nobody has paid; the channel is asked first."""
    await _own_bill(office, bill_id, who)
    await withdraw_bill(office, bill_id, actor(who), why.reason)
    return await read_bill(office, bill_id)


@router.post("/{bill_id}/replace-code", response_model=BillView)
async def replace(bill_id: UUID, why: _Reason, request: Request, who: Window, office: TheOffice) -> Response:
    """Issues another code in place of the bill's; the channel is asked first. Needs an `Idempotency-Key`."""

    async def act() -> tuple[int, Any]:
        await _own_bill(office, bill_id, who)
        await replace_code(office, bill_id, actor(who), why.reason)
        return 200, jsonable_encoder(await read_bill(office, bill_id))

    return await once(request, who, act)


@router.post("/{bill_id}/cancel-code")
async def cancel(bill_id: UUID, why: _Reason, who: Window, office: TheOffice) -> BillView:
    """Takes the bill's code back: nothing can be started with it; the channel is asked about what was started."""
    await _own_bill(office, bill_id, who)
    await cancel_code(office, bill_id, actor(who), why.reason)
    return await read_bill(office, bill_id)


@router.post("/{bill_id}/query")
async def query(bill_id: UUID, who: Window, office: TheOffice) -> BillView:
    """Asks the channel now whether the bill's orders were paid, also those that ran out unpaid."""
    await _own_bill(office, bill_id, who)
    await query_bill(office, bill_id)
    return await read_bill(office, bill_id)


@router.post("/{bill_id}/scans", response_model=BillView)
async def scan(bill_id: UUID, scanned: _Scan, request: Request, who: Desk, office: TheOffice) -> Response:
    """Takes what a payer has to pay next with the code that they show (被扫). Needs an `Idempotency-Key`.

    The answer is the bill as it is afterwards; where the channel does not know yet, its order is still open.
    """

    async def act() -> tuple[int, Any]:
        await _own_bill(office, bill_id, who)
        await scan_payers_code(office, bill_id, scanned.payer, scanned.payer_code, actor(who))
        return 200, jsonable_encoder(await read_bill(office, bill_id))

    return await once(request, who, act)


@router.post("/{bill_id}/card-sales", response_model=BillView)
async def sell(bill_id: UUID, sale: _Sale, request: Request, who: Desk, office: TheOffice) -> Response:
    """Has a card terminal ask for a card for what a payer has to pay next. Needs an `Idempotency-Key`.

    The answer is the bill with the order open; what becomes of it shows on the bill.
    """

    async def act() -> tuple[int, Any]:
        await _own_bill(office, bill_id, who)
        await sell_by_card(office, bill_id, sale.payer, sale.terminal, actor(who))
        return 200, jsonable_encoder(await read_bill(office, bill_id))

    return await once(request, who, act)


@router.post("/{bill_id}/card-sales/cancel")
async def stop_sale(bill_id: UUID, payer: _Payer, who: Desk, office: TheOffice) -> BillView:
    """Stops a sale for which no card was read yet."""
    await _own_bill(office, bill_id, who)
    await cancel_sale(office, bill_id, payer.payer, actor(who))
    return await read_bill(office, bill_id)


@router.post("/{bill_id}/unlock")
async def unlock_code(bill_id: UUID, who: Desk, office: TheOffice) -> BillView:
    """Lets the citizen try the last four characters again, after the window saw the document."""
    await _own_bill(office, bill_id, who)
    await unlock(office, bill_id)
    return await read_bill(office, bill_id)


@router.get("/{bill_id}/recomputation")
async def worked_out_again(bill_id: UUID, who: Reader, office: TheOffice) -> Recomputation:
    """The bill worked out again under the rule set it was made with, compared to the byte."""
    await _own_bill(office, bill_id, who)
    return await recomputation(office, bill_id)


@router.post("/{bill_id}/reveal")
async def reveal(bill_id: UUID, why: _Reason, who: Desk, office: TheOffice) -> list[Revealed]:
    """The parties unmasked, for a reason that is recorded with the name of who asked."""
    await _own_bill(office, bill_id, who)
    return await reveal_parties(office, bill_id, actor(who), why.reason)


async def _own_bill(office: Office, bill_id: UUID, who: Person) -> BillView:
    view = await read_bill(office, bill_id)
    own(who, view)
    return view
