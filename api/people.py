"""The people who sign in: clerks, finance officers, tax officers, and the programs of other systems."""

from dataclasses import dataclass
from datetime import timedelta

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from sqlalchemy import Column, DateTime, Integer, MetaData, String, Table, Text, Uuid, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from foundation import clock
from foundation.errors import BadInput, HeyiError
from foundation.identifiers import new_id

ROLES = ("clerk", "finance", "tax_officer", "integrator")

_FAILURES_MAX = 5
_LOCK = timedelta(minutes=15)
_PASSWORD_MIN = 12

person = Table(
    "person",
    MetaData(),
    Column("id", Uuid, primary_key=True),
    Column("name", String(64)),
    Column("role", String(16)),
    Column("region", String(6)),
    Column("password_hash", Text),
    Column("failures", Integer),
    Column("locked_until", DateTime(timezone=True)),
)

_hasher = PasswordHasher()
_HASH_OF_NOBODY = _hasher.hash("no such person")  # so that an unknown name takes as long as a wrong password


class SignInRefused(HeyiError):
    """Name and password do not fit, or too many tries. Which of the two names it is not said."""

    code = "sign_in_refused"


@dataclass(frozen=True, slots=True)
class Person:
    """Someone signed in."""

    name: str
    role: str
    region: str


async def add_person(database: AsyncEngine, who: Person, password: str) -> None:
    """Adds a person, or gives an existing one another password, role and region."""
    if who.role not in ROLES:
        raise BadInput("role", who.role, ", ".join(ROLES))
    if len(password) < _PASSWORD_MIN:
        raise BadInput("password", f"{len(password)} characters", f"at least {_PASSWORD_MIN} characters")
    values = {"role": who.role, "region": who.region, "password_hash": _hasher.hash(password)}
    async with database.begin() as db:
        await db.execute(
            insert(person)
            .values(id=new_id(), name=who.name, failures=0, **values)
            .on_conflict_do_update(index_elements=["name"], set_={**values, "failures": 0, "locked_until": None})
        )


async def sign_in(database: AsyncEngine, name: str, password: str) -> Person:
    """The person with this name and password. Five failures lock the name for a quarter of an hour."""
    async with database.begin() as db:
        row = (await db.execute(select(person).where(person.c.name == name).with_for_update())).one_or_none()
        locked = row is not None and row.locked_until is not None and row.locked_until > clock.now()
        right = _fits(row.password_hash if row else _HASH_OF_NOBODY, password) and row is not None and not locked
        if row is not None and not locked:
            failures = 0 if right else row.failures + 1
            until = clock.now() + _LOCK if failures >= _FAILURES_MAX else None
            await db.execute(
                update(person)
                .where(person.c.id == row.id)
                .values(failures=failures % _FAILURES_MAX, locked_until=until)
            )
    if not right or row is None:
        raise SignInRefused(
            "姓名或口令不对；连续输错五次将锁定十五分钟。Name or password is wrong; five failures lock for 15 minutes."
        )
    return Person(row.name, row.role, row.region)


def _fits(password_hash: str, password: str) -> bool:
    try:
        return _hasher.verify(password_hash, password)
    except VerificationError:
        return False
