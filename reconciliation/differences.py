"""One source's day: matched, explained, written down. Running it again replaces what it wrote before."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Text, any_, delete, func, insert, literal, select
from sqlalchemy.ext.asyncio import AsyncConnection

from reconciliation import reasons
from reconciliation.columns import Remainder, keyed_pass
from reconciliation.explanation import Break, Explained, Judgement, Pooled, explain
from reconciliation.kinds import KINDS
from reconciliation.ports import Book, BookRow
from reconciliation.tables import pooled_row, reconciliation_break, reconciliation_day, source_result
from settlement.cases import UNSETTLED, NewCase, office_case, open_cases, vanish
from settlement.ports.statements import Source, Statement, StatementRow


@dataclass(frozen=True, slots=True)
class SourceDay:
    """One source's day in one region."""

    id: UUID
    region: str
    source: Source
    day: date


async def match_source(db: AsyncConnection, on: SourceDay, statement: Statement, book: Book) -> None:
    """Holds our book against one statement and writes what came of it, cases included."""
    ours = await _candidates(db, on, book)
    later = [row for row in ours if row.matched_on and row.matched_on > on.day]
    ours = [row for row in ours if not (row.matched_on and row.matched_on > on.day)]
    rest = await asyncio.to_thread(keyed_pass, ours, statement.rows)
    known = await book.find(
        db,
        on.region,
        on.source,
        [row.key for row in rest.theirs],
        [row.second_key for row in rest.theirs if row.second_key],
    )
    judgement = Judgement(on.region, on.source, on.day, await _unread_before(db, on))
    explained = explain(rest.ours, rest.theirs, known, judgement)
    explained.pool += (Pooled(row, reasons.matched_later(row)) for row in later)
    decided = await _decided_earlier(db, on, explained.breaks)
    explained.breaks = [one for one in explained.breaks if one.fingerprint not in decided]
    await forget(db, on)
    await _write_breaks(db, on, explained.breaks)
    await _write_pool(db, on, explained.pool)
    await _write_totals(db, on, rest, explained, statement.rows)
    matched = rest.matched + [(row.key, row.account) for row in explained.matched]
    await _end_cases(db, on, explained.breaks)
    await book.mark_matched(db, on.region, on.source, on.day, matched)


async def forget(db: AsyncConnection, on: SourceDay) -> None:
    """Takes back what an earlier run wrote. Cases and evidence stay."""
    for table in (source_result, pooled_row, reconciliation_break):
        await db.execute(delete(table).where(table.c.day_id == on.id, table.c.source == on.source))


async def _candidates(db: AsyncConnection, on: SourceDay, book: Book) -> list[BookRow]:
    """Rows of ours that are free: not those which a break of another day holds against a row of a statement."""
    held = await db.execute(
        select(
            reconciliation_break.c.key,
            reconciliation_break.c.second_key,
            func.unnest(reconciliation_break.c.our_accounts).label("account"),
        )
        .join(reconciliation_day, reconciliation_day.c.id == reconciliation_break.c.day_id)
        .where(
            reconciliation_day.c.region == on.region,
            reconciliation_day.c.id != on.id,
            reconciliation_break.c.source == on.source,
            reconciliation_break.c.their_count > 0,
        )
    )
    # A row that was held before it had a key and an account is known by its second key alone.
    holds = Counter((row.key, row.account) if row.key else (row.second_key,) for row in held)
    free = []
    for row in await book.rows(db, on.region, on.source, on.day):
        holding = next((name for name in ((row.key, row.account), (row.second_key,)) if holds[name]), None)
        if holding:
            holds[holding] -= 1
        else:
            free.append(row)
    return free


async def _unread_before(db: AsyncConnection, on: SourceDay) -> date | None:
    """The latest earlier day whose statement of this source was never matched: ours may stand in it."""
    matched = (source_result.c.day_id == reconciliation_day.c.id) & (source_result.c.source == on.source)
    found = await db.execute(
        select(func.max(reconciliation_day.c.day)).where(
            reconciliation_day.c.region == on.region,
            reconciliation_day.c.day < on.day,
            ~select(source_result.c.day_id).where(matched).exists(),
        )
    )
    latest: date | None = found.scalar_one()
    return latest


async def _decided_earlier(db: AsyncConnection, on: SourceDay, breaks: Sequence[Break]) -> set[str]:
    """Differences of earlier days that two people have closed: they are not differences of this day again."""
    found = await db.execute(
        select(office_case.c.fingerprint).where(
            office_case.c.fingerprint == any_(literal([one.fingerprint for one in breaks], ARRAY(Text))),
            office_case.c.state == "closed",
            office_case.c.business_day < on.day,
        )
    )
    return set(found.scalars())


async def _write_breaks(db: AsyncConnection, on: SourceDay, breaks: Sequence[Break]) -> None:
    cases = await open_cases(db, [_case(on, one) for one in breaks])
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


def _case(on: SourceDay, one: Break) -> NewCase:
    facts = {
        "source": on.source,
        "day": on.day.isoformat(),
        "key": one.key,
        "accounts": [row.account for row in one.ours],
        "our_rows": len(one.ours),
        "their_rows": len(one.theirs),
        "reason_en": one.reason.en,
        "action": KINDS[one.kind].action.model_dump(),
    }
    amount = abs(one.their_fen - one.our_fen) or abs(one.our_fen)
    return NewCase(on.region, one.kind, one.fingerprint, one.reason.zh, amount, on.day, one.bill_id, facts)


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


async def _write_totals(
    db: AsyncConnection, on: SourceDay, rest: Remainder, explained: Explained, theirs: Sequence[StatementRow]
) -> None:
    matched_fen = rest.matched_fen + sum(row.amount_fen for row in explained.matched)
    matched_count = len(rest.matched) + len(explained.matched)
    ours = [row for one in explained.breaks for row in one.ours] + [one.row for one in explained.pool]
    await db.execute(
        insert(source_result).values(
            day_id=on.id,
            source=on.source,
            our_count=matched_count + len(ours),
            our_fen=matched_fen + sum(row.amount_fen for row in ours),
            their_count=len(theirs),
            their_fen=sum(row.amount_fen for row in theirs),
            matched_count=matched_count,
            matched_fen=matched_fen,
        )
    )


async def _end_cases(db: AsyncConnection, on: SourceDay, breaks: Sequence[Break]) -> None:
    """Ends the cases of differences that are none any more: matched late, or gone with a corrected statement."""
    still = {one.fingerprint for one in breaks}
    found = await db.execute(
        select(office_case.c.id, office_case.c.state, office_case.c.fingerprint, office_case.c.facts).where(
            office_case.c.region == on.region,
            office_case.c.state.in_(UNSETTLED),
            office_case.c.facts["source"].astext == on.source,
            office_case.c.facts.has_key("our_rows"),
        )
    )
    gone = [(case.id, case.state) for case in found if case.fingerprint not in still and _is_gone(case.facts, on)]
    await vanish(db, gone, f"no longer a difference by the statement of {on.day}")


def _is_gone(facts: Mapping[str, Any], on: SourceDay) -> bool:
    """Whether a case that this run did not find again is settled by it.

    A case that this day raised is; of earlier days', one where a row of ours stood alone: it is among today's
    candidates, so that if it is no break now it has matched, or is no longer expected. Rows of an earlier
    statement are not looked at today, and stay.
    """
    seen_on = date.fromisoformat(facts["day"])
    return seen_on == on.day or (seen_on < on.day and facts["their_rows"] == 0)
