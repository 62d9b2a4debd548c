"""Lists of cases as Excel: the empty list of a kind of business, a filled one read row by row, and one with results.

The columns follow from the kind: the case, the people of each side, and the facts that the window would ask. Several
people of one side stand in one cell, apart by a semicolon. A row that cannot be read is a fault of that row.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO
from typing import Any
from zipfile import BadZipFile

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from api import case_form
from api.pages.saying import in_language, refusal
from api.pages.texts import LANGUAGES, Speech
from api.spreadsheets import Column, Holds, Table
from foundation.errors import BadInput, HeyiError
from settlement.batches.reading import BatchView
from settlement.batches.taking_in import ROWS_MAX, GivenRow
from settlement.identities import IDENTITY_KINDS
from settlement.kinds import BusinessKind
from settlement.regions import Region

BYTES_MAX = 8 << 20
_APART = re.compile(r"\s*[;；]\s*")
_YES = {"是": "true", "yes": "true", "true": "true", "1": "true", "否": "false", "no": "false", "false": "false"}


@dataclass(frozen=True, slots=True)
class _Heading:
    """A column of a list: the field of the form that it fills, its name in a language, and the words it may hold."""

    field: str
    name: str
    words: Mapping[str, str]


def empty_list(kind: BusinessKind, t: Speech) -> Table:
    """The list of a kind to be filled in, with its headings in the reader's language."""
    columns = tuple(Column(one.name, width=max(14, 2 * len(one.name))) for one in _headings(kind, t))
    return Table(t.of(kind.name), columns, ())


def read_list(content: bytes, kind: BusinessKind, region: Region) -> list[GivenRow]:
    """The rows of a filled list. BadInput for a file that is none, or for a heading that the kind does not know."""
    if len(content) > BYTES_MAX:
        raise BadInput("file", f"{len(content)} bytes", f"at most {BYTES_MAX} bytes")
    try:
        sheet = load_workbook(BytesIO(content), read_only=True, data_only=True).worksheets[0]
        lines = [[_text(cell) for cell in row] for row in sheet.iter_rows(max_row=ROWS_MAX + 2, values_only=True)]
    except (BadZipFile, InvalidFileException, KeyError, IndexError, ValueError, OSError) as wrong:
        raise BadInput("file", f"{len(content)} bytes", f"an Excel workbook (.xlsx) with the list ({wrong})") from wrong
    if not lines:
        raise BadInput("file", "an empty sheet", "the headings in the first row and a case in each further one")
    fields = _fields_of(lines[0], kind)
    return [_given(number, fields, line, kind, region) for number, line in enumerate(lines[1:], start=2) if any(line)]


def results(view: BatchView, t: Speech) -> Table:
    """What became of a list: every row with its bill, its amount and its code, or what is wrong with it."""
    columns = (
        Column(t("batch.row"), Holds.count),
        Column(t("field.case_number")),
        Column(t("batch.state")),
        Column(t("batch.bill")),
        Column(t("line.amount"), Holds.fen),
        Column(t("batch.address"), width=48),
        Column(t("batch.fault"), width=60),
    )
    rows = [
        (
            one.number,
            one.case_number,
            t(f"batch.state.{one.state}"),
            one.bill_number,
            one.amount_fen if one.bill_id else None,
            one.code_address,
            fault_sentence(one.fault, t) if one.fault else None,
        )
        for one in view.rows
    ]
    return Table(view.title, columns, rows, (None, None, None, None, view.amount_fen, None, None))


def fault_sentence(fault: Mapping[str, Any], t: Speech) -> str:
    """What is wrong with a row, in the language of the reader."""
    if "allowed" in fault:
        return refusal(BadInput(fault["field"], fault["value"], fault["allowed"]), t).sentence
    return in_language(fault["detail"], t.language)


def _headings(kind: BusinessKind, t: Speech) -> Iterator[_Heading]:
    yield _Heading("case_number", t("field.case_number"), {})
    yield _Heading("unit_code", t("field.unit_code"), {})
    documents = {t(f"identity.{code}"): code for code in IDENTITY_KINDS}
    for side in kind.sides:
        who = t(f"side.{side}.law")
        yield _Heading(f"{side}.name", f"{who} {t('new.name')}", {})
        yield _Heading(f"{side}.identity_kind", f"{who} {t('new.identity_kind')}", documents)
        yield _Heading(f"{side}.identity", f"{who} {t('new.identity')}", {})
    for field in case_form.fields((*kind.asks, *case_form.more_facts(kind))):
        words = {t.of(name): code for code, name in field.words.items()} if field.kind == "choice" else {}
        yield _Heading(field.name, t.of(field.label), _YES if field.kind == "flag" else words)


def _fields_of(names: Sequence[str], kind: BusinessKind) -> list[_Heading | None]:
    known: dict[str, _Heading] = {}
    for language in LANGUAGES:
        for one in _headings(kind, Speech(language)):
            before = known.get(one.field)
            words = {**before.words, **one.words} if before else one.words
            known[one.field] = known[one.name.casefold()] = _Heading(one.field, one.name, words)
    found = [known.get(name.casefold()) for name in names]
    for name in names:
        if name and name.casefold() not in known:
            raise BadInput("heading", name, "、".join(heading.name for heading in _headings(kind, Speech("zh"))))
    for needed in ("case_number", "unit_code"):
        if all(one is None or one.field != needed for one in found):
            raise BadInput("heading", None, known[needed].name)
    return found


def _given(
    number: int, fields: Sequence[_Heading | None], line: Sequence[str], kind: BusinessKind, region: Region
) -> GivenRow:
    typed = {"kind": kind.kind}
    for one, text in zip(fields, line, strict=False):
        if one is None or not text:
            continue
        side, _, part = one.field.partition(".")
        if side in kind.sides and part in ("name", "identity", "identity_kind"):
            people = _APART.split(text)
            typed[f"people.{side}"] = str(max(len(people), int(typed.get(f"people.{side}", "1"))))
            typed |= {f"{side}.{place}.{part}": _word(one, each) for place, each in enumerate(people)}
        else:
            typed[one.field] = _word(one, text)
    try:
        return GivenRow(number, case_form.case_of(typed, region))
    except HeyiError as fault:
        return GivenRow(number, {"case_number": typed.get("case_number", "")}, fault)


def _word(one: _Heading, text: str) -> str:
    return one.words.get(text, one.words.get(text.casefold(), text))


def _text(cell: Any) -> str:
    """A cell as a person typed it: no time on a day, no decimals on a whole number."""
    match cell:
        case None:
            return ""
        case bool():
            return str(cell).lower()
        case datetime():
            return cell.date().isoformat()
        case date():
            return cell.isoformat()
        case float() if cell.is_integer():
            return str(int(cell))
        case _:
            return str(cell).strip()
