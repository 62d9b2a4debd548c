"""A bill at the window: its breakdown, its code, and its progress that moves by itself."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from api.access import own_region, signed_in
from api.pages.moves import stream_of
from api.pages.rendering import page
from api.pages.route import PageRoute
from api.pages.saying import Refusal
from api.pages.window.progress import WORDS_OF, print_of, record, stages
from api.people import Person
from foundation.errors import NotFound
from settlement.bills.reading import BillView, find_bill, list_bills, read_bill
from settlement.bills.tables import bills
from settlement.office import Office

router = APIRouter(route_class=PageRoute, include_in_schema=False)

Clerk = Annotated[Person, Depends(signed_in("clerk"))]


@router.get("/window/bills/{bill_id}")
async def bill(request: Request, who: Clerk, bill_id: UUID) -> Response:
    """One bill with the queue beside it."""
    return await bill_page(request, who, await own_bill(request, who, bill_id))


@router.get("/window/queue")
async def queue(request: Request, who: Clerk, state: str = "", chosen: UUID | None = None) -> Response:
    """The queue, all of it or of one state."""
    office: Office = request.app.state.office
    rows = await list_bills(office, who.region, [state] if state in bills.states else ())
    return page(request, "window/queue.html", queue=rows, chosen=chosen, state=state)


@router.get("/window/find")
async def find(request: Request, who: Clerk, number: str = "") -> Response:
    """The bill with a bill number or case number."""
    try:
        bill_id = await find_bill(request.app.state.office, who.region, number.strip())
    except NotFound:
        return page(request, "window/not_found.html", status=404, number=number)
    return RedirectResponse(f"/window/bills/{bill_id}", 303)


@router.get("/window/bills/{bill_id}/progress")
async def progress(request: Request, who: Clerk, bill_id: UUID, seen: str = "") -> Response:
    """The right pane of a bill; nothing (204) where it is still as it was seen."""
    view = await own_bill(request, who, bill_id)
    if seen == print_of(view):
        return Response(status_code=204)
    return page(request, "window/moved.html", **_right(request, view))


@router.get("/window/bills/{bill_id}/events")
async def events(request: Request, who: Clerk, bill_id: UUID) -> Response:
    """Says `moved` whenever the bill moves. Where this does not get through, the page asks now and then by itself."""
    await own_bill(request, who, bill_id)
    return stream_of(request.app.state.office, bill_id)


@router.get("/window/bills/{bill_id}/slip")
async def slip(request: Request, who: Clerk, bill_id: UUID) -> Response:
    """The code alone, large: for the second screen and for the printer."""
    view = await own_bill(request, who, bill_id)
    office: Office = request.app.state.office
    return page(request, "window/slip.html", view=view, region=office.region(view.region))


async def own_bill(request: Request, who: Person, bill_id: UUID) -> BillView:
    """A bill of the clerk's own region. NotFound or NotAllowed."""
    view = await read_bill(request.app.state.office, bill_id)
    own_region(who, view.region)
    return view


async def bill_page(
    request: Request, who: Person, view: BillView, said: Refusal | None = None, status: int = 200
) -> Response:
    """The page of a bill, with what was refused, if anything."""
    office: Office = request.app.state.office
    return page(
        request,
        "window/bill.html",
        status=status,
        region=office.region(view.region),
        queue=await list_bills(office, who.region),
        chosen=view.id,
        state="",
        refusal=said,
        here=f"/window/bills/{view.id}",
        **_right(request, view),
    )


def _right(request: Request, view: BillView) -> dict[str, Any]:
    office: Office = request.app.state.office
    return {
        "scans": office.institutions[view.region].channel.scans_payers_codes,
        "view": view,
        "stages": stages(view),
        "record": record(view),
        "words_of": WORDS_OF,
        "seen": print_of(view),
    }
