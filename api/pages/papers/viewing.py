"""The page of a bill's papers, and the log of what the registry was told."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from api.access import own_region, signed_in
from api.pages.rendering import page
from api.pages.route import PageRoute
from api.pages.saying import Refusal
from api.people import Person
from api.statements import statement_file
from settlement.bills.reading import BillView, read_bill
from settlement.clearance.answering import may_register
from settlement.clearance.reading import deliveries, delivery_of
from settlement.messages.contacts import contacts_of
from settlement.messages.sending import messages_of
from settlement.office import Office
from settlement.receipts.checking import checks_of
from settlement.receipts.papers import papers_of

router = APIRouter(route_class=PageRoute, include_in_schema=False)

Reader = Annotated[Person, Depends(signed_in("clerk", "finance", "tax_officer"))]


@router.get("/papers/{bill_id}")
async def of_bill(request: Request, who: Reader, bill_id: UUID) -> Response:
    """Everything that came of one bill: may it be registered, papers, checks, texts, deliveries."""
    return await papers_page(request, await own_bill(request, who, bill_id))


@router.get("/papers/{bill_id}/statements/{payer}.pdf")
async def statement(request: Request, who: Reader, bill_id: UUID, payer: str) -> Response:
    """A payer's settlement statement, for the window's printer."""
    await own_bill(request, who, bill_id)
    return await statement_file(request.app.state.office, bill_id, payer)


@router.get("/clearances")
async def log(request: Request, who: Reader) -> Response:
    """What the registry was told, those that it did not take first."""
    office: Office = request.app.state.office
    rows = await deliveries(office, who.region)
    return page(request, "papers/log.html", region=office.region(who.region), rows=rows)


async def own_bill(request: Request, who: Person, bill_id: UUID) -> BillView:
    """A bill of one's own region. NotFound or NotAllowed."""
    view = await read_bill(request.app.state.office, bill_id)
    own_region(who, view.region)
    return view


async def papers_page(request: Request, view: BillView, said: Refusal | None = None, status: int = 200) -> Response:
    """The page of a bill's papers, with what was refused, if anything."""
    office: Office = request.app.state.office
    async with office.database.connect() as db:
        checks = await checks_of(db, view.id)
    return page(
        request,
        "papers/bill.html",
        status=status,
        region=office.region(view.region),
        view=view,
        answer=await may_register(office, view.id),
        papers=await papers_of(office, [view.id]),
        checks=checks,
        sides=sorted({one.side for one in view.parties}),
        contacts=await contacts_of(office, view.id),
        texts=await messages_of(office, view.region, [view.id]),
        delivery=await delivery_of(office, view.id),
        refusal=said,
        here=f"/papers/{view.id}",
    )
