"""Tables for people who go on working with them: the same table as an Excel workbook's sheet or as CSV.

A table carries its headings in the reader's language and its amounts in fen; a sheet shows them as exact numbers of
yuan. Text is text: nothing that a payer or a bank wrote is ever worked out as a formula.
"""

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from io import BytesIO, StringIO
from typing import Any, Literal

from fastapi.responses import Response
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from foundation import clock
from foundation.errors import BadInput
from foundation.money import plain_yuan

Cell = str | int | date | datetime | None
"""What stands in a row; None leaves the place empty. Amounts are whole fen, instants carry their offset."""

LONGEST_SHEET = 1_048_576
"""Rows that Excel takes in one sheet, the heading and the totals among them."""

_UTF8_MARK = "\ufeff"  # by which spreadsheets know a CSV's encoding
_MAY_BEGIN_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_NOT_IN_A_TITLE = re.compile(r"[\\/*?:\[\]]")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")  # XML cannot hold these
_EXACT_IN_EXCEL = 10**15  # its numbers have fifteen digits
_BOLD = Font(bold=True)
_RIGHT = Alignment(horizontal="right")


class Holds(Enum):
    """What a column holds, which decides how it is written."""

    text = "text"
    fen = "fen"
    count = "count"
    day = "day"
    instant = "instant"


_WIDTHS = {Holds.text: 24, Holds.fen: 18, Holds.count: 10, Holds.day: 12, Holds.instant: 20}
_FORMATS = {Holds.fen: "#,##0.00", Holds.count: "#,##0", Holds.day: "yyyy-mm-dd", Holds.instant: "yyyy-mm-dd hh:mm:ss"}


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its heading in the reader's language, what it holds, and its width in characters (0: as usual)."""

    heading: str
    holds: Holds = Holds.text
    width: int = 0


@dataclass(frozen=True, slots=True)
class Table:
    """One table: its title, its columns, rows of as many cells, and the row of totals, if it has one."""

    title: str
    columns: tuple[Column, ...]
    rows: Sequence[Sequence[Cell]]
    totals: Sequence[Cell] | None = None


def workbook(*tables: Table) -> bytes:
    """The tables as an Excel workbook, a sheet each. Raises `BadInput` for a table longer than a sheet."""
    for table in tables:
        if 1 + len(table.rows) + (table.totals is not None) > LONGEST_SHEET:
            raise BadInput("rows", len(table.rows), f"at most {LONGEST_SHEET - 2:,} in a sheet; choose less, or CSV")
    book = Workbook(write_only=True)
    try:
        for table in tables:
            _fill(book.create_sheet(_NOT_IN_A_TITLE.sub(" ", table.title)[:31]), table)
    except BaseException:
        for sheet in book.worksheets:
            sheet.close()
        raise
    written = BytesIO()
    book.save(written)
    return written.getvalue()


def comma_separated(table: Table) -> str:
    """The table as CSV with a mark for UTF-8: amounts in yuan, instants in Beijing time."""
    written = StringIO()
    written.write(_UTF8_MARK)
    writer = csv.writer(written)
    writer.writerow([_plain(column.heading) for column in table.columns])
    for row in table.rows if table.totals is None else (*table.rows, table.totals):
        writer.writerow([_as_text(column, cell) for column, cell in zip(table.columns, row, strict=True)])
    return written.getvalue()


def to_keep(name: str, form: Literal["csv", "xlsx"], *tables: Table) -> Response:
    """An answer that the browser keeps as a file called `name`; CSV holds the first table alone."""
    if form == "csv":
        content: str | bytes = comma_separated(tables[0])
        media_type = "text/csv; charset=utf-8"
    else:
        content = workbook(*tables)
        media_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    headers = {"Content-Disposition": f'attachment; filename="{name}.{form}"'}
    return Response(content, media_type=media_type, headers=headers)


def _fill(sheet: Any, table: Table) -> None:
    for number, column in enumerate(table.columns, 1):
        sheet.column_dimensions[get_column_letter(number)].width = column.width or _WIDTHS[column.holds]
    sheet.freeze_panes = "A2"
    sheet.append([_heading(sheet, column) for column in table.columns])
    for row in table.rows:
        sheet.append([_cell(sheet, column, cell) for column, cell in zip(table.columns, row, strict=True)])
    if table.totals is not None:
        sheet.append(
            [_cell(sheet, column, cell, _BOLD) for column, cell in zip(table.columns, table.totals, strict=True)]
        )


def _heading(sheet: Any, column: Column) -> Any:
    made = _text_cell(sheet, column.heading)
    made.font = _BOLD
    if column.holds in (Holds.fen, Holds.count):
        made.alignment = _RIGHT
    return made


def _cell(sheet: Any, column: Column, value: Cell, font: Font | None = None) -> Any:
    if value is None:
        return None
    if isinstance(value, str) or (column.holds is Holds.fen and abs(_fen(value)) >= _EXACT_IN_EXCEL):
        made = _text_cell(sheet, value if isinstance(value, str) else plain_yuan(_fen(value)))
    else:
        made = WriteOnlyCell(sheet, value=_exact(column, value))
        made.number_format = _FORMATS[column.holds]
    if font:
        made.font = font
    return made


def _exact(column: Column, value: Cell) -> Any:
    if column.holds is Holds.fen:
        return Decimal(_fen(value)).scaleb(-2)
    if isinstance(value, datetime):
        return clock.local(value).replace(tzinfo=None)  # Excel knows no offsets
    return value


def _text_cell(sheet: Any, text: str) -> Any:
    made = WriteOnlyCell(sheet, value=_CONTROL.sub("�", text))
    made.data_type = "s"  # also where it begins with an equals sign
    return made


def _as_text(column: Column, value: Cell) -> str:
    match value:
        case None:
            return ""
        case str():
            return _plain(value)
        case datetime():
            return clock.local(value).isoformat()
        case date():
            return value.isoformat()
    return plain_yuan(_fen(value)) if column.holds is Holds.fen else str(value)


def _fen(value: Cell) -> int:
    if type(value) is not int:
        raise TypeError(f"an amount is whole fen, not {value!r}")
    return value


def _plain(text: str) -> str:
    """Free text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_MAY_BEGIN_A_FORMULA) else text
