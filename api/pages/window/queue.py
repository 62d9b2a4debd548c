"""The queue beside every page of the window. Its filter stands in the page's own address, to be sent to a colleague."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from api.access import signed_in
from api.pages.rendering import page
from api.pages.route import PageRoute, local_path
from api.people import Person
from foundation import clock
from settlement.bills.listing import list_bills
from settlement.office import Office

router = APIRouter(route_class=PageRoute, include_in_schema=False)

Clerk = Annotated[Person, Depends(signed_in("clerk", "partner"))]

FILTERS = {
    "": (),
    "to_confirm": ("drafted", "stopped"),
    "to_pay": ("confirmed", "part_paid"),
    "arriving": ("paid", "settled"),
    "cleared": ("cleared",),
}
"""The filters by name, each with the states of the bills that it shows; the keys 1 to 5 in this order."""

WAITS = ("drafted", "stopped", "confirmed", "part_paid", "paid")
"""States in which somebody waits."""


@router.get("/window/queue")
async def queue(request: Request, who: Clerk, queue: str = "", chosen: UUID | None = None, at: str = "") -> Response:
    """The queue alone, as one filter shows it, for the page at the address `at`."""
    return page(request, "window/queue.html", **await _shown(request, who, queue, chosen, local_path(at) or "/window"))


async def queue_beside(request: Request, who: Person, chosen: UUID | None) -> dict[str, Any]:
    """What the frame of the window needs to show the queue as the page's address says."""
    at = request.url.path if request.method == "GET" else f"/window/bills/{chosen}" if chosen else "/window"
    return await _shown(request, who, request.query_params.get("queue", ""), chosen, at)


async def _shown(request: Request, who: Person, name: str, chosen: UUID | None, at: str) -> dict[str, Any]:
    office: Office = request.app.state.office
    name = name if name in FILTERS else ""
    return {
        "queue": await list_bills(office, who.region, FILTERS[name], who.only_window),
        "queue_filter": name,
        "filters": tuple(FILTERS),
        "chosen": chosen,
        "queue_at": at,
        "waits": WAITS,
        "minutes_since": minutes_since,
    }


def minutes_since(moment: datetime) -> int:
    """Whole minutes since then."""
    return int(clock.now().timestamp() - moment.timestamp()) // 60
