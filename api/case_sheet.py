"""Cases as an Excel list that finance fills in and gives back: a decision on each row, carried out row by row.

Each row carries a mark of what it showed, so that nobody decides on what has changed since the list was made.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from uuid import UUID
from zipfile import BadZipFile

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from api.access import actor
from api.many_cases import each
from api.pages.texts import LANGUAGES, Speech
from api.people import Person
from api.spreadsheets import Cell, Column, Holds, Table
from foundation.errors import BadInput
from reconciliation.kinds import KINDS
from reconciliation.reasons import SOURCE_NAMES
from settlement.adjustments import ask_and_decide, propose
from settlement.cases import CaseFilter, CaseRow, list_cases
from settlement.office import Office
from settlement.ports.statements import Source

LARGEST_SHEET = 10 * 2**20
ROWS_READ = 5000

_COLUMNS = (
    ("number", Holds.text, 12), ("mark", Holds.text, 14), ("kind", Holds.text, 24), ("source", Holds.text, 12),
    ("state", Holds.text, 12), ("reason", Holds.text, 60), ("amount", Holds.fen, 0), ("day", Holds.day, 0),
    ("age", Holds.count, 0), ("due", Holds.day, 0), ("owner", Holds.text, 12), ("suggested", Holds.text, 30),
    ("decision", Holds.text, 12), ("words", Holds.text, 30),
)  # fmt: skip
_NAMES = tuple(name for name, _, _ in _COLUMNS)
_DECISIONS = ("propose", "approve", "reject")


@dataclass(frozen=True, slots=True)
class RowOutcome:
    """What became of a row of the list that came back: the new state, an error, or neither where nothing was asked."""

    row: int
    number: str
    decision: str
    state: str | None
    error: str | None


@dataclass(frozen=True, slots=True)
class _Asked:
    row: int
    number: str
    mark: str
    decision: str
    words: str


def case_sheet(rows: Sequence[CaseRow], t: Speech) -> Table:
    """The list, with two empty columns at its end: the decision, and words to it."""
    columns = tuple(Column(t(f"sheet.{name}"), holds, width) for name, holds, width in _COLUMNS)
    return Table(t("cases.title"), columns, [_cells(one, t) for one in rows])


async def take_in(office: Office, who: Person, content: bytes) -> list[RowOutcome]:
    """Carries out the decisions of a list that came back, each row by itself; says of every row what became of it.

    BadInput where it is no such list at all; nothing was done then.
    """
    asked = _read(content)
    async with office.database.connect() as db:
        known = {one.number: one for one in await list_cases(db, who.region, CaseFilter())}
    outcomes = []
    for one in asked:
        fault = _fault(one, known.get(one.number))
        if fault or not one.decision:
            outcomes.append(RowOutcome(one.row, one.number, one.decision, None, fault))
        else:
            outcomes.append(await _carry_out(office, who, one, known[one.number].id))
    return outcomes


def mark_of(one: CaseRow) -> str:
    """Stands for what a row showed: state, amount and what is proposed."""
    shown = "\x1f".join((str(one.id), one.state, str(one.amount_fen), one.action, one.proposed_by or ""))
    return hashlib.sha256(shown.encode()).hexdigest()[:12]


def _cells(one: CaseRow, t: Speech) -> Sequence[Cell]:
    kind = KINDS.get(one.kind)
    return [
        one.number, mark_of(one), f"{one.kind} {t.of(kind.name)}" if kind else one.kind,
        t.of(SOURCE_NAMES[Source(one.source)]) if one.source in SOURCE_NAMES else one.source,
        t(f"case.{one.state}"), one.reason if t.language == "zh" else one.reason_en, one.amount_fen, one.business_day,
        one.age_days, one.due_on, one.owner, one.action, None, None,
    ]  # fmt: skip


async def _carry_out(office: Office, who: Person, one: _Asked, case_id: UUID) -> RowOutcome:
    async def act(case_id: UUID) -> str:
        if one.decision != "propose":
            approve = one.decision == "approve"
            return await ask_and_decide(office, case_id, actor(who), approve=approve, reason=one.words or None)
        async with office.database.begin() as db:
            await propose(db, office.regions, case_id, actor(who), one.words or None)
        return "proposed"

    done = (await each(office, who, [case_id], act))[0]
    return RowOutcome(one.row, one.number, one.decision, done.state, done.error)


def _fault(one: _Asked, known: CaseRow | None) -> str | None:
    if known is None:
        return f"没有编号为 {one.number} 的未结处理单。There is no waiting case {one.number}."
    if one.decision and one.decision not in _DECISIONS:
        allowed = "、".join(Speech("zh")(f"decision.{name}") for name in _DECISIONS)
        return f"“{one.decision}”不是决定，可填：{allowed}。Allowed: {', '.join(_DECISIONS)}."
    if one.decision and one.mark != mark_of(known):
        return "导出以后本单已有变化，请重新导出。The case has changed since the list was made; export it again."
    return None


def _read(content: bytes) -> list[_Asked]:
    if len(content) > LARGEST_SHEET:
        raise BadInput("file", f"{len(content)} bytes", f"at most {LARGEST_SHEET} bytes")
    try:
        book = load_workbook(BytesIO(content), read_only=True, data_only=True)
        rows = list(book.worksheets[0].iter_rows(values_only=True, max_row=ROWS_READ + 2))
    except (BadZipFile, InvalidFileException, KeyError, ValueError, OSError, IndexError) as wrong:
        raise BadInput("file", None, "the Excel list of cases as it was exported (.xlsx)") from wrong
    places = _places(rows[0] if rows else ())
    if len(rows) > ROWS_READ + 1:
        raise BadInput("file", "more", f"at most {ROWS_READ} rows")
    return [
        _Asked(
            row=line,
            number=_text(row, places["number"]),
            mark=_text(row, places["mark"]),
            decision=_decision(_text(row, places["decision"])),
            words=_text(row, places["words"]),
        )
        for line, row in enumerate(rows[1:], start=2)
        if any(cell is not None for cell in row)
    ]


def _places(heading: Sequence[Any]) -> dict[str, int]:
    """Where the columns that are read stand, by their headings in either language."""
    for language in LANGUAGES:
        names = [Speech(language)(f"sheet.{name}") for name in _NAMES]
        places = {name: list(heading).index(text) for name, text in zip(_NAMES, names, strict=True) if text in heading}
        if {"number", "mark", "decision", "words"} <= places.keys():
            return places
    wanted = "、".join(Speech("zh")(f"sheet.{name}") for name in ("number", "mark", "decision", "words"))
    raise BadInput("file", " ".join(map(str, heading))[:60], f"a list with the columns {wanted}, as it was exported")


def _decision(text: str) -> str:
    """The decision in our word for it, in whichever language it was written; anything else stays as it is."""
    for name in _DECISIONS:
        if text.lower() in {name, *(Speech(language)(f"decision.{name}").lower() for language in LANGUAGES)}:
            return name
    return text


def _text(row: Sequence[Any], place: int) -> str:
    return str(row[place]).strip() if place < len(row) and row[place] is not None else ""
