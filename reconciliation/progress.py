"""How far the run of a day is, source by source: written down at once, so that others see it and a kill leaves it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from foundation import clock
from foundation.database import transaction
from reconciliation.tables import source_progress
from settlement.ports.statements import Source


class Step(StrEnum):
    """What is being done with a source's statement, or how it ended: waits (nothing to judge by) or done."""

    fetch = "fetch"
    check = "check"
    catch_up = "catch_up"
    match = "match"
    waits = "waits"
    done = "done"


Tell = Callable[[Source, Step], None]
"""Hears of each step as it begins."""


@dataclass(frozen=True, slots=True)
class Progress:
    """The step of a source, and since when."""

    source: Source
    step: Step
    since: datetime


@dataclass(frozen=True, slots=True)
class Diary:
    """Writes the steps of one day's run, and tells whoever watches."""

    engine: AsyncEngine
    day_id: UUID
    tell: Tell

    async def note(self, source: Source, step: Step) -> None:
        """A source comes to a step."""
        self.tell(source, step)
        values = {"step": step, "since": clock.now()}
        statement = upsert(source_progress).values(day_id=self.day_id, source=source, **values)
        async with transaction(self.engine) as db:
            await db.execute(statement.on_conflict_do_update(index_elements=["day_id", "source"], set_=values))


async def progress_of(db: AsyncConnection, day_id: UUID) -> tuple[Progress, ...]:
    """How far each source of a day is."""
    found = await db.execute(
        select(source_progress).where(source_progress.c.day_id == day_id).order_by(source_progress.c.source)
    )
    return tuple(Progress(Source(row.source), Step(row.step), row.since) for row in found)


def nobody(_source: Source, _step: Step) -> None:
    """Nobody watches."""
