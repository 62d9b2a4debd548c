"""A bill at the window: its breakdown, its code, and its progress that moves by itself."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from api.access import own, signed_in
from api.pages.moves import stream_of
from api.pages.rendering import page
from api.pages.route import PageRoute
from api.pages.saying import Refusal
from api.pages.window.facts import facts_of
from api.pages.window.progress import WORDS_OF, print_of, record, stages
from api.pages.window.queue import queue_beside
from api.pages.window.reasons import REASONS
from api.people import Person
from settlement.assessment import rules_in_force
from settlement.bills.differences import from_the_last
from settlement.bills.later_assessment import later_assessments
from settlement.bills.reading import BillView, read_bill
from settlement.bills.revealing import Revealed
from settlement.homes.keeping import count_if_any
from settlement.messages.contacts import contacts_of
from settlement.messages.sending import messages_of
from settlement.office import Office
from settlement.payments.cards import latest_sales
from settlement.regions import Region

router = APIRouter(route_class=PageRoute, include_in_schema=False)

Clerk = Annotated[Person, Depends(signed_in("clerk", "partner"))]

TERMINAL_COOKIE = "heyi_terminal"
"""Which card terminal this clerk used last: the one of their own window."""


@router.get("/window/bills/{bill_id}")
async def bill(request: Request, who: Clerk, bill_id: UUID) -> Response:
    """One bill with the queue beside it."""
    return await bill_page(request, who, await own_bill(request, who, bill_id))


@router.get("/window/bills/{bill_id}/progress")
async def progress(request: Request, who: Clerk, bill_id: UUID, seen: str = "") -> Response:
    """The right pane of a bill; nothing (204) where it is still as it was seen."""
    view = await own_bill(request, who, bill_id)
    if seen == print_of(view):
        return Response(status_code=204)
    return page(request, "window/moved.html", refusal=None, **await _right(request, view))


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
    """A bill of the clerk's own region, or of a partner's own window. NotFound or NotAllowed."""
    view = await read_bill(request.app.state.office, bill_id)
    own(who, view)
    return view


async def bill_page(
    request: Request,
    who: Person,
    view: BillView,
    said: Refusal | None = None,
    status: int = 200,
    revealed: Sequence[Revealed] = (),
) -> Response:
    """The page of a bill, with what was refused, if anything, and with the parties unmasked where that was asked."""
    office: Office = request.app.state.office
    return page(
        request,
        "window/bill.html",
        status=status,
        region=office.region(view.region),
        refusal=said,
        revealed=revealed,
        here=f"/window/bills/{view.id}",
        **await queue_beside(request, who, view.id),
        **await _beside(office, view),
        **await _right(request, view),
    )


async def _beside(office: Office, view: BillView) -> dict[str, Any]:
    """What stands below the lines: facts and their sources, what changed, whom to write to."""
    async with office.database.connect() as db:
        difference = await from_the_last(db, view.id)
        later = await later_assessments(db, view.id)
        count = await count_if_any(db, view.id)
    return {
        "difference": difference,
        "later": later,
        "home_count": count,
        "facts": facts_of(view, count),
        "fact_words": rules_in_force().vocabulary,
        "contacts": await contacts_of(office, view.id),
        "texts": await messages_of(office, view.region, [view.id]),
    }


async def _right(request: Request, view: BillView) -> dict[str, Any]:
    office: Office = request.app.state.office
    async with office.database.connect() as db:
        sales = await latest_sales(db, view.id)
    return {
        "scans": office.institutions[view.region].channel.scans_payers_codes,
        "terminals": terminals_at_windows(office.region(view.region)),
        "last_terminal": request.cookies.get(TERMINAL_COOKIE, ""),
        "code_most_fen": office.region(view.region).channel.code_most_fen,
        "sales": sales,
        "view": view,
        "reasons": REASONS,
        "stages": stages(view),
        "record": record(view),
        "words_of": WORDS_OF,
        "seen": print_of(view),
    }


def terminals_at_windows(region: Region) -> Mapping[str, str]:
    """The card terminals that a clerk may use, by number, with where they stand: all but those built into kiosks."""
    in_kiosks = {one.terminal for one in region.kiosks.values()}
    return {number: one.window for number, one in region.terminals.items() if number not in in_kiosks}
