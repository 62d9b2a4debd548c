"""The configuration of a district: what is in force on a day, and changes by two administrators."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field

from api.access import actor, signed_in
from api.http.office import TheOffice
from api.people import Person
from api.wiring import House
from foundation import clock
from settlement.districts.deciding import approve_version, propose_version, reject_version
from settlement.districts.reading import InForce, Version, configured_on, versions

router = APIRouter(prefix="/district", tags=["administration"])

Administrator = Annotated[Person, Depends(signed_in("administrator"))]


class _Wish(BaseModel):
    content: dict[str, Any] = Field(description="the whole configuration, without what stays in the file")
    first_day: date
    reason: str = Field(max_length=200)


class _Reason(BaseModel):
    reason: str = Field(max_length=200)


class _Proposed(BaseModel):
    id: UUID


@router.get("")
async def in_force(request: Request, who: Administrator, office: TheOffice, on: date | None = None) -> InForce:
    """What is in force in one's region on a day (today), without secrets and paths of keys."""
    house: House = request.app.state.house
    async with office.database.connect() as db:
        return await configured_on(db, house.districts.file(who.region), on or clock.today())


@router.get("/versions")
async def all_versions(request: Request, who: Administrator, office: TheOffice) -> list[Version]:
    """Every version with what it changes, the newest first."""
    house: House = request.app.state.house
    async with office.database.connect() as db:
        return await versions(db, house.districts.file(who.region))


@router.post("/versions", status_code=201)
async def propose(request: Request, wish: _Wish, who: Administrator, office: TheOffice) -> _Proposed:
    """Proposes a version from a day on."""
    house: House = request.app.state.house
    file = house.districts.file(who.region)
    async with office.database.begin() as db:
        return _Proposed(id=await propose_version(db, file, wish.content, wish.first_day, actor(who), wish.reason))


@router.post("/versions/{version_id}/approve", status_code=204)
async def approve(request: Request, version_id: UUID, who: Administrator, office: TheOffice) -> None:
    """Puts a version into force from its first day; this process serves it at once if that is today."""
    house: House = request.app.state.house
    async with office.database.begin() as db:
        await approve_version(db, house.districts.file(who.region), version_id, actor(who))
    await house.take_up_districts()


@router.post("/versions/{version_id}/reject", status_code=204)
async def reject(version_id: UUID, why: _Reason, who: Administrator, office: TheOffice) -> None:
    """Rejects a version, with the reason."""
    async with office.database.begin() as db:
        await reject_version(db, who.region, version_id, actor(who), why.reason)
