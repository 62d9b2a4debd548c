"""How a day stands: for each source the statement, both sides' totals, the three buckets; the control equations."""

from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, cast, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from foundation.errors import NotFound
from reconciliation.balance import BalanceStatement, balance_equation, balance_statement, transit_equations
from reconciliation.bank_balance import own_balance
from reconciliation.equations import Equation
from reconciliation.progress import Progress, progress_of
from reconciliation.reasons import Sentence
from reconciliation.source_equations import source_equations
from reconciliation.source_report import BreakView, FileView, PoolView, SourceReport, Total
from reconciliation.tables import (
    day_preparation,
    day_signature,
    pooled_row,
    reconciliation_break,
    reconciliation_day,
    source_result,
    statement_file,
)
from settlement.cases import office_case
from settlement.ports.statements import Source


@dataclass(frozen=True, slots=True)
class Preparation:
    """The first of two names under a day. `remark`: why it is signed though cases are open."""

    version: int
    sha256: str
    remark: str
    prepared_by: str
    prepared_at: datetime


@dataclass(frozen=True, slots=True)
class Signature:
    """A signed version of a day, with both names; the report's hash covers the hash of the day before.

    Of a day that was signed before there were two names, the first is None.
    """

    version: int
    sha256: str
    previous_sha256: str | None
    prepared_by: str | None
    prepared_at: datetime | None
    prepared_sha256: str | None
    remark: str
    signed_by: str
    signed_at: datetime


@dataclass(frozen=True, slots=True)
class DayReport:
    """How a day of a region stands. `book_head` is the ledger's head under the signature, in hex, to be published.

    `preparation` is the first of the two names while the second is awaited; `progress` how far the last run came.
    """

    region: str
    day: date
    state: str
    sources: tuple[SourceReport, ...]
    equations: tuple[Equation, ...]
    balance: BalanceStatement | None
    progress: tuple[Progress, ...]
    preparation: Preparation | None
    signature: Signature | None
    book_head: str | None

    @property
    def breaks(self) -> tuple[BreakView, ...]:
        """The differences of all sources."""
        return tuple(one for source in self.sources for one in source.breaks)


async def day_report(db: AsyncConnection, region: str, day: date) -> DayReport:
    """How a day stands now. NotFound when it was never closed."""
    record = (
        await db.execute(
            select(reconciliation_day).where(reconciliation_day.c.region == region, reconciliation_day.c.day == day)
        )
    ).one_or_none()
    if record is None:
        raise NotFound(f"{day} was never reconciled in region {region}", field="day")
    files = await db.execute(
        select(statement_file)
        .where(statement_file.c.region == region, statement_file.c.day == day, statement_file.c.state != "reissued")
        .order_by(statement_file.c.source)
    )
    sources = [await _source(db, record.id, file) for file in files]
    balance = await balance_statement(db, record.id)
    return DayReport(
        region,
        day,
        record.state,
        tuple(sources),
        (
            *(one for source in sources for one in source_equations(source)),
            *await transit_equations(db, record.id),
            *([proof] if (proof := balance_equation(balance)) else []),
        ),
        balance,
        await progress_of(db, record.id),
        await preparation(db, region, day) if record.state == "prepared" else None,
        await _signature(db, region, day),
        await _book_head(db, region, day),
    )


async def _source(db: AsyncConnection, day_id: UUID, file: Row[*tuple[Any, ...]]) -> SourceReport:
    result = (
        await db.execute(
            select(source_result).where(source_result.c.day_id == day_id, source_result.c.source == file.source)
        )
    ).one_or_none()
    return SourceReport(
        Source(file.source),
        FileView(
            file.state, file.version, file.file_name, file.sha256,
            file.row_count, file.sum_fen, file.refusal, file.arrived_at,
        ),
        Total(result.our_count, result.our_fen) if result else None,
        Total(result.their_count, result.their_fen) if result else None,
        Total(result.matched_count, result.matched_fen) if result else None,
        result.fee_fen if result else 0,
        await _pool(db, day_id, file.source),
        await _breaks(db, day_id, file.source),
        await own_balance(db, file),
    )  # fmt: skip


async def _pool(db: AsyncConnection, day_id: UUID, source: str) -> tuple[PoolView, ...]:
    found = await db.execute(
        select(pooled_row)
        .where(pooled_row.c.day_id == day_id, pooled_row.c.source == source)
        .order_by(pooled_row.c.expected_on, pooled_row.c.ordinal)
    )
    return tuple(
        PoolView(
            row.key, row.second_key, row.account, row.amount_fen, row.bill_id, row.expected_on,
            Sentence(row.reason_zh, row.reason_en),
        )
        for row in found
    )  # fmt: skip


async def _breaks(db: AsyncConnection, day_id: UUID, source: str) -> tuple[BreakView, ...]:
    found = await db.execute(
        select(reconciliation_break, office_case.c.state.label("case_state"))
        .join(office_case, office_case.c.id == reconciliation_break.c.case_id)
        .where(reconciliation_break.c.day_id == day_id, reconciliation_break.c.source == source)
        .order_by(reconciliation_break.c.kind, reconciliation_break.c.key, reconciliation_break.c.fingerprint)
    )
    return tuple(
        BreakView(
            row.kind, row.fingerprint, row.key, row.second_key, row.account,
            row.our_count, row.our_fen, row.their_count, row.their_fen, tuple(row.line_nos),
            row.bill_id, Sentence(row.reason_zh, row.reason_en), row.case_id, row.case_state,
        )
        for row in found
    )  # fmt: skip


async def preparation(db: AsyncConnection, region: str, day: date) -> Preparation | None:
    """The last preparation of a day."""
    found = await db.execute(
        select(*(day_preparation.c[name.name] for name in fields(Preparation)))
        .where(day_preparation.c.region == region, day_preparation.c.day == day)
        .order_by(day_preparation.c.prepared_at.desc(), day_preparation.c.id.desc())
        .limit(1)
    )
    row = found.one_or_none()
    return Preparation(*row) if row else None


async def _signature(db: AsyncConnection, region: str, day: date) -> Signature | None:
    found = await db.execute(
        select(*(day_signature.c[name.name] for name in fields(Signature)))
        .where(day_signature.c.region == region, day_signature.c.day == day)
        .order_by(day_signature.c.version.desc())
        .limit(1)
    )
    row = found.one_or_none()
    return Signature(*row) if row else None


async def _book_head(db: AsyncConnection, region: str, day: date) -> str | None:
    head: str | None = await db.scalar(
        select(cast(day_signature.c.report, JSONB)["book"]["head"].astext)
        .where(day_signature.c.region == region, day_signature.c.day == day)
        .order_by(day_signature.c.version.desc())
        .limit(1)
    )
    return head
