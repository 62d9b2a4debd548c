"""Signing in: a name and a password; a one-time password asks for one of one's own."""

from datetime import timedelta

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from api.audit.recording import record
from api.people.passwords import HASH_OF_NOBODY, fits, hashed
from api.people.standing import Person
from api.people.tables import person
from foundation import clock
from foundation.errors import BadInput, HeyiError

_FAILURES_MAX = 5
_LOCK = timedelta(minutes=15)
NOBODY = "?"
"""Under this the log counts tries with names that nobody has: what was typed there may be a password."""


class SignInRefused(HeyiError):
    """Name and password do not fit, or the name is locked. Which of them it is is not said."""

    code = "sign_in_refused"


class OneTimePassword(HeyiError):
    """The password is right, and serves only to choose another."""

    code = "one_time_password"


async def sign_in(database: AsyncEngine, name: str, password: str, new_password: str | None = None) -> Person:
    """The person with this name and password. Five failures lock the name for a quarter of an hour.

    With `new_password` that one is kept from now on; a one-time password does not sign in without it.
    """
    async with database.begin() as db:
        row = (await db.execute(select(person).where(person.c.name == name).with_for_update())).one_or_none()
        locked = row is not None and (
            row.state == "locked" or (row.locked_until is not None and row.locked_until > clock.now())
        )
        over = row is not None and row.one_time_until is not None and row.one_time_until <= clock.now()
        right = fits(row.password_hash if row else HASH_OF_NOBODY, password) and row is not None and not locked
        if row is not None and not locked:
            failures = 0 if right else row.failures + 1
            until = clock.now() + _LOCK if failures >= _FAILURES_MAX else None
            await db.execute(
                update(person)
                .where(person.c.id == row.id)
                .values(failures=failures % _FAILURES_MAX, locked_until=until)
            )
        if not right or over or row is None:
            actor, region = (row.name, row.region) if row else (NOBODY, None)
            await record(db, "sign_in_refused", actor, region, "locked" if locked else "over" if over else "")
    if not right or over or row is None:
        raise SignInRefused(
            "姓名或口令不对；连续输错五次将锁定十五分钟。Name or password is wrong; five failures lock for 15 minutes."
        )
    if row.one_time_until is not None and not new_password:
        raise OneTimePassword(
            "这是一次性口令，请设置自己的新口令后登录。This password serves once: choose one of your own to sign in."
        )
    async with database.begin() as db:
        if new_password:
            await _keep(db, row.name, password, new_password)
        await record(db, "sign_in", row.name, row.region, "new password" if new_password else "")
    return Person(row.name, row.role, row.region, row.window_code)


async def _keep(db: AsyncConnection, name: str, password: str, new_password: str) -> None:
    if new_password == password:
        raise BadInput("new_password", "the same", "a password other than the present one")
    values = {"password_hash": hashed(new_password, "new_password"), "one_time_until": None}
    await db.execute(update(person).where(person.c.name == name).values(**values))
