"""Month statements: for finance, for the window, and for the bank that has to pay."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from api import qr
from api.access import signed_in
from api.months import months_of, own_month
from api.pages.rendering import page
from api.pages.route import PageRoute
from api.people import Person
from settlement.office import Office

router = APIRouter(route_class=PageRoute, include_in_schema=False)

Reader = Annotated[Person, Depends(signed_in("clerk", "partner", "finance"))]


@router.get("/months")
async def months(request: Request, who: Reader) -> Response:
    """Every statement, the newest first."""
    office: Office = request.app.state.office
    region = office.region(who.region)
    return page(request, "months/all.html", region=region, statements=await months_of(office, who), here="/months")


@router.get("/months/{statement_id}")
async def one_month(request: Request, who: Reader, statement_id: UUID) -> Response:
    """A statement with its code, its lines and the files to keep."""
    office: Office = request.app.state.office
    found = await own_month(office, who, statement_id)
    return page(
        request,
        "months/one.html",
        region=office.region(who.region),
        view=found,
        head=found.head,
        code=qr.svg(found.head.address).decode(),
        here=f"/months/{statement_id}",
    )
