"""Clearances 税费缴清: asked by the registry, and the log of what it was told."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends

from api.access import actor, own_region, signed_in
from api.http.office import TheOffice
from api.people import Person
from foundation.errors import NotFound
from settlement.bills.listing import find_bill
from settlement.bills.reading import read_bill
from settlement.clearance.answering import ClearanceAnswer, may_register
from settlement.clearance.reading import DeliveryView, deliveries, delivery_of
from settlement.clearance.telling import replay
from settlement.office import Office

router = APIRouter(tags=["clearances"])

Reader = Annotated[Person, Depends(signed_in("clerk", "finance", "tax_officer", "integrator"))]
Sender = Annotated[Person, Depends(signed_in("clerk", "finance", "integrator"))]


@router.get("/clearances/{number}")
async def asked(number: str, who: Reader, office: TheOffice) -> ClearanceAnswer:
    """May this case be registered? By case number 受理编号 or bill number; each open line says what to do."""
    return await may_register(office, await find_bill(office, who.region, number))


@router.get("/clearance-deliveries")
async def log(who: Reader, office: TheOffice, state: str | None = None) -> list[DeliveryView]:
    """What the registry of one's own region was told, with every try; `state` waiting, delivered or given_up."""
    return await deliveries(office, who.region, state)


@router.get("/bills/{bill_id}/clearance-delivery")
async def log_of_bill(bill_id: UUID, who: Reader, office: TheOffice) -> DeliveryView:
    """The delivery of one bill with every try."""
    await _own_bill(office, bill_id, who)
    found = await delivery_of(office, bill_id)
    if found is None:
        raise NotFound(f"the registry was told nothing of bill {bill_id} yet")
    return found


@router.post("/bills/{bill_id}/clearance-delivery/replay")
async def again(bill_id: UUID, who: Sender, office: TheOffice) -> DeliveryView:
    """Sends the same message again, under the same webhook-id."""
    await _own_bill(office, bill_id, who)
    await replay(office, bill_id, actor(who))
    return await log_of_bill(bill_id, who, office)


async def _own_bill(office: Office, bill_id: UUID, who: Person) -> None:
    own_region(who, (await read_bill(office, bill_id)).region)
