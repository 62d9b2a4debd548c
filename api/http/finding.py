"""Search by any number."""

from typing import Annotated

from fastapi import APIRouter, Depends

from api.access import signed_in
from api.http.office import TheOffice
from api.people import Person
from reconciliation.finding import Found, find

router = APIRouter(prefix="/find", tags=["reconciliation"])

Reader = Annotated[Person, Depends(signed_in("finance", "clerk"))]


@router.get("")
async def by_number(number: str, who: Reader, office: TheOffice) -> list[Found]:
    """Everything of one's region with a number: bill, case or unit number, order, query id, voucher, receipt, case."""
    async with office.database.connect() as db:
        return await find(db, who.region, number)
