"""The job queue in simulated time: what it put off waits for the clocks that everybody else goes by.

The queue counts by the database's clock. Without this, what is to be tried again in ten minutes would be tried again
after ten real ones, when the rehearsal has long been days ahead.
"""

import asyncio
from datetime import timedelta

from pgqueuer import PgQueuer
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

_PULSE_SECONDS = 0.01

_DUE = text("SELECT count(*) FROM pgqueuer WHERE status = 'queued' AND execute_after <= now()")
_SOONER = text("""
    UPDATE pgqueuer SET execute_after = execute_after - CAST(:by AS interval)
    WHERE status = 'queued' AND execute_after > now()
""")
_WAKE = text("DELETE FROM pgqueuer WHERE false")
"""Any statement that deletes wakes the worker, one that only updates does not."""


class FollowUps:
    """The follow-ups of a house, worked on by a queue in this process."""

    def __init__(self, database: AsyncEngine, queue: PgQueuer) -> None:
        self._database = database
        self._running = queue.qm.job_context

    async def go_on(self, by: timedelta) -> None:
        """Time has gone on: what was put off comes so much sooner."""
        async with self._database.begin() as db:
            await db.execute(_SOONER, {"by": by})
            if await db.scalar(_DUE):
                await db.execute(_WAKE)

    async def rest(self) -> None:
        """Waits until none is under way or due."""
        while self._running or await self._due():  # noqa: ASYNC110 - the queue has no event for that
            await asyncio.sleep(_PULSE_SECONDS)

    async def _due(self) -> bool:
        async with self._database.connect() as db:
            return bool(await db.scalar(_DUE))
