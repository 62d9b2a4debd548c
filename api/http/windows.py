"""Windows of a district: which are open on a day, and changes by two administrators."""

from dataclasses import asdict
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from api.access import actor, signed_in
from api.http.office import TheOffice
from api.people import Person
from foundation import clock
from settlement.windows.deciding import approve_window, propose_window, reject_window
from settlement.windows.reading import WindowVersion, window_versions_of, windows_on
from settlement.windows.window import WindowContent

router = APIRouter(prefix="/windows", tags=["administration"])

Administrator = Annotated[Person, Depends(signed_in("administrator"))]


class _Wish(WindowContent):
    code: str = Field(description="2 to 16 capitals, digits and hyphens")
    first_day: date
    last_day: date | None = None
    reason: str = Field(max_length=200)


class _Reason(BaseModel):
    reason: str = Field(max_length=200)


class _Proposed(BaseModel):
    id: UUID


@router.get("")
async def open_on(who: Administrator, office: TheOffice, on: date | None = None) -> list[dict[str, Any]]:
    """The windows of one's region that are open on a day (today)."""
    async with office.database.connect() as db:
        return [asdict(one) for one in await windows_on(db, who.region, on or clock.today())]


@router.get("/versions")
async def all_versions(who: Administrator, office: TheOffice) -> list[WindowVersion]:
    """Every version of every window, those that wait first, then the newest."""
    async with office.database.connect() as db:
        return await window_versions_of(db, who.region)


@router.post("/versions", status_code=201)
async def propose(wish: _Wish, who: Administrator, office: TheOffice) -> _Proposed:
    """Proposes a new window, or what one is to be from a day on; with a `last_day` it closes."""
    content = WindowContent(**{name: getattr(wish, name) for name in WindowContent.model_fields})
    days = (wish.first_day, wish.last_day)
    async with office.database.begin() as db:
        region = office.region(who.region)
        return _Proposed(id=await propose_window(db, region, wish.code, content, days, actor(who), wish.reason))


@router.post("/versions/{version_id}/approve", status_code=204)
async def approve(version_id: UUID, who: Administrator, office: TheOffice) -> None:
    """Puts a version into force from its first day."""
    async with office.database.begin() as db:
        await approve_window(db, office.region(who.region), version_id, actor(who))


@router.post("/versions/{version_id}/reject", status_code=204)
async def reject(version_id: UUID, why: _Reason, who: Administrator, office: TheOffice) -> None:
    """Rejects a version, with the reason."""
    async with office.database.begin() as db:
        await reject_window(db, who.region, version_id, actor(who), why.reason)
