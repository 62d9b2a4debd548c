"""Texts to the payers: where they are reached, what was sent, and whether it arrived."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from api.access import actor, own_region, signed_in
from api.http.office import TheOffice
from api.people import Person
from settlement.bills.reading import read_bill
from settlement.messages.contacts import contacts_of, give_contact
from settlement.messages.papers_ready import write_again, write_papers_ready
from settlement.messages.sending import MessageView, messages_of
from settlement.office import Office

router = APIRouter(tags=["messages"])

Window = Annotated[Person, Depends(signed_in("clerk", "integrator"))]


class _Contact(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
    phone: str = Field(min_length=6, max_length=24)


class _Again(BaseModel):
    model_config = ConfigDict(extra="forbid")
    side: str = Field(min_length=1, max_length=16)


@router.put("/bills/{bill_id}/contacts/{side}")
async def reached_at(bill_id: UUID, side: str, given: _Contact, who: Window, office: TheOffice) -> dict[str, str]:
    """Keeps the telephone number of a side and answers the numbers of the bill, masked."""
    await _own_bill(office, bill_id, who)
    await give_contact(office, bill_id, side, given.phone, actor(who))
    await write_papers_ready(office, bill_id)
    return await contacts_of(office, bill_id)


@router.get("/messages")
async def outbox(who: Window, office: TheOffice) -> list[MessageView]:
    """The newest texts of one's own region, numbers masked."""
    return await messages_of(office, who.region)


@router.get("/bills/{bill_id}/messages")
async def of_bill(bill_id: UUID, who: Window, office: TheOffice) -> list[MessageView]:
    """The texts of a bill."""
    await _own_bill(office, bill_id, who)
    return await messages_of(office, who.region, [bill_id])


@router.post("/bills/{bill_id}/messages", status_code=201)
async def again(bill_id: UUID, wanted: _Again, who: Window, office: TheOffice) -> list[MessageView]:
    """Writes a side its text once more."""
    await _own_bill(office, bill_id, who)
    await write_again(office, bill_id, wanted.side)
    return await messages_of(office, who.region, [bill_id])


async def _own_bill(office: Office, bill_id: UUID, who: Person) -> None:
    own_region(who, (await read_bill(office, bill_id)).region)
