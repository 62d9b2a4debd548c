"""Cases 差错处理单: what waits for a person."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from sqlalchemy import select

from api.access import signed_in
from api.http.office import TheOffice
from api.people import Person
from settlement.cases import UNSETTLED, office_case

router = APIRouter(prefix="/cases", tags=["cases"])

_CASES_MAX = 500

Reader = Annotated[Person, Depends(signed_in("finance", "clerk"))]


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A case in a list; `seen` counts how often the same thing was met."""

    id: UUID
    kind: str
    state: str
    reason: str
    amount_fen: int
    seen: int
    bill_id: UUID | None
    business_day: date
    opened_at: datetime


@router.get("")
async def open_cases(who: Reader, office: TheOffice) -> list[CaseRow]:
    """The cases of one's own region that are not closed, oldest first."""
    wanted = (
        select(office_case)
        .where(office_case.c.region == who.region, office_case.c.state.in_(UNSETTLED))
        .order_by(office_case.c.opened_at)
        .limit(_CASES_MAX)
    )
    async with office.database.connect() as db:
        rows = (await db.execute(wanted)).all()
    return [
        CaseRow(
            row.id,
            row.kind,
            row.state,
            row.reason,
            row.amount_fen,
            row.seen,
            row.bill_id,
            row.business_day,
            row.opened_at,
        )
        for row in rows
    ]
