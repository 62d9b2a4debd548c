"""Statements as evidence: kept with bytes and hash before anything is believed, then checked or refused.

Of the versions of a statement one counts; those that a later issue replaced stay. The same bytes a second time
change nothing; bytes of an earlier version are a new issue, for a correction may be taken back.
"""

import asyncio
import hashlib
from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Row, func, insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from foundation import clock
from foundation.database import transaction
from foundation.errors import Unavailable
from foundation.identifiers import new_id
from foundation.states import BY_ITSELF, transition
from reconciliation.bank_balance import hold_balance
from reconciliation.kinds import KINDS
from reconciliation.reasons import SOURCE_NAMES
from reconciliation.sessions import hold_sessions
from reconciliation.tables import STATEMENT, statement_file
from reconciliation.unread_lines import keep_unread
from settlement.calendars import Hours
from settlement.cases import UNSETTLED, office_case, open_case, vanish
from settlement.ports.channel import Unauthentic
from settlement.ports.columns import columns_of, sum_fen
from settlement.ports.statements import RawStatement, Source, Statement, StatementSource, UnreadableStatement

_SMALL = 4 << 20
"""Bytes of a statement that may be fetched every few minutes."""


async def receive(engine: AsyncEngine, region: str, source: StatementSource, day: date, hours: Hours) -> None:
    """Fetches the statement of a day and keeps it. What does not answer is missing for now.

    What answers with a wrong signature is missing too, and a case (F0-7): nothing of it was believed.
    """
    raw, forged = None, None
    try:
        raw = await source.fetch(day)
    except Unavailable:
        pass
    except Unauthentic as error:
        forged = error.detail
    async with transaction(engine) as db:
        if forged:
            await open_file_case(db, region, source.source, day, "F0-7", forged, about="signature")
        due = hours.works(source.source, day) and hours.is_late(source.source, day)
        await keep(db, region, source.source, day, raw, is_due=due)


async def is_issued_again(
    engine: AsyncEngine, region: str, sources: Sequence[StatementSource], day: date, hours: Hours
) -> bool:
    """Fetches the small ones of a day's statements again; whether any is another than the one that was matched."""
    of_day = (statement_file.c.region == region) & (statement_file.c.day == day)
    large = select(statement_file.c.source).where(of_day, func.octet_length(statement_file.c.raw) > _SMALL)
    async with engine.connect() as db:
        left_out = set(await db.scalars(large))
    for source in sources:
        if source.source.value not in left_out:
            await receive(engine, region, source, day, hours)
    async with engine.connect() as db:
        news = select(statement_file.c.id).where(of_day, statement_file.c.state == "arrived")
        return bool(await db.scalar(select(news.exists())))


async def keep(
    db: AsyncConnection,
    region: str,
    source: Source,
    day: date,
    raw: RawStatement | None,
    by: str | None = None,
    *,
    is_due: bool = False,
) -> None:
    """Keeps a statement that arrived, or that it is missing. `by` is the finance user who brought it.

    One that is missing though it `is_due` is a case.

    What somebody brought stays, though the institution goes on giving the file that it stands for.
    """
    one_at_a_time = text("SELECT pg_advisory_xact_lock(hashtextextended(:statement, 0))")
    await db.execute(one_at_a_time, {"statement": _fingerprint(region, source, day, "file")})
    current = await _current(db, region, source, day)
    if current is None:
        current = await _add_version(db, region, source, day, version=1)
    if raw is None:
        if current.state == "missing" and is_due:
            await open_file_case(db, region, source, day, "F0-1", "过了约定时间仍未收到")
        return
    sha256 = hashlib.sha256(raw.raw).hexdigest()
    given_before = current.sha256 if by else await _last_given(db, region, source, day)
    if sha256 in (current.sha256, given_before):
        return
    who = {"role": "finance", "actor": by} if by else {}
    if current.state != "missing":
        await STATEMENT.advance(db, current.id, current.state, "replace", reason=f"issued again: {sha256}", **who)
        if current.state == "checked":
            changed = f"第 {current.version} 版 {current.sha256[:12]}，新版 {sha256[:12]}"
            await open_file_case(db, region, source, day, "F0-3", changed, about=sha256)
        current = await _add_version(db, region, source, day, version=current.version + 1)
    await STATEMENT.advance(
        db, current.id, "missing", "arrive",
        file_name=raw.file_name, raw=raw.raw, sha256=sha256, arrived_at=clock.now(), **who,
    )  # fmt: skip


async def day_off(
    db: AsyncConnection, region: str, source: StatementSource, day: date, hours: Hours
) -> Statement | None:
    """An empty statement for a day on which the source did not work and gave none; None for any other day."""
    file = await _current(db, region, source.source, day)
    if hours.works(source.source, day) or (file is not None and file.state != "missing"):
        return None
    return Statement(source.source, region, day, "", b"", columns_of(()))


async def checked(db: AsyncConnection, region: str, source: StatementSource, day: date) -> Statement | None:
    """The statement of a day, read from the bytes that were kept; None while there is none that can be believed."""
    file = await _current(db, region, source.source, day)
    if file is None or file.state == "missing":
        return None
    try:
        statement = await asyncio.to_thread(source.parse, RawStatement(file.file_name, bytes(file.raw)), day)
        _is_what_was_asked_for(statement, region, source.source, day)
    except UnreadableStatement as error:
        if file.state != "refused":
            await STATEMENT.advance(db, file.id, file.state, "refuse", reason=error.detail, refusal=error.detail)
        await open_file_case(db, region, source.source, day, error.facts["kind"], error.detail)
        return None
    if file.state != "checked":
        await STATEMENT.advance(db, file.id, file.state, "check", refusal=None, **_said(statement))
    await keep_unread(db, file.id, statement)
    await hold_sessions(db, statement)
    await hold_balance(db, (await db.execute(select(statement_file).where(statement_file.c.id == file.id))).one())
    await end_file_case(db, region, source.source, day)
    return statement


def _said(statement: Statement) -> dict[str, Any]:
    """How many rows a statement has, what they come to, and the balances that it names; fen."""
    balances = statement.balances
    return {
        "row_count": len(statement.columns),
        "sum_fen": sum_fen(statement.columns),
        "opening_fen": balances.opening_fen if balances else None,
        "closing_fen": balances.closing_fen if balances else None,
    }


def _is_what_was_asked_for(statement: Statement, region: str, source: Source, day: date) -> None:
    found, wanted = (statement.region, statement.source, statement.day), (region, source, day)
    if found != wanted:
        raise UnreadableStatement(
            f"the statement is for {' '.join(map(str, found))}, wanted was {' '.join(map(str, wanted))}", kind="F0-8"
        )


async def _current(db: AsyncConnection, region: str, source: Source, day: date) -> Row[*tuple[Any, ...]] | None:
    found = await db.execute(
        select(statement_file).where(
            statement_file.c.region == region,
            statement_file.c.source == source,
            statement_file.c.day == day,
            statement_file.c.state != "reissued",
        )
    )
    return found.one_or_none()


async def _last_given(db: AsyncConnection, region: str, source: Source, day: date) -> str | None:
    """The SHA-256 of what the institution itself gave last, though somebody may have brought another since.

    Only the last counts: an institution that takes a corrected statement back gives the one before it once more.
    """
    arrived = (transition.c.subject == statement_file.c.id) & (transition.c.machine == STATEMENT.name)
    sha256: str | None = await db.scalar(
        select(statement_file.c.sha256)
        .join(transition, arrived)
        .where(transition.c.event == "arrive", transition.c.actor == BY_ITSELF)
        .where(statement_file.c.region == region, statement_file.c.source == source, statement_file.c.day == day)
        .order_by(statement_file.c.version.desc())
        .limit(1)
    )
    return sha256


async def _add_version(
    db: AsyncConnection, region: str, source: Source, day: date, version: int
) -> Row[*tuple[Any, ...]]:
    added = await db.execute(
        insert(statement_file)
        .values(id=new_id(), region=region, source=source, day=day, version=version, state=STATEMENT.first)
        .returning(statement_file)
    )
    row: Row[*tuple[Any, ...]] = added.one()
    return row


async def open_file_case(
    db: AsyncConnection, region: str, source: Source, day: date, kind: str, why: str, about: str = "file"
) -> None:
    """Opens the case of a statement, or of what of it `about` names: one case for each."""
    words = KINDS[kind].name
    name = SOURCE_NAMES[source]
    await open_case(
        db, region, kind, _fingerprint(region, source, day, about),
        f"{name.zh} {day} {words.zh}：{why}",
        {
            "source": source,
            "day": day.isoformat(),
            "reason_en": f"{name.en} {day}, {words.en}: {why}",
            "action": KINDS[kind].action.model_dump(),
        },
        0, business_day=day,
    )  # fmt: skip


async def end_file_case(db: AsyncConnection, region: str, source: Source, day: date, about: str = "file") -> None:
    """Ends that case, since what it is about can be believed now."""
    found = await db.execute(
        select(office_case.c.id, office_case.c.state).where(
            office_case.c.fingerprint == _fingerprint(region, source, day, about),
            office_case.c.state.in_(UNSETTLED),
        )
    )
    await vanish(
        db, [(case.id, case.state) for case in found], "对账单已到并通过校验。The statement arrived and was checked."
    )


def _fingerprint(region: str, source: Source, day: date, about: str) -> str:
    """One case for a day's statement, whether it is missing, cut off or of the wrong merchant."""
    return f"statement:{region}:{source}:{day}:{about}"
