"""The database: engine, transactions, migrations. PostgreSQL only.

The application works as the role `heyi_app`, which may not write the ledger and owns nothing. The login in the
database address may be the owner (embedded server, tests) or a member of that role (production).
"""

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Self

import asyncpg
from alembic.config import Config
from pgqueuer import Queries
from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from alembic import command

APPLICATION_ROLE = "heyi_app"

_REST_SECONDS = 5.0

_STATEMENTS_KEPT = 1000
"""Prepared statements of a connection: more than the program has, so that none is parsed and planned again."""

_RETURNED = "heyi.returned_at"

_ROOT = Path(__file__).resolve().parent.parent


class Database(AsyncEngine):
    """An engine of which `connect()` is for reading: every statement stands alone, outside any transaction.

    To begin and end one would be two round trips for a single question, and would bring nothing: a transaction of
    READ COMMITTED sees what is new at each statement just the same. What belongs together is in `begin()`.
    """

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self._reading = AsyncEngine(engine.execution_options(isolation_level="AUTOCOMMIT"))

    def connect(self) -> AsyncConnection:
        return self._reading.connect()

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[AsyncConnection]:
        async with super().connect() as db, db.begin():
            yield db


def engine(url: str, pool_size: int = 20) -> Database:
    """An engine whose connections work as the application's role."""
    made = Database(
        create_async_engine(
            url,
            pool_size=pool_size,
            max_overflow=pool_size,
            pool_use_lifo=True,
            connect_args={"prepared_statement_cache_size": _STATEMENTS_KEPT},
        ).sync_engine
    )

    @event.listens_for(made.sync_engine, "connect")
    def _work_as_application(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        cursor.execute(f"SET ROLE {APPLICATION_ROLE}")
        cursor.close()
        connection.commit()

    @event.listens_for(made.sync_engine, "checkout")
    def _still_there(connection: Any, record: Any, _fairy: Any) -> None:
        # A connection that the server ended is known to the driver without asking. Only one that rested is asked
        # (what lies between may have dropped it in silence): to ask each time costs as much as most transactions.
        now = time.monotonic()
        rested = now - record.info.get(_RETURNED, now)
        if connection.driver_connection.is_closed() or (rested > _REST_SECONDS and not _answers(made, connection)):
            raise DisconnectionError("the connection to the database was cut")

    @event.listens_for(made.sync_engine, "checkin")
    def _rests(_connection: Any, record: Any) -> None:
        record.info[_RETURNED] = time.monotonic()

    return made


def _answers(made: AsyncEngine, connection: Any) -> bool:
    try:
        return bool(made.dialect.do_ping(connection))
    except made.dialect.loaded_dbapi.Error:
        return False


@asynccontextmanager
async def transaction(made: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """One transaction for one business fact: committed at the end, rolled back on any error."""
    async with made.begin() as db:
        yield db


async def raw(db: AsyncConnection) -> asyncpg.Connection:
    """The asyncpg connection under a transaction, already inside it."""
    driver = await _driver(db)
    if not driver.is_in_transaction():
        await db.exec_driver_sql("SELECT 1")  # the dialect begins lazily; without this the call would stand outside
    return driver


async def _driver(db: AsyncConnection) -> asyncpg.Connection:
    driver = (await db.get_raw_connection()).driver_connection
    assert isinstance(driver, asyncpg.Connection)
    return driver


async def enqueue(db: AsyncConnection, entrypoint: str, keys: Sequence[str]) -> None:
    """Queues follow-ups in the caller's transaction, as a set: one statement and one wake-up.

    The same follow-up may wait twice; whoever carries it out looks at the state of things first.
    """
    if keys:
        queue = Queries.from_asyncpg_connection(await raw(db))
        await queue.enqueue([entrypoint] * len(keys), [key.encode() for key in keys], [0] * len(keys))


class Lines:
    """Connections of the driver that stay open between uses, for statements that are a transaction by themselves.

    The pool asks before each use whether a connection is alive, and cleans it after: several round trips, which a hot
    path cannot afford. A line that was cut is put aside when it is next asked for.
    """

    def __init__(self, made: Database) -> None:
        self._made = made
        self._idle: list[tuple[AsyncConnection, asyncpg.Connection]] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    @asynccontextmanager
    async def one(self) -> AsyncIterator[asyncpg.Connection]:
        """A connection outside any transaction, for the caller alone."""
        held, driver = await self._open_one()
        try:
            yield driver
        except BaseException:  # it may have been cut off in the middle of something, and not know it yet
            await held.invalidate()
            await held.close()
            raise
        self._idle.append((held, driver))

    async def close(self) -> None:
        """Gives the idle connections back to the pool."""
        while self._idle:
            held, _ = self._idle.pop()
            await held.close()

    async def _open_one(self) -> tuple[AsyncConnection, asyncpg.Connection]:
        while self._idle:
            held, driver = self._idle.pop()
            if not driver.is_closed():
                return held, driver
            await held.invalidate()
            await held.close()
        held = await self._made.connect()
        return held, await _driver(held)


def run_script(connection: Connection, script: str) -> None:
    """Runs an SQL script of several statements inside a migration (a prepared statement takes only one)."""
    adapted: Any = connection.connection.dbapi_connection
    connection.exec_driver_sql("SELECT 1")
    adapted.run_async(lambda driver: driver.execute(script))


def migrate(url: str, revision: str = "head") -> None:
    """Brings a database to a revision of the schema. Blocking; has its own event loop."""
    config = Config(_ROOT / "alembic.ini")
    config.set_main_option("script_location", str(_ROOT / "alembic"))
    config.attributes["url"] = url
    command.upgrade(config, revision)
