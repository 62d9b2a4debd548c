"""Runs the migrations, as the login of the database address (who must own the schema)."""

import asyncio
import os
import threading

from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine

from alembic import context


def upgrade_on(connection: Connection) -> None:
    # Two processes may start at once; the second waits here and then finds nothing to do.
    connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('heyi migrations'))"))
    context.configure(connection=connection, transactional_ddl=True)
    with context.begin_transaction():
        context.run_migrations()


async def upgrade() -> None:
    engine = create_async_engine(context.config.attributes.get("url") or os.environ["HEYI_DATABASE_URL"])
    async with engine.begin() as connection:
        await connection.run_sync(upgrade_on)
    await engine.dispose()


# A thread of its own, so that it also works where an event loop already runs.
failure: list[BaseException] = []


def run() -> None:
    try:
        asyncio.run(upgrade())
    except BaseException as error:  # handed to the caller's thread below
        failure.append(error)


thread = threading.Thread(target=run)
thread.start()
thread.join()
if failure:
    raise failure[0]
