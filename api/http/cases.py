"""Cases 差错处理单: what waits for a person."""

from typing import Annotated

from fastapi import APIRouter, Depends

from api.access import signed_in
from api.http.office import TheOffice
from api.people import Person
from settlement.cases import CaseRow, list_open_cases

router = APIRouter(prefix="/cases", tags=["cases"])

Reader = Annotated[Person, Depends(signed_in("finance", "clerk"))]


@router.get("")
async def open_cases(who: Reader, office: TheOffice) -> list[CaseRow]:
    """The cases of one's own region that are not closed, oldest first."""
    async with office.database.connect() as db:
        return await list_open_cases(db, who.region)
