"""What administrators see of people: who there is, what waits, what was decided; and whether a session still counts."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from api.audit.recording import access_record
from api.people.tables import person, person_change

_CHANGES_MAX = 100


@dataclass(frozen=True, slots=True)
class Colleague:
    """A person as administrators see them. `one_time_until`: has not chosen a password yet."""

    name: str
    role: str
    region: str
    window_code: str | None
    state: str
    one_time_until: datetime | None
    locked_until: datetime | None
    last_signed_in: datetime | None


@dataclass(frozen=True, slots=True)
class KnownChange:
    """A change of a person: `kind` add, rights or password; `state` proposed, applied or rejected."""

    id: UUID
    kind: str
    name: str
    role: str
    window_code: str | None
    reason: str
    state: str
    proposed_by: str
    proposed_at: datetime
    approved_by: str | None
    decided_at: datetime | None


async def colleagues(db: AsyncConnection, region: str) -> list[Colleague]:
    """Everybody of a region by name."""
    signed = (
        select(access_record.c.actor, func.max(access_record.c.at).label("last_signed_in"))
        .where(access_record.c.kind == "sign_in", access_record.c.region == region)
        .group_by(access_record.c.actor)
        .subquery()
    )
    shown = [person.c[name] for name in Colleague.__slots__ if name != "last_signed_in"]
    query = (
        select(*shown, signed.c.last_signed_in)
        .outerjoin(signed, signed.c.actor == person.c.name)
        .where(person.c.region == region)
        .order_by(person.c.name)
    )
    return [Colleague(**row) for row in (await db.execute(query)).mappings()]


async def known_changes(db: AsyncConnection, region: str) -> list[KnownChange]:
    """The changes of a region, those that wait first, then the newest."""
    query = (
        select(*(person_change.c[name] for name in KnownChange.__slots__))
        .where(person_change.c.region == region)
        .order_by((person_change.c.state == "proposed").desc(), person_change.c.proposed_at.desc())
        .limit(_CHANGES_MAX)
    )
    return [KnownChange(**row) for row in (await db.execute(query)).mappings()]


async def session_counts(db: AsyncConnection, name: str, begun: float) -> bool:
    """Whether a session begun at an instant (seconds since 1970) still counts.

    It ends when its person is locked or gets other rights or another password. Programs of the same house may carry
    tokens for names that are nobody's here.
    """
    query = select(person.c.state, person.c.sessions_from).where(person.c.name == name)
    row = (await db.execute(query)).one_or_none()
    if row is None:
        return True
    if row.state == "locked":
        return False
    return row.sessions_from is None or bool(row.sessions_from.timestamp() <= begun)
