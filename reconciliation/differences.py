"""One source's day: our free rows held against one statement."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import pyarrow.compute as pc
from sqlalchemy import ARRAY, BigInteger, Date, Text, and_, any_, case, cast, func, literal, or_, select
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.ext.asyncio import AsyncConnection

from reconciliation import reasons
from reconciliation.columns import keyed_pass
from reconciliation.explanation import Explained, Pooled, explain
from reconciliation.judgement import Judgement
from reconciliation.ports import Book
from reconciliation.record import Outcome, SourceDay, write_down
from reconciliation.tables import reconciliation_break, reconciliation_day, source_result
from reconciliation.unread_lines import unread_until
from settlement.cases import CASE, DECIDED, office_case
from settlement.ports.book import BookRow
from settlement.ports.columns import rows_of, sum_fen
from settlement.ports.statements import FEE, Statement


@dataclass(frozen=True, slots=True)
class _Candidates:
    """Rows of ours for a day: free ones, and those that a break of an earlier or of a later day holds."""

    free: list[BookRow]
    held_earlier: list[BookRow]
    held_later: list[Pooled]


async def match_source(
    db: AsyncConnection, on: SourceDay, statement: Statement, book: Book, *, unread: date | None = None
) -> None:
    """Holds our book against one statement and writes what came of it, cases included.

    `unread`: the latest day up to which ours may stand in a statement that is not there, if that is not known by the
    days that were never matched.
    """
    candidates = await _candidates(db, on, book)
    later = [row for row in candidates.free if row.matched_on and row.matched_on > on.day]
    ours = [row for row in candidates.free if not (row.matched_on and row.matched_on > on.day)]
    rest = await asyncio.to_thread(keyed_pass, ours, statement.columns)
    originals = statement.beside.originals
    known = await book.find(
        db,
        on.region,
        on.source,
        [row.key for row in rest.theirs] + [originals[row.key] for row in rest.theirs if row.key in originals],
        [row.second_key for row in rest.theirs if row.second_key],
    )
    lines = await unread_until(db, on.region, on.source, on.day)
    unread = unread or await _unread_before(db, on)
    judgement = Judgement(on.region, on.source, on.day, unread, lines, statement.beside, _went_back(statement))
    explained = explain(rest.ours, rest.theirs, known, judgement)
    explained.pool += (*candidates.held_later, *(Pooled(row, reasons.matched_later(row)) for row in later))
    await _recall_decided(db, on, explained)
    theirs = statement.columns
    matched = rest.matched + [(row.key, row.account) for row in explained.matched]
    fees = {one for one in matched if one[1] == FEE}
    fee_fen = sum(row.amount_fen for row in ours if (row.key, row.account) in fees) if fees else 0
    outcome = Outcome(len(rest.matched), rest.matched_fen, len(theirs), sum_fen(theirs), fee_fen, explained)
    await write_down(db, on, outcome, candidates.held_earlier)
    await book.mark_matched(db, on.region, on.source, on.day, matched)


def _went_back(statement: Statement) -> Mapping[str, int]:
    """What by a statement went back of each payment that it names, in fen."""
    went_back = Counter[str]()
    back = statement.columns.filter(pc.less(statement.columns["amount_fen"], 0))
    for row in rows_of(back) if statement.beside.originals else ():
        if original := statement.beside.originals.get(row.key):
            went_back[original] -= row.amount_fen
    return went_back


async def _candidates(db: AsyncConnection, on: SourceDay, book: Book) -> _Candidates:
    """Our rows, and which of them a break of another day holds against a row of a statement.

    What an earlier day's holds was judged there. So was money that went back and that an earlier statement showed
    before our book knew of it.
    """
    broken = reconciliation_break.c
    found = await db.execute(
        select(
            reconciliation_day.c.day,
            broken.key,
            broken.second_key,
            func.unnest(case((broken.our_count > 0, broken.our_accounts), else_=array([broken.account]))).label(
                "account"
            ),
            broken.our_count,
            broken.their_fen,
        )
        .join(reconciliation_day, reconciliation_day.c.id == broken.day_id)
        .where(reconciliation_day.c.region == on.region, reconciliation_day.c.id != on.id)
        .where(broken.source == on.source, broken.their_count > 0)
        .where(or_(broken.our_count > 0, and_(broken.their_fen < 0, reconciliation_day.c.day < on.day)))
        .order_by(reconciliation_day.c.day)
    )
    holds = defaultdict[tuple[object, ...], list[date]](list)
    for row in found:
        if not row.our_count:
            holds[row.key, row.account, row.their_fen].append(row.day)
        elif row.key:
            holds[row.key, row.account].append(row.day)
        else:
            holds[_without_key(row.second_key, row.account, row.their_fen)].append(row.day)
    free, earlier, later = [], [], []
    for our in await book.rows(db, on.region, on.source, on.day):
        without_key = _without_key(our.second_key, our.account, our.amount_fen)
        names = ((our.key, our.account), (our.key, our.account, our.amount_fen), without_key)
        days = next((holds[name] for name in names if holds.get(name)), [])
        if not days:
            free.append(our)
        elif (day := days.pop(0)) > on.day:
            later.append(Pooled(our, reasons.differs_later(day)))
        else:
            earlier.append(our)
    return _Candidates(free, earlier, later)


def _without_key(second_key: str, account: str, fen: int) -> tuple[object, ...]:
    """As what a row is known that was held before it had a number: of what comes in its account may not be final."""
    return (second_key, account) if fen < 0 else (second_key,)


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


async def _recall_decided(db: AsyncConnection, on: SourceDay, explained: Explained) -> None:
    """Differences on which two people have decided.

    Those of earlier days are not differences of this day again: what is still missing waits, known to them. What has
    come meanwhile, but not as it should, they did not know, nor what a statement issued again shows otherwise: it is
    a difference, and a case that was closed is open again.
    """
    fingerprints = literal([one.fingerprint for one in explained.breaks], ARRAY(Text))
    facts = office_case.c.facts
    found = await db.execute(
        select(
            office_case.c.fingerprint,
            office_case.c.id,
            office_case.c.no,
            office_case.c.state,
            cast(facts["day"].astext, Date).label("day"),
            office_case.c.kind,
            facts["our_fen"].astext.cast(BigInteger).label("our_fen"),
            facts["their_fen"].astext.cast(BigInteger).label("their_fen"),
        ).where(office_case.c.fingerprint == any_(fingerprints), office_case.c.state.in_(DECIDED))
    )
    decided = {case.fingerprint: case for case in found}
    breaks = []
    for one in explained.breaks:
        case = decided.get(one.fingerprint)
        if case and case.day < on.day and not one.theirs:
            explained.pool += (Pooled(row, reasons.decided(case.no)) for row in one.ours)
            continue
        breaks.append(one)
        if case and case.state == "closed":
            as_decided = (case.day, case.kind, case.our_fen, case.their_fen)
            if as_decided != (on.day, one.kind, one.our_fen, one.their_fen):
                await CASE.advance(db, case.id, case.state, "return", reason=one.reason.zh)
    explained.breaks = breaks
