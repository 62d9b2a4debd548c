"""The files behind the statements, for finance: brought by hand where need be, shown with hash and unreadable lines."""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from foundation.errors import Conflict, NotFound
from foundation.states import BY_ITSELF, transition
from reconciliation.evidence import keep
from reconciliation.tables import STATEMENT, reconciliation_day, statement_file, unread_line
from settlement.ports.statements import RawStatement, Source

UNDER_A_NAME = ("prepared", "signed")


@dataclass(frozen=True, slots=True)
class LineView:
    """A line that could not be read: its number, why, and its text as far as it is text (GBK holds ASCII too)."""

    line_no: int
    reason: str
    text: str


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a statement as it was kept. `brought_by` is None where the institution gave it."""

    version: int
    state: str
    file_name: str | None
    sha256: str | None
    bytes: int
    row_count: int | None
    sum_fen: int | None
    refusal: str | None
    unread: tuple[LineView, ...]
    arrived_at: datetime | None
    brought_by: str | None


async def bring(db: AsyncConnection, region: str, source: Source, day: date, raw: RawStatement, *, actor: str) -> str:
    """Keeps a statement that a finance user brings; its SHA-256. Conflict: the day stands under a name already."""
    state = await db.scalar(
        select(reconciliation_day.c.state).where(reconciliation_day.c.region == region, reconciliation_day.c.day == day)
    )
    if state in UNDER_A_NAME:
        raise Conflict(f"{day} is {state}; send it back or reopen it before a statement is brought", state=state)
    await keep(db, region, source, day, raw, by=actor)
    return hashlib.sha256(raw.raw).hexdigest()


async def versions(db: AsyncConnection, region: str, source: Source, day: date) -> list[Version]:
    """All versions of a day's statement, oldest first. NotFound when none was ever asked for."""
    files = (await db.execute(_of(region, source, day).order_by(statement_file.c.version))).all()
    if not files:
        raise NotFound(f"no statement of {source} for {day} was ever asked for in region {region}", field="day")
    return [
        Version(
            file.version,
            file.state,
            file.file_name,
            file.sha256,
            len(file.raw or b""),
            file.row_count,
            file.sum_fen,
            file.refusal,
            await _unread(db, file.id),
            file.arrived_at,
            await _brought_by(db, file.id),
        )
        for file in files
    ]


async def evidence(db: AsyncConnection, region: str, source: Source, day: date, version: int) -> RawStatement:
    """The bytes of a version, as they came. NotFound where there are none."""
    found = await db.execute(_of(region, source, day).where(statement_file.c.version == version))
    file = found.one_or_none()
    if file is None or file.raw is None:
        raise NotFound(f"version {version} of the statement of {source} for {day} is not there", field="version")
    return RawStatement(file.file_name, bytes(file.raw))


def _of(region: str, source: Source, day: date) -> Select[Any]:
    return select(statement_file).where(
        statement_file.c.region == region, statement_file.c.source == source, statement_file.c.day == day
    )


async def _brought_by(db: AsyncConnection, file_id: UUID) -> str | None:
    actor: str | None = await db.scalar(
        select(transition.c.actor).where(
            transition.c.machine == STATEMENT.name, transition.c.subject == file_id, transition.c.event == "arrive"
        )
    )
    return None if actor == BY_ITSELF else actor


async def _unread(db: AsyncConnection, file_id: object) -> tuple[LineView, ...]:
    lines = await db.execute(
        select(unread_line).where(unread_line.c.file_id == file_id).order_by(unread_line.c.ordinal)
    )
    return tuple(LineView(line.line_no, line.reason, bytes(line.raw).decode("gbk", "replace")) for line in lines)
