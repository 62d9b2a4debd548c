"""What a run found, written down: totals, breaks with their cases, the pool. A second run replaces the first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Row, delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from reconciliation.case_facts import case_of
from reconciliation.explanation import Break, Explained, Pooled
from reconciliation.tables import pooled_row, reconciliation_break, source_result
from settlement.cases import UNSETTLED, office_case, open_cases, vanish
from settlement.ports.book import BookRow
from settlement.ports.statements import Source


@dataclass(frozen=True, slots=True)
class SourceDay:
    """One source's day in one region."""

    id: UUID
    region: str
    source: Source
    day: date


@dataclass(frozen=True, slots=True)
class Outcome:
    """One statement held against our book: what the keyed pass matched and the explanation of the rest; fen.

    `fee_fen` is what of the matched is the channel's fee by contract, below zero.
    """

    agreed_count: int
    agreed_fen: int
    their_count: int
    their_fen: int
    fee_fen: int
    explained: Explained


async def write_down(
    db: AsyncConnection, on: SourceDay, outcome: Outcome, held_earlier: Sequence[BookRow] = ()
) -> None:
    """Writes what came of a source's day, opens its cases and ends those whose cause is gone.

    `held_earlier` are rows of ours that breaks of earlier days hold, as our book has them now.
    """
    await forget(db, on)
    await _write_breaks(db, on, outcome.explained.breaks)
    await _write_pool(db, on, outcome.explained.pool)
    await _write_totals(db, on, outcome)
    await _end_cases(db, on, outcome.explained.breaks, held_earlier)


async def forget(db: AsyncConnection, on: SourceDay) -> None:
    """Takes back what an earlier run wrote. Cases and evidence stay."""
    for table in (source_result, pooled_row, reconciliation_break):
        await db.execute(delete(table).where(table.c.day_id == on.id, table.c.source == on.source))


async def _write_breaks(db: AsyncConnection, on: SourceDay, breaks: Sequence[Break]) -> None:
    cases = await open_cases(db, [case_of(on.region, on.source, on.day, one) for one in breaks])
    rows = [
        {
            "day_id": on.id,
            "source": on.source,
            "fingerprint": one.fingerprint,
            "kind": one.kind,
            "key": one.key,
            "second_key": one.second_key,
            "account": one.theirs[0].account if one.theirs else one.ours[0].account,
            "our_accounts": [row.account for row in one.ours],
            "our_count": len(one.ours),
            "our_fen": one.our_fen,
            "their_count": len(one.theirs),
            "their_fen": one.their_fen,
            "line_nos": [row.line_no for row in one.theirs],
            "bill_id": one.bill_id,
            "reason_zh": one.reason.zh,
            "reason_en": one.reason.en,
            "case_id": cases[one.fingerprint],
        }
        for one in breaks
    ]
    if rows:
        await db.execute(insert(reconciliation_break), rows)


async def _write_pool(db: AsyncConnection, on: SourceDay, pool: Sequence[Pooled]) -> None:
    rows = [
        {
            "day_id": on.id,
            "source": on.source,
            "ordinal": ordinal,
            "key": one.row.key,
            "second_key": one.row.second_key,
            "account": one.row.account,
            "amount_fen": one.row.amount_fen,
            "bill_id": one.row.bill_id,
            "expected_on": one.row.expected_on,
            "reason_zh": one.reason.zh,
            "reason_en": one.reason.en,
        }
        for ordinal, one in enumerate(pool)
    ]
    if rows:
        await db.execute(insert(pooled_row), rows)


async def _write_totals(db: AsyncConnection, on: SourceDay, outcome: Outcome) -> None:
    explained = outcome.explained
    matched_fen = outcome.agreed_fen + sum(row.amount_fen for row in explained.matched)
    matched_count = outcome.agreed_count + len(explained.matched)
    ours = [row for one in explained.breaks for row in one.ours] + [one.row for one in explained.pool]
    await db.execute(
        insert(source_result).values(
            day_id=on.id,
            source=on.source,
            our_count=matched_count + len(ours),
            our_fen=matched_fen + sum(row.amount_fen for row in ours),
            their_count=outcome.their_count,
            their_fen=outcome.their_fen,
            matched_count=matched_count,
            matched_fen=matched_fen,
            fee_fen=outcome.fee_fen,
        )
    )


async def _end_cases(
    db: AsyncConnection, on: SourceDay, breaks: Sequence[Break], held_earlier: Sequence[BookRow]
) -> None:
    """Ends the cases of differences that are none any more.

    They matched late, are gone with a corrected statement, or our book has learnt since what an earlier one showed.
    """
    still = {one.fingerprint for one in breaks}
    case, their = office_case.c, office_case.c.facts["theirs"][0]
    found = await db.execute(
        select(
            case.id,
            case.state,
            case.fingerprint,
            case.facts["day"].astext.label("day"),
            case.facts["their_rows"].as_integer().label("their_rows"),
            their["key"].astext.label("key"),
            their["account"].astext.label("account"),
            their["amount_fen"].astext.cast(BigInteger).label("amount_fen"),
        ).where(
            case.region == on.region,
            case.state.in_(UNSETTLED),
            case.facts["source"].astext == on.source,
            case.facts.has_key("our_rows"),
        )
    )
    candidates = [one for one in found if one.fingerprint not in still]
    gone = [(one.id, one.state) for one in candidates if _is_gone(one, on)]
    await vanish(db, gone, f"按 {on.day} 对账单已无差异。No longer a difference by the statement of {on.day}.")
    known = {(row.key, row.account, row.amount_fen) for row in held_earlier}
    learnt = [
        (one.id, one.state)
        for one in candidates
        if _is_earlier(one, on) and one.their_rows == 1 and (one.key, one.account, one.amount_fen) in known
    ]
    await vanish(db, learnt, "我方账簿现已与对账单一致。Our book has it by now as the statement showed it.")


def _is_gone(case: Row[*tuple[Any, ...]], on: SourceDay) -> bool:
    """Whether a case that this run did not find again is settled by it.

    A case that this day raised is; of earlier days', one where a row of ours stood alone: it is among today's
    candidates, so that if it is no break now it has matched, or is no longer expected. Rows of an earlier
    statement are not looked at today, and stay.
    """
    return case.day == on.day.isoformat() or (_is_earlier(case, on) and case.their_rows == 0)


def _is_earlier(case: Row[*tuple[Any, ...]], on: SourceDay) -> bool:
    return date.fromisoformat(case.day) < on.day
