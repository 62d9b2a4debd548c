"""Lines of a statement that could not be read: kept with their numbers, shown as one case, and never a shortage.

A row of ours that is missing may stand on such a line, so it waits while the case is open: the row whose number the
line shows, or, where a line shows no number of ours, all that are missing.
"""

import re
from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from reconciliation.kinds import KINDS
from reconciliation.reasons import SOURCE_NAMES
from reconciliation.tables import statement_file, unread_line
from settlement.cases import UNSETTLED, office_case, open_case, vanish
from settlement.ports.book import BookRow
from settlement.ports.statements import Statement, UnreadLine

_KIND = "F0-9"
_SHOWN = 5
_NUMBERS = re.compile(rb"[0-9A-Za-z]+")


async def keep_unread(db: AsyncConnection, file_id: UUID, statement: Statement) -> None:
    """Keeps what could not be read of a statement that was checked; opens its case, or ends it when all was read."""
    await db.execute(delete(unread_line).where(unread_line.c.file_id == file_id))
    fingerprint = _fingerprint(statement.region, statement.source, statement.day)
    if statement.unread:
        lines = [
            {"file_id": file_id, "ordinal": ordinal, "line_no": one.line_no, "reason": one.reason, "raw": one.raw}
            for ordinal, one in enumerate(statement.unread)
        ]
        await db.execute(insert(unread_line), lines)
        await _open(db, statement, fingerprint)
    else:
        found = await db.execute(
            select(office_case.c.id, office_case.c.state).where(
                office_case.c.fingerprint == fingerprint, office_case.c.state.in_(UNSETTLED)
            )
        )
        await vanish(
            db,
            [(case.id, case.state) for case in found],
            "对账单各行均已读出。All lines of the statement could be read.",
        )


async def unread_until(db: AsyncConnection, region: str, source: str, day: date) -> list[bytes]:
    """The lines of this source's statements up to a day that nobody has settled yet."""
    unsettled = (
        select(office_case.c.id)
        .where(office_case.c.state.in_(UNSETTLED), office_case.c.kind == _KIND)
        .where(office_case.c.region == region, office_case.c.business_day == statement_file.c.day)
        .where(office_case.c.facts["source"].astext == source)
    )
    found = await db.execute(
        select(unread_line.c.raw)
        .join(statement_file, statement_file.c.id == unread_line.c.file_id)
        .where(statement_file.c.region == region, statement_file.c.source == source, statement_file.c.day <= day)
        .where(statement_file.c.state == "checked", unsettled.exists())
    )
    return [bytes(raw) for raw in found.scalars()]


def may_stand_on(lines: Sequence[bytes], ours: Sequence[BookRow]) -> list[bool]:
    """For each row of ours whether it may stand on one of the lines."""
    shown = [set(_NUMBERS.findall(line)) for line in lines]
    numbers = [{row.key.encode(), row.second_key.encode()} - {b""} for row in ours]
    every_number = set().union(*numbers)
    nameless = any(not (of_line & every_number) for of_line in shown)
    on_lines = set().union(*shown)
    return [nameless or bool(of_row & on_lines) for of_row in numbers]


async def _open(db: AsyncConnection, statement: Statement, fingerprint: str) -> None:
    name, words, lines = SOURCE_NAMES[statement.source], KINDS[_KIND].name, statement.unread
    await open_case(
        db, statement.region, _KIND, fingerprint,
        f"{name.zh} {statement.day} {words.zh} {len(lines)} 行：{_first(lines, '第 {} 行 {}', '；')}",
        {
            "source": statement.source,
            "day": statement.day.isoformat(),
            "line_nos": [line.line_no for line in lines],
            "reason_en": f"{name.en} {statement.day}, {len(lines)} {words.en}: {_first(lines, 'line {} {}', '; ')}",
        },
        0, business_day=statement.day,
    )  # fmt: skip


def _first(lines: Sequence[UnreadLine], form: str, between: str) -> str:
    more = f"{between}…" if len(lines) > _SHOWN else ""
    return between.join(form.format(line.line_no, line.reason) for line in lines[:_SHOWN]) + more


def _fingerprint(region: str, source: str, day: date) -> str:
    return f"statement:{region}:{source}:{day}:lines"
