"""Wakes who waits for follow-ups after the commits that queued them, once for all that come at about the same time.

A transaction that notifies holds a lock until it is on the disk, so that commits which notify are written one after the
other. Here they are written together, and the queue's listeners hear of them in a statement that writes nothing.
"""

import asyncio

import asyncpg
import structlog
from sqlalchemy.exc import SQLAlchemyError

from foundation.database import Lines

_TOGETHER = 0.01
"""Seconds in which several commits share a wake-up."""

_WAKE = "DELETE FROM pgqueuer WHERE false"  # the queue's own trigger tells its listeners, in its own form

log = structlog.get_logger()


class Waking:
    """Use as `async with Waking(lines) as waking: waking.soon()`; what is due is still told on leaving.

    Nothing is lost if it cannot be told: the queue is also looked at by the clock (`api.jobs`).
    """

    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        self._asked = False
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "Waking":
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._task:
            await self._task

    def soon(self) -> None:
        """Has the queue's listeners woken. To be called after the commit."""
        self._asked = True
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._wake())

    async def _wake(self) -> None:
        while self._asked:
            await asyncio.sleep(_TOGETHER)
            self._asked = False  # what is committed from here on asks again
            try:
                async with self._lines.one() as connection:
                    await connection.execute(_WAKE)
            except (OSError, SQLAlchemyError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                log.warning("follow-ups wait for the clock", error=str(error))
