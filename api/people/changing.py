"""Changes of people: proposed by one administrator, and where they move money or rules approved by another.

Two are asked for a new person who may move money or rules, for every change of role, and for a new password
of someone who may move money or rules (whoever hands out passwords could otherwise sign in as two people). Locking
takes rights away and needs one; unlocking gives back what two had agreed on.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Row, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from api.people.passwords import ONE_TIME_LASTS, hashed, one_time
from api.people.seating import check_seat
from api.people.standing import MOVE_MONEY_OR_RULES, ROLES, Person
from api.people.tables import people, person, person_change, person_changes
from foundation import clock
from foundation.errors import BadInput, Conflict, NotAllowed, NotFound
from foundation.identifiers import new_id

Kind = Literal["add", "rights", "password"]

_NAME_MAX = 64
_REASON_MIN = 2


@dataclass(frozen=True, slots=True)
class Wish:
    """What an administrator wants: a new person, other rights for one, or a new one-time password.

    `window` is the code of a window of the region: a partner has one, a clerk may.
    """

    kind: Kind
    name: str
    reason: str
    role: str = ""
    window: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """A change as it stands. `one_time_password` is there once, in answer to what put the change into effect."""

    id: UUID
    state: str
    name: str
    one_time_password: str | None = None
    good_until: datetime | None = None


async def propose_change(db: AsyncConnection, wish: Wish, who: Person) -> Change:
    """Proposes a change in one's own region, or makes it at once where one may alone."""
    _administrator(who)
    now_is = await _known(db, wish.name.strip(), who.region)
    change, change_id = _checked(wish, now_is), new_id()
    await check_seat(db, Person(change["name"], change["role"], who.region, change["window_code"]))
    try:
        async with db.begin_nested():
            await db.execute(
                insert(person_change).values(
                    id=change_id, region=who.region, state=person_changes.first, proposed_by=who.name,
                    proposed_at=clock.now(), **change,
                )
            )  # fmt: skip
    except IntegrityError:
        raise Conflict(
            f"{change['name']} 已有一项变更待批准。A change of {change['name']} waits for approval already."
        ) from None
    row = await _change(db, who, change_id)
    if _two_decide(wish.kind, change["role"]):
        return Change(row.id, row.state, row.name)
    return await _put_into_effect(db, row, "apply", who, None)


async def approve_change(db: AsyncConnection, change_id: UUID, who: Person) -> Change:
    """Puts a proposed change into effect; refused to who proposed it and to whom it is about."""
    _administrator(who)
    row = await _change(db, who, change_id)
    if who.name in (row.proposed_by, row.name):
        raise NotAllowed(
            f"{who.name} 提出了该变更或即其本人，须由另一名管理员批准。"
            f"{who.name} proposed this or is who it is about; another administrator has to approve it."
        )
    return await _put_into_effect(db, row, "approve", who, who.name)


async def reject_change(db: AsyncConnection, change_id: UUID, who: Person, reason: str) -> None:
    """Rejects a proposed change with the reason; whoever proposed it may take it back so, too."""
    _administrator(who)
    row = await _change(db, who, change_id)
    told = {"role": who.role, "actor": who.name, "reason": _reason(reason)}
    await person_changes.advance(db, row.id, row.state, "reject", **told, decided_at=clock.now())


async def lock(db: AsyncConnection, name: str, who: Person, reason: str) -> None:
    """Locks a person at once and ends their sessions; not oneself."""
    _administrator(who)
    if name == who.name:
        raise NotAllowed("不能锁定自己，请由另一名管理员办理。Nobody locks themselves; ask another administrator.")
    row = await _of_region(db, name, who.region)
    told = {"role": who.role, "actor": who.name, "reason": _reason(reason)}
    await people.advance(db, row.id, row.state, "lock", **told, sessions_from=clock.now())


async def unlock(db: AsyncConnection, name: str, who: Person, reason: str) -> None:
    """Gives a locked person their rights back."""
    _administrator(who)
    row = await _of_region(db, name, who.region)
    told = {"role": who.role, "actor": who.name, "reason": _reason(reason)}
    await people.advance(db, row.id, row.state, "unlock", **told, failures=0, locked_until=None)


def _two_decide(kind: Kind, role: str) -> bool:
    return kind == "rights" or role in MOVE_MONEY_OR_RULES


def _checked(wish: Wish, now_is: Row[Any] | None) -> dict[str, Any]:
    """The change's columns; BadInput and Conflict say what does not fit."""
    name = wish.name.strip()
    if not 1 <= len(name) <= _NAME_MAX or not name.isprintable():
        raise BadInput("name", name, f"1 to {_NAME_MAX} characters")
    if wish.kind == "password":
        if now_is is None:
            raise NotFound(f"nobody is called {name} here", field="name")
        role, window = now_is.role, now_is.window_code
    else:
        role, window = wish.role, wish.window or None
        if role not in ROLES:
            raise BadInput("role", role, ", ".join(ROLES))
    if wish.kind == "add" and now_is is not None:
        raise Conflict(f"{name} 已经登记。{name} is here already; change their rights instead.", field="name")
    if wish.kind == "rights":
        if now_is is None:
            raise NotFound(f"nobody is called {name} here", field="name")
        if (now_is.role, now_is.window_code) == (role, window):
            raise Conflict(f"{name} 的角色和窗口没有变化。{name} has this role and window already.", field="role")
    return {"kind": wish.kind, "name": name, "role": role, "window_code": window, "reason": _reason(wish.reason)}


async def _put_into_effect(
    db: AsyncConnection, row: Row[Any], event: str, who: Person, approved_by: str | None
) -> Change:
    """Whatever changes ends the sessions that the person has."""
    now = clock.now()
    told = {"role": who.role, "actor": who.name, "reason": row.reason}
    went = await person_changes.advance(db, row.id, row.state, event, **told, approved_by=approved_by, decided_at=now)
    rights = {"role": row.role, "window_code": row.window_code, "sessions_from": now}
    if row.kind == "rights":
        await db.execute(update(person).where(person.c.name == row.name).values(**rights))
        return Change(row.id, went, row.name)
    password, until = one_time(), now + ONE_TIME_LASTS
    entry = {"password_hash": hashed(password), "one_time_until": until, "failures": 0, "locked_until": None}
    if row.kind == "password":
        await db.execute(update(person).where(person.c.name == row.name).values(**entry, sessions_from=now))
    else:
        await _known(db, row.name, row.region)
        new = {"id": new_id(), "name": row.name, "region": row.region, "state": people.first}
        try:
            async with db.begin_nested():
                await db.execute(insert(person).values(**new, **rights, **entry))
        except IntegrityError:
            raise Conflict(f"{row.name} 已经登记。{row.name} is here already.", field="name") from None
    return Change(row.id, went, row.name, password, until)


async def _known(db: AsyncConnection, name: str, region: str) -> Row[Any] | None:
    row = (await db.execute(select(person).where(person.c.name == name).with_for_update())).one_or_none()
    if row is not None and row.region != region:
        raise Conflict(
            f"{name} 已在其他地区使用。{name} is taken in another region; choose another name.", field="name"
        )
    return row


async def _of_region(db: AsyncConnection, name: str, region: str) -> Row[Any]:
    query = select(person).where(person.c.name == name, person.c.region == region).with_for_update()
    row = (await db.execute(query)).one_or_none()
    if row is None:
        raise NotFound(f"nobody is called {name} here", field="name")
    return row


async def _change(db: AsyncConnection, who: Person, change_id: UUID) -> Row[Any]:
    """A change of one's own region, locked."""
    query = select(person_change).where(person_change.c.id == change_id, person_change.c.region == who.region)
    row = (await db.execute(query.with_for_update())).one_or_none()
    if row is None:
        raise NotFound("no such change is known here", field="change")
    return row


def _administrator(who: Person) -> None:
    if who.role != "administrator":
        raise NotAllowed(f"人员由管理员管理。People are managed by administrators; {who.name} is {who.role}.")


def _reason(reason: str) -> str:
    said = reason.strip()
    if len(said) < _REASON_MIN:
        raise BadInput("reason", reason, f"at least {_REASON_MIN} characters that say why")
    return said
