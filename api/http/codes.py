"""The payment code of a bill as a picture."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from api import qr
from api.access import own, signed_in
from api.http.office import TheOffice
from api.people import Person
from foundation.errors import NotFound
from settlement.bills.reading import read_bill
from settlement.office import Office

router = APIRouter(prefix="/bills/{bill_id}", tags=["payment code"])

Window = Annotated[Person, Depends(signed_in("clerk", "partner", "integrator"))]


@router.get("/code.svg")
async def as_svg(bill_id: UUID, who: Window, office: TheOffice) -> Response:
    """The QR as SVG."""
    return Response(qr.svg(await _address(office, bill_id, who)), media_type="image/svg+xml")


@router.get("/code.png")
async def as_png(bill_id: UUID, who: Window, office: TheOffice) -> Response:
    """The QR as PNG, for the slip."""
    return Response(qr.png(await _address(office, bill_id, who)), media_type="image/png")


async def _address(office: Office, bill_id: UUID, who: Person) -> str:
    view = await read_bill(office, bill_id)
    own(who, view)
    if view.code is None:
        raise NotFound("缴款单尚未确认，还没有缴款码。The bill is not confirmed yet; it has no code.")
    return view.code.address
