"""登簿结果: the registry's result comes in here; loops that stay open are read here."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from api.access import actor, signed_in
from api.http.office import TheOffice
from api.people import Person
from settlement.bills.listing import find_bill
from settlement.clearance.registering import OpenLoop, RegistrationView, hear_registration, open_loops

router = APIRouter(tags=["registrations"])

Registry = Annotated[Person, Depends(signed_in("clerk", "integrator"))]
TaxDesk = Annotated[Person, Depends(signed_in("tax_officer", "clerk", "integrator"))]


class _Registered(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
    case_number: str = Field(min_length=4, max_length=40)
    title_number: str = Field(min_length=4, max_length=80)
    registered_at: datetime
    address: str | None = Field(None, min_length=4, max_length=200)


@router.post("/registrations", status_code=201)
async def registered(told: _Registered, who: Registry, office: TheOffice) -> RegistrationView:
    """Takes the result of a case; the tax office is told of it. The same result again changes nothing."""
    bill_id = await find_bill(office, who.region, told.case_number)
    return await hear_registration(office, bill_id, told.title_number, told.registered_at, told.address, actor(who))


@router.get("/open-loops")
async def risk_list(who: TaxDesk, office: TheOffice) -> list[OpenLoop]:
    """Cleared past the region's limit, and not registered or not told to the tax office yet."""
    return await open_loops(office, who.region)
