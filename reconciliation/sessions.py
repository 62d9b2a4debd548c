"""Batches (场次) of a source's day whose totals are not what their rows come to: a case each, T-10.

The day's own totals are right, else its statement would be refused. So a row was counted in one batch and written in
another, mostly around a cut-off: nothing is missing, and the rows are judged as ever.
"""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from foundation.money import yuan
from reconciliation.kinds import KINDS
from reconciliation.reasons import SOURCE_NAMES
from settlement.cases import UNSETTLED, NewCase, office_case, open_cases, vanish
from settlement.ports.statements import Session, Statement

_KIND = "T-10"


async def hold_sessions(db: AsyncConnection, statement: Statement) -> None:
    """Opens the cases of batches that do not agree, and ends those of batches that do again."""
    cases = [_case_of(statement, one) for one in statement.sessions if not one.agrees]
    await open_cases(db, cases)
    found = await db.execute(
        select(office_case.c.id, office_case.c.state, office_case.c.fingerprint).where(
            office_case.c.state.in_(UNSETTLED),
            office_case.c.fingerprint.startswith(_fingerprint(statement), autoescape=True),
        )
    )
    still = {case.fingerprint for case in cases}
    gone = [(case.id, case.state) for case in found if case.fingerprint not in still]
    await vanish(db, gone, "场次总数与明细已相符。The totals of the batch agree with its rows.")


def _case_of(statement: Statement, one: Session) -> NewCase:
    name, kind = SOURCE_NAMES[statement.source], KINDS[_KIND]
    said, rows = yuan(one.said_fen), yuan(one.fen)
    return NewCase(
        statement.region, _KIND, f"{_fingerprint(statement)}{one.number}",
        f"{name.zh} {statement.day} 第 {one.number} 场次（{'日切' if one.turns else '日间'}）"
        f"总数 {one.said_count} 笔 {said}，明细 {one.count} 笔 {rows}",
        abs(one.said_fen - one.fen), statement.day, None,
        {
            "source": statement.source,
            "day": statement.day.isoformat(),
            "key": one.number,
            "reason_en": f"{name.en} {statement.day}, batch {one.number}: its totals say {one.said_count} rows and "
            f"{said}, its rows are {one.count} and {rows}",
            "action": kind.action.model_dump(),
        },
        kind.days_to_settle,
    )  # fmt: skip


def _fingerprint(statement: Statement) -> str:
    """With what the fingerprints of a day's batches begin."""
    return f"statement:{statement.region}:{statement.source}:{statement.day}:session:"
