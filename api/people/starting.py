"""Adds people at the machine itself, without anyone signed in: how the first administrators come to be."""

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from api.people.passwords import hashed
from api.people.seating import check_seat
from api.people.standing import MOVE_MONEY_OR_RULES, ROLES, Person
from api.people.tables import people, person, person_change
from foundation import clock
from foundation.errors import BadInput, NotAllowed
from foundation.identifiers import new_id

AT_THE_MACHINE = "heyi people add"
"""Who added a person, where nobody was signed in."""


async def add_person(database: AsyncEngine, who: Person, password: str) -> None:
    """Adds a person, or gives an existing one another password, role, region and window."""
    if who.role not in ROLES:
        raise BadInput("role", who.role, ", ".join(ROLES))
    values = {
        "role": who.role,
        "region": who.region,
        "window_code": who.window,
        "password_hash": hashed(password),
        "one_time_until": None,
        "sessions_from": clock.now(),
    }
    async with database.begin() as db:
        await check_seat(db, who)
        await db.execute(
            insert(person)
            .values(id=new_id(), name=who.name, state=people.first, failures=0, **values)
            .on_conflict_do_update(index_elements=["name"], set_={**values, "failures": 0, "locked_until": None})
        )
        change = {"kind": "add", "name": who.name, "role": who.role, "region": who.region, "window_code": who.window}
        record = {"proposed_by": AT_THE_MACHINE, "proposed_at": clock.now(), "decided_at": clock.now()}
        await db.execute(insert(person_change).values(id=new_id(), state="applied", reason="", **change, **record))


async def refuse_where_two_decide(db: AsyncConnection, who: Person) -> None:
    """NotAllowed at the machine for a role that moves money or rules, once a region has two administrators."""
    query = select(func.count()).where(
        person.c.region == who.region, person.c.role == "administrator", person.c.state == "active"
    )
    if who.role in MOVE_MONEY_OR_RULES and (await db.scalar(query) or 0) >= 2:
        raise NotAllowed(
            f"{who.region} 已有两名管理员，{who.role} 须由一人提出、另一人批准。"
            f"{who.region} has two administrators: one proposes a {who.role} with --name, another approves."
        )
