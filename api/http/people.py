"""People and their rights: changed by administrators, by two of them where money or rules are moved."""

from dataclasses import dataclass
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field

from api.access import signed_in
from api.http.office import TheOffice
from api.people import MOVE_MONEY_OR_RULES, Person
from api.people.changing import Change, Kind, Wish, approve_change, lock, propose_change, reject_change, unlock
from api.people.reading import Colleague, KnownChange, colleagues, known_changes
from api.rights import Operation, rights

router = APIRouter(prefix="/people", tags=["administration"])

Administrator = Annotated[Person, Depends(signed_in("administrator"))]


class _Wish(BaseModel):
    kind: Kind
    name: str = Field(max_length=64)
    role: str = ""
    window: str | None = Field(None, description="a partner's window; a clerk may have one of the registry")
    reason: str = Field(max_length=200)


class _Reason(BaseModel):
    reason: str = Field(max_length=200)


@dataclass(frozen=True, slots=True)
class Role:
    """A role, whether two people have to agree on who gets it, and the operations that let it in."""

    role: str
    two_decide: bool
    operations: tuple[Operation, ...]


@router.get("")
async def everybody(who: Administrator, office: TheOffice) -> list[Colleague]:
    """The people of one's own region."""
    async with office.database.connect() as db:
        return await colleagues(db, who.region)


@router.get("/roles")
async def roles(request: Request, _: Administrator) -> list[Role]:
    """What each role may do, as the running application lets it."""
    return [Role(role, role in MOVE_MONEY_OR_RULES, may) for role, may in rights(request.app).items()]


@router.get("/changes")
async def changes(who: Administrator, office: TheOffice) -> list[KnownChange]:
    """Changes of one's own region, those that wait first."""
    async with office.database.connect() as db:
        return await known_changes(db, who.region)


@router.post("/changes", status_code=201)
async def propose(wish: _Wish, who: Administrator, office: TheOffice) -> Change:
    """Proposes a new person, other rights or a new one-time password; made at once where one may alone."""
    async with office.database.begin() as db:
        return await propose_change(db, Wish(**wish.model_dump()), who)


@router.post("/changes/{change_id}/approve")
async def approve(change_id: UUID, who: Administrator, office: TheOffice) -> Change:
    """Puts a change into effect; the answer alone carries the one-time password."""
    async with office.database.begin() as db:
        return await approve_change(db, change_id, who)


@router.post("/changes/{change_id}/reject", status_code=204)
async def reject(change_id: UUID, why: _Reason, who: Administrator, office: TheOffice) -> None:
    """Rejects a change, with the reason."""
    async with office.database.begin() as db:
        await reject_change(db, change_id, who, why.reason)


@router.post("/{name}/{event}", status_code=204)
async def lock_or_unlock(
    name: str, event: Literal["lock", "unlock"], why: _Reason, who: Administrator, office: TheOffice
) -> None:
    """Locks a person at once, or gives them their rights back."""
    async with office.database.begin() as db:
        await (lock if event == "lock" else unlock)(db, name, who, why.reason)
