"""A statement's own balances: opening + what moved = closing, and the opening is the closing of the statement before.

Where they are not, money moved that no row shows, or a statement is missing: a case (S-7), and until it is cleared up
the day cannot be signed, since its equations do not hold.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from foundation.money import yuan
from reconciliation.equations import BALANCE_BEFORE, MOVED, OPENING, Equation, equation
from reconciliation.kinds import KINDS
from reconciliation.reasons import SOURCE_NAMES, Sentence
from reconciliation.tables import reconciliation_day, source_result, statement_file, unread_line
from settlement.cases import UNSETTLED, NewCase, office_case, open_cases, vanish
from settlement.ports.statements import Source

_KIND = "S-7"


@dataclass(frozen=True, slots=True)
class OwnBalance:
    """What a statement says its account held; fen.

    `moved_fen`: what its rows come to, None where some cannot be read. `before_fen`: the closing balance of the
    statement before, None where there is none that could be read.
    """

    opening_fen: int
    closing_fen: int
    moved_fen: int | None
    before_fen: int | None


async def own_balance(db: AsyncConnection, file: Row[Any]) -> OwnBalance | None:
    """The balances of a statement that was checked; None where it names none."""
    if file.state != "checked" or file.opening_fen is None:
        return None
    unread = await db.scalar(select(unread_line.c.file_id).where(unread_line.c.file_id == file.id).limit(1))
    moved_fen = None if unread else file.sum_fen
    return OwnBalance(file.opening_fen, file.closing_fen, moved_fen, await _before(db, file))


async def hold_balance(db: AsyncConnection, file: Row[Any]) -> None:
    """Opens the case of a statement whose balances do not hold, or ends it."""
    source, day = Source(file.source), file.day
    balance = await own_balance(db, file)
    wrong = [one for one in balance_equations(source, balance) if not one.holds]
    if wrong:
        await open_cases(db, [_case_of(file.region, source, day, wrong)])
        return
    found = await db.execute(
        select(office_case.c.id, office_case.c.state).where(
            office_case.c.fingerprint == _fingerprint(file.region, source, day), office_case.c.state.in_(UNSETTLED)
        )
    )
    await vanish(db, [(one.id, one.state) for one in found], "余额已相符。The balances hold.")


def balance_equations(source: Source, balance: OwnBalance | None) -> Iterator[Equation]:
    """What must be equal of a statement's balances, as far as it is known."""
    if balance is None:
        return
    name = SOURCE_NAMES[source]
    if balance.moved_fen is not None:
        yield equation(
            Sentence(f"{name.zh}：期初余额 + 本日收付 = 期末余额", f"{name.en}: opening + moved = closing balance"),
            ((OPENING, balance.opening_fen), (MOVED, balance.moved_fen)),
            balance.closing_fen,
        )
    if balance.before_fen is not None:
        yield equation(
            Sentence(f"{name.zh}：上日期末余额 = 期初余额", f"{name.en}: closing balance before = opening balance"),
            ((BALANCE_BEFORE, balance.before_fen),),
            balance.opening_fen,
        )


async def _before(db: AsyncConnection, file: Row[Any]) -> int | None:
    """The closing balance of the statement before. A day on which the source did not work has none, and is passed."""
    other, at = statement_file.c, reconciliation_day.c
    judged = (
        select(source_result.c.day_id)
        .join(reconciliation_day, at.id == source_result.c.day_id)
        .where(at.region == other.region, at.day == other.day, source_result.c.source == other.source)
    )
    found = await db.execute(
        select(other.state, other.closing_fen)
        .where(other.region == file.region, other.source == file.source, other.day < file.day)
        .where(other.state != "reissued", (other.state != "missing") | ~judged.exists())
        .order_by(other.day.desc())
        .limit(1)
    )
    last = found.one_or_none()
    closing_fen: int | None = last.closing_fen if last and last.state == "checked" else None
    return closing_fen


def _case_of(region: str, source: Source, day: date, wrong: list[Equation]) -> NewCase:
    name, kind = SOURCE_NAMES[source], KINDS[_KIND]
    said = [
        Sentence(
            f"{one.words.zh}：{yuan(one.left_fen)} ≠ {yuan(one.right_fen)}，差 {yuan(one.right_fen - one.left_fen)}",
            f"{one.words.en}: {yuan(one.left_fen)} is not {yuan(one.right_fen)}, "
            f"difference {yuan(one.right_fen - one.left_fen)}",
        )
        for one in wrong
    ]
    return NewCase(
        region, _KIND, _fingerprint(region, source, day), f"{day} " + "；".join(one.zh for one in said),
        abs(wrong[0].right_fen - wrong[0].left_fen), day, None,
        {
            "source": source,
            "day": day.isoformat(),
            "reason_en": f"{name.en} {day}: " + "; ".join(one.en for one in said),
            "action": kind.action.model_dump(),
        },
        kind.days_to_settle,
    )  # fmt: skip


def _fingerprint(region: str, source: Source, day: date) -> str:
    return f"statement:{region}:{source}:{day}:balance"
