"""The batches of a source's running day as they were kept: what finance sees of them, and takes out as evidence."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from foundation.errors import NotFound
from reconciliation.tables import statement_batch
from settlement.ports.statements import RawStatement, Source


@dataclass(frozen=True, slots=True)
class BatchView:
    """One version of a batch: its totals in rows and fen, why it was not believed. `turns`: it is the last (日切)."""

    number: str
    version: int
    turns: bool
    said_count: int
    said_fen: int
    file_name: str
    bytes: int
    sha256: str
    arrived_at: datetime
    refusal: str | None


async def batches(db: AsyncConnection, region: str, source: Source, day: date) -> list[BatchView]:
    """Every version of every batch that came while the day ran, in their order; none where it came as a whole."""
    batch = statement_batch.c
    found = await db.execute(
        select(
            batch.number, batch.version, batch.turns, batch.said_count, batch.said_fen, batch.file_name,
            func.octet_length(batch.raw).label("bytes"), batch.sha256, batch.arrived_at, batch.refusal,
        )
        .where(batch.region == region, batch.source == source, batch.day == day)
        .order_by(batch.number, batch.version)
    )  # fmt: skip
    return [BatchView(**row) for row in found.mappings()]


async def batch_evidence(
    db: AsyncConnection, region: str, source: Source, day: date, number: str, version: int
) -> RawStatement:
    """The bytes of a version of a batch, as they came. NotFound where there is none."""
    batch = statement_batch.c
    found = await db.execute(
        select(batch.file_name, batch.raw)
        .where(batch.region == region, batch.source == source, batch.day == day)
        .where(batch.number == number, batch.version == version)
    )
    row = found.one_or_none()
    if row is None:
        raise NotFound(f"version {version} of batch {number} of {source} for {day} is not there", field="number")
    return RawStatement(row.file_name, bytes(row.raw))
