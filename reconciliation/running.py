"""A day that still runs: what its source has handed out in batches (场次) is held against our book as it comes.

Totals first, rows second, and the batch of the turn (日切) last. What a batch shows is judged at once; what of ours it
does not show waits, for a later batch or the statement of the whole day, which replaces all this when it comes.
"""

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from datetime import date
from typing import Any

import pyarrow as pa
from sqlalchemy import Row, insert, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from foundation import clock
from foundation.database import transaction
from foundation.errors import Unavailable
from foundation.identifiers import new_id
from reconciliation.differences import match_source
from reconciliation.evidence import end_file_case, keep, open_file_case
from reconciliation.ports import Book
from reconciliation.record import SourceDay
from reconciliation.sessions import hold_sessions
from reconciliation.tables import (
    DAY,
    reconciliation_break,
    reconciliation_day,
    statement_batch,
    statement_file,
)
from settlement.calendars import Hours
from settlement.ports.channel import Unauthentic
from settlement.ports.statements import (
    Batch,
    RawStatement,
    RunningSource,
    Source,
    Statement,
    StatementSource,
    UnreadableStatement,
)

CatchUp = Callable[[], Awaitable[object]]
"""Lets our own book hear what is new, before it is judged by what it has not heard."""


async def match_running_day(
    engine: AsyncEngine, region: str, source: RunningSource, day: date, book: Book, hours: Hours, catch_up: CatchUp
) -> bool:
    """Fetches the batches of a day that are new, and matches all that are there; whether anything was looked at.

    Costs nothing while no batch is due and nothing differs. What differs is looked at each time, for our side may have
    heard since. Once the day's own statement is there, or somebody has closed the day, this is over.
    """
    async with engine.connect() as db:
        if await db.scalar(select(_day_is_there(region, day).where(statement_file.c.source == source.source).exists())):
            return False
        kept = await _kept(db, region, source, day)
        differs = await _differs(db, region, source, day)
    there = [one for one in kept.values() if one.refusal is None]
    is_new = hours.is_batch_due(source.source, day, len(there), any(one.turns for one in there)) and (
        await _receive(engine, region, source, day, kept)
    )
    if not (is_new or differs):
        return False
    if is_new:
        await catch_up()
    async with transaction(engine) as db:
        on = await _running(db, region, source, day)
        return on is not None and await match_so_far(db, on, source, book)


async def match_so_far(db: AsyncConnection, on: SourceDay, source: StatementSource, book: Book) -> bool:
    """Holds our book against the batches of a day that are kept and can be believed; False where there are none."""
    if not isinstance(source, RunningSource):
        return False
    batch = statement_batch.c
    found = await db.execute(
        select(batch.number, batch.file_name, batch.raw)
        .ext(distinct_on(batch.number))
        .where(batch.region == on.region, batch.source == source.source, batch.day == on.day, batch.refusal.is_(None))
        .order_by(batch.number, batch.version.desc())
    )
    read = [source.parse_batch(RawStatement(row.file_name, bytes(row.raw)), on.day) for row in found]
    if not read:
        return False
    whole = Statement(
        source.source, on.region, on.day, "", b"",
        pa.concat_tables([one.columns for one in read]),
        sessions=tuple(session for one in read for session in one.sessions),
    )  # fmt: skip
    await hold_sessions(db, whole)
    await match_source(db, on, whole, book, unread=on.day)
    return True


async def sources_so_far(db: AsyncConnection, region: str, day: date) -> set[str]:
    """The sources that are judged by their batches, because no statement of the day can be believed yet."""
    found = await db.execute(
        select(statement_batch.c.source)
        .where(statement_batch.c.region == region, statement_batch.c.day == day)
        .where(~_day_is_there(region, day).where(statement_file.c.source == statement_batch.c.source).exists())
    )
    return set(found.scalars())


async def _receive(
    engine: AsyncEngine, region: str, source: RunningSource, day: date, kept: Mapping[str, Row[*tuple[Any, ...]]]
) -> bool:
    """Fetches the totals, and the rows of every batch that is new; whether any of them can be believed.

    One that cannot is kept too, and is a case until it comes again and can.
    """
    try:
        said = await source.totals(day)
        news = [one for one in said if one.number not in kept or _is_stale(kept[one.number], one)]
        raws = [(one, raw) for one in news if (raw := await source.batch(day, one.number)) is not None]
    except Unavailable:
        return False
    except (Unauthentic, UnreadableStatement) as error:
        kind = "F0-7" if isinstance(error, Unauthentic) else error.facts["kind"]
        async with transaction(engine) as db:
            await open_file_case(db, region, source.source, day, kind, error.detail, about="batches")
        return False
    refusals = [_refusal(source, one, raw, day) for one, raw in raws]
    async with transaction(engine) as db:
        await end_file_case(db, region, source.source, day, "batches")
        for (one, raw), refusal in zip(raws, refusals, strict=True):
            about = f"batch {one.number}"
            if refusal:
                await open_file_case(db, region, source.source, day, refusal.facts["kind"], refusal.detail, about=about)
            else:
                await end_file_case(db, region, source.source, day, about)
            await _keep(db, (region, source.source, day), one, raw, refusal, kept.get(one.number))
    return not all(refusals)


def _is_stale(row: Row[*tuple[Any, ...]], said: Batch) -> bool:
    return row.refusal is not None or Batch(row.number, row.turns, row.said_count, row.said_fen) != said


def _refusal(source: RunningSource, said: Batch, raw: RawStatement, day: date) -> UnreadableStatement | None:
    """Why the rows of a batch cannot be believed."""
    try:
        sessions = source.parse_batch(raw, day).sessions
    except UnreadableStatement as error:
        return error
    if [(one.number, one.said_count, one.said_fen) for one in sessions] != [(said.number, said.count, said.fen)]:
        return UnreadableStatement(f"{raw.file_name}: its totals are not those that were told before its rows")
    return None


async def _keep(
    db: AsyncConnection,
    of: tuple[str, Source, date],
    said: Batch,
    raw: RawStatement,
    refusal: UnreadableStatement | None,
    before: Row[*tuple[Any, ...]] | None,
) -> None:
    """Keeps a batch with its bytes; the same bytes a second time make no second version."""
    sha256 = hashlib.sha256(raw.raw).hexdigest()
    if before and (before.sha256, before.said_count, before.said_fen) == (sha256, said.count, said.fen):
        return
    region, source, day = of
    await db.execute(
        insert(statement_batch).values(
            id=new_id(), region=region, source=source, day=day,
            number=said.number, version=before.version + 1 if before else 1,
            turns=said.turns, said_count=said.count, said_fen=said.fen,
            file_name=raw.file_name, raw=raw.raw, sha256=sha256, arrived_at=clock.now(),
            refusal=refusal.detail if refusal else None,
        )
    )  # fmt: skip


async def _kept(
    db: AsyncConnection, region: str, source: StatementSource, day: date
) -> dict[str, Row[*tuple[Any, ...]]]:
    """What is known of the batches of a day, by number: of one that came again, of the last."""
    batch = statement_batch.c
    known = (batch.number, batch.version, batch.turns, batch.said_count, batch.said_fen, batch.sha256, batch.refusal)
    found = await db.execute(
        select(*known)
        .where(batch.region == region, batch.source == source.source, batch.day == day)
        .order_by(batch.number, batch.version)
    )
    return {row.number: row for row in found}


async def _differs(db: AsyncConnection, region: str, source: StatementSource, day: date) -> bool:
    """Whether the last look at a day found a difference."""
    one = (
        select(reconciliation_break.c.day_id)
        .join(reconciliation_day, reconciliation_day.c.id == reconciliation_break.c.day_id)
        .where(reconciliation_day.c.region == region, reconciliation_day.c.day == day)
        .where(reconciliation_break.c.source == source.source)
    )
    return bool(await db.scalar(select(one.exists())))


def _day_is_there(region: str, day: date) -> Any:
    return select(statement_file.c.id).where(
        statement_file.c.region == region,
        statement_file.c.day == day,
        statement_file.c.state.in_(("arrived", "checked")),
    )


async def _running(db: AsyncConnection, region: str, source: StatementSource, day: date) -> SourceDay | None:
    """The source's day, held until the transaction ends; None once somebody has begun to close it.

    A day that is over is not begun here: a region that starts today owes no signature for yesterday.
    """
    if day >= clock.today():
        await db.execute(
            upsert(reconciliation_day)
            .values(id=new_id(), region=region, day=day, state=DAY.first)
            .on_conflict_do_nothing(index_elements=["region", "day"])
        )
    of_day = (reconciliation_day.c.region == region) & (reconciliation_day.c.day == day)
    record = (await db.execute(select(reconciliation_day).where(of_day).with_for_update())).one_or_none()
    if record is None or record.state != DAY.first:
        return None
    await keep(db, region, source.source, day, None)
    return SourceDay(record.id, region, source.source, day)
