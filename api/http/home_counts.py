"""Home counts 套数: asked for beforehand, and shown with the bill that rests on one."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from api.access import actor, own_region, signed_in
from api.http.office import TheOffice
from api.people import Person
from settlement.bills.reading import read_bill
from settlement.homes import HomeCount, parse_homes, settle_count
from settlement.homes.keeping import count_of_bill
from settlement.identities import unit_code

router = APIRouter(tags=["home count"])

Window = Annotated[Person, Depends(signed_in("clerk", "tax_officer", "integrator"))]
Reader = Annotated[Person, Depends(signed_in("clerk", "integrator", "finance", "tax_officer"))]


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")

    region: str = Field(pattern=r"^[1-9][0-9]{5}$")
    contract_date: date
    unit_code: str | None = None
    homes: dict[str, Any]


@router.post("/home-counts")
async def count(asked: _Asked, who: Window) -> HomeCount:
    """How many homes a family has before a purchase, with the evidence. Nothing is stored."""
    bought = None if asked.unit_code is None else unit_code(asked.unit_code)
    return settle_count(parse_homes(asked.homes), asked.region, asked.contract_date, bought, actor(who))


@router.get("/bills/{bill_id}/home-count")
async def of_bill(bill_id: UUID, who: Reader, office: TheOffice) -> HomeCount:
    """The count on which a bill rests, with the evidence; personal data masked."""
    own_region(who, (await read_bill(office, bill_id)).region)
    async with office.database.connect() as db:
        return await count_of_bill(db, bill_id)
