"""Search at the window: whatever number lies on the counter finds its bill."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from api.access import signed_in
from api.pages.rendering import page, speech
from api.pages.route import PageRoute
from api.pages.saying import refusal
from api.people import Person
from api.problems import status_of
from foundation.errors import BadInput, NotFound
from reconciliation.finding import Found
from reconciliation.finding import find as find_number
from settlement.bills.listing import find_bill
from settlement.bills.parties import TAIL, PartyFound, find_by_tail
from settlement.office import Office

router = APIRouter(route_class=PageRoute, include_in_schema=False)

Clerk = Annotated[Person, Depends(signed_in("clerk", "partner"))]


@router.get("/window/find")
async def find(request: Request, who: Clerk, number: str = "") -> Response:
    """Everything that carries a number, or the parties whose document ends with four characters.

    What leads to one bill alone is that bill.
    """
    office: Office = request.app.state.office
    wanted = "".join(number.split())
    said = None
    try:
        return RedirectResponse(f"/window/bills/{await find_bill(office, who.region, wanted, who.only_window)}", 303)
    except NotFound:
        pass
    except BadInput as error:  # looks like a bill's number, but for a slip of the finger; it may be another number
        said = error
    if who.only_window:  # what else carries a number belongs to the registry
        return _page(request, who, number, said)
    try:
        async with office.database.connect() as db:
            found = [one for one in await find_number(db, who.region, wanted) if one.bill_id]
            people = await find_by_tail(office, db, who.region, wanted) if len(wanted) == TAIL else ()
    except BadInput as error:
        return _page(request, who, number, error)
    bills = {one.bill_id for one in found} | {one.bill_id for one in people}
    if len(bills) == 1:
        return RedirectResponse(f"/window/bills/{bills.pop()}", 303)
    return _page(request, who, number, None if bills else said, found, people)


def _page(
    request: Request,
    who: Person,
    number: str,
    error: BadInput | None,
    found: Sequence[Found] = (),
    people: Sequence[PartyFound] = (),
) -> Response:
    office: Office = request.app.state.office
    return page(
        request,
        "window/found.html",
        status=status_of(error) if error else 200 if found or people else 404,
        region=office.region(who.region),
        number=number.strip(),
        found=found,
        people=people,
        refusal=refusal(error, speech(request)) if error else None,
    )
