"""The close of a day: fetch, keep, check, match, explain, write down. Resumable at any point, safe to run twice."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from foundation import clock
from foundation.database import transaction
from foundation.errors import NotFound
from foundation.identifiers import new_id
from reconciliation.balance import record_transit
from reconciliation.differences import match_source
from reconciliation.evidence import checked, day_off, receive
from reconciliation.ports import Book
from reconciliation.progress import Diary, Step, Tell, nobody
from reconciliation.record import SourceDay, forget
from reconciliation.report import DayReport, day_report
from reconciliation.running import match_so_far, sources_so_far
from reconciliation.tables import DAY, reconciliation_day, source_result
from settlement.calendars import Hours
from settlement.ports.statements import Source, Statement, StatementSource

ALWAYS = Hours()

CatchUp = Callable[[Statement], Awaitable[object]]
"""Teaches our own book what a statement shows and it has missed, where that is safe."""


async def close_day(
    engine: AsyncEngine,
    region: str,
    day: date,
    sources: Sequence[StatementSource],
    book: Book,
    catch_up: CatchUp | None = None,
    *,
    hours: Hours = ALWAYS,
    only: Source | None = None,
    tell: Tell = nobody,
) -> DayReport:
    """Closes a clearing day of a region as far as its statements allow, and says how it stands.

    A statement that is missing or refused leaves the day open and nothing of that source is judged. A day under a
    signature is left as it is; send it back or reopen it first. Each source is one transaction, so that a run that was
    killed goes on; while one run is in it the other waits, and stops when the day was ended meanwhile. `catch_up` is
    told of every statement before it is matched, so that our book may learn from it what it has missed. With `only`
    one source is run again and the others stay as they are. A source that by its `hours` does not work on the day needs
    no statement; what of ours it might show waits. `tell` hears of each step.
    """
    async with transaction(engine) as db:
        started = await _start(db, region, day)
    for source in sources:
        if started is None or only not in (None, source.source):
            continue
        diary = Diary(engine, started, tell)
        await diary.note(source.source, Step.fetch)
        await receive(engine, region, source, day, hours)
        await diary.note(source.source, Step.check)
        async with transaction(engine) as db:
            record = await locked_day(db, region, day)
            if record.state != "matching":
                break
            statement = await checked(db, region, source, day)
            rest = None if statement else await day_off(db, region, source, day, hours)
        if statement and catch_up:
            await diary.note(source.source, Step.catch_up)
            await catch_up(statement)
        await diary.note(source.source, Step.match if statement or rest else Step.waits)
        async with transaction(engine) as db:
            record = await locked_day(db, region, day)
            if record.state != "matching":
                break
            on = SourceDay(record.id, region, source.source, day)
            if statement:
                await match_source(db, on, statement, book)
            elif rest:
                await match_source(db, on, rest, book, unread=day)
            elif not await match_so_far(db, on, source, book):
                await forget(db, on)
        if statement or rest:
            await diary.note(source.source, Step.done)
    async with transaction(engine) as db:
        record = await locked_day(db, region, day)
        if record.state == "matching":
            await record_transit(db, record.id, region, day, book)
            judged = await _judged(db, record.id) - await sources_so_far(db, region, day)
            complete = {one.source.value for one in sources} <= judged
            event, matched_at = ("finish", clock.now()) if complete else ("wait", None)
            await DAY.advance(db, record.id, "matching", event, matched_at=matched_at)
        return await day_report(db, region, day)


async def reopen_day(db: AsyncConnection, region: str, day: date, *, actor: str, reason: str) -> None:
    """Opens a signed day again, with the reason why; its next signature is a new version."""
    record = await locked_day(db, region, day)
    await DAY.advance(db, record.id, record.state, "reopen", role="finance", actor=actor, reason=reason)


async def states_of_days(db: AsyncConnection, region: str, first: date, last: date) -> dict[date, str]:
    """The days of a region that were begun, from `first` to `last`, with the states they are in."""
    found = await db.execute(
        select(reconciliation_day.c.day, reconciliation_day.c.state)
        .where(reconciliation_day.c.region == region, reconciliation_day.c.day.between(first, last))
        .order_by(reconciliation_day.c.day)
    )
    return {row.day: row.state for row in found}


async def _judged(db: AsyncConnection, day_id: UUID) -> set[str]:
    """The sources that were held against our book."""
    return set(await db.scalars(select(source_result.c.source).where(source_result.c.day_id == day_id)))


async def _start(db: AsyncConnection, region: str, day: date) -> UUID | None:
    """Brings the day into state 'matching' and gives its id; None when somebody has put their name to it."""
    await db.execute(
        upsert(reconciliation_day)
        .values(id=new_id(), region=region, day=day, state=DAY.first)
        .on_conflict_do_nothing(index_elements=["region", "day"])
    )
    record = await locked_day(db, region, day)
    if record.state in ("prepared", "signed"):
        return None
    await DAY.advance(db, record.id, record.state, "start")
    day_id: UUID = record.id
    return day_id


async def locked_day(db: AsyncConnection, region: str, day: date) -> Row[*tuple[Any, ...]]:
    """The day's record, held until the transaction ends. NotFound when it was never closed."""
    found = await db.execute(
        select(reconciliation_day)
        .where(reconciliation_day.c.region == region, reconciliation_day.c.day == day)
        .with_for_update()
    )
    record = found.one_or_none()
    if record is None:
        raise NotFound(f"{day} was never reconciled in region {region}", field="day")
    return record
