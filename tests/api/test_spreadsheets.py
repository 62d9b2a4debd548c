"""Tables as workbooks and as CSV: exact amounts, and text that stays text."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from api import spreadsheets
from api.spreadsheets import Cell, Column, Holds, Table, comma_separated, to_keep, workbook
from foundation.errors import BadInput
from foundation.money import plain_yuan

COLUMNS = (
    Column("名称", width=30),
    Column("金额", Holds.fen),
    Column("笔数", Holds.count),
    Column("日期", Holds.day),
    Column("时间", Holds.instant),
)
AT = datetime(2026, 3, 17, 15, 0, 5, tzinfo=UTC)


def table(*rows: tuple[Cell, ...], totals: tuple[Cell, ...] | None = None) -> Table:
    return Table("日报", COLUMNS, rows, totals)


def read(made: bytes, title: str = "日报") -> Any:
    return load_workbook(BytesIO(made))[title]


def _read(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def test_a_sheet_holds_values_in_their_formats() -> None:
    rows = ("契税", 1_234_567, 12, date(2026, 3, 17), AT), ("退库", -5, None, None, None)
    sheet = read(workbook(table(*rows, totals=("合计", 1_234_562, 12, None, None))))
    assert [[_read(cell.value) for cell in row] for row in sheet] == [
        ["名称", "金额", "笔数", "日期", "时间"],
        ["契税", 12345.67, 12, "2026-03-17T00:00:00", "2026-03-17T23:00:05"],
        ["退库", -0.05, None, None, None],
        ["合计", 12345.62, 12, None, None],
    ]
    assert [cell.number_format for cell in sheet[2]] == [
        "General",
        "#,##0.00",
        "#,##0",
        "yyyy-mm-dd",
        "yyyy-mm-dd hh:mm:ss",
    ]
    assert [row[0].font.b for row in sheet] == [True, False, False, True]
    assert [cell.alignment.horizontal for cell in sheet[1]] == [None, "right", "right", None, None]
    assert sheet.freeze_panes == "A2"
    assert [sheet.column_dimensions[letter].width for letter in "AB"] == [30, 18]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", '=HYPERLINK("http://x")'])
def test_no_text_is_a_formula(text: str) -> None:
    cell = read(workbook(table((text, None, None, None, None))))["A2"]
    assert (cell.value, cell.data_type) == (text, "s")
    assert comma_separated(table((text, None, None, None, None))).splitlines()[1].lstrip('"').startswith("'")


def test_what_no_sheet_can_hold_is_replaced() -> None:
    made = workbook(Table("a/b:c*[d]?" + "x" * 40, COLUMNS, [("one\x00two", None, None, None, None)]))
    assert read(made, "a b c  d  " + "x" * 21)["A2"].value == "one�two"


@given(st.integers(-(2**63), 2**63))
def test_amounts_are_exact(fen: int) -> None:
    made = table(("x", fen, None, None, None))
    value = read(workbook(made))["B2"].value
    assert (value if isinstance(value, str) else f"{value:.2f}") == plain_yuan(fen)
    assert comma_separated(made).splitlines()[1].split(",")[1] == plain_yuan(fen)


@pytest.mark.parametrize("form", [workbook, comma_separated])
def test_an_amount_is_no_float(form: Callable[[Table], object]) -> None:
    with pytest.raises(TypeError, match="whole fen"):
        form(table(("x", 0.1, None, None, None)))  # type: ignore[arg-type]


def test_csv_says_the_same() -> None:
    made = comma_separated(table(("契税", 5, 1200, date(2026, 3, 17), AT), totals=("合计", 5, 1200, None, None)))
    assert made.startswith("\ufeff")
    assert made.lstrip("\ufeff").splitlines() == [
        "名称,金额,笔数,日期,时间",
        "契税,0.05,1200,2026-03-17,2026-03-17T23:00:05+08:00",
        "合计,0.05,1200,,",
    ]


def test_a_file_to_keep() -> None:
    made = table(("契税", 5, 1, None, None))
    as_csv, as_xlsx = to_keep("day", "csv", made), to_keep("day", "xlsx", made, Table("二", COLUMNS, []))
    assert as_csv.headers["content-disposition"] == 'attachment; filename="day.csv"'
    assert as_xlsx.headers["content-disposition"] == 'attachment; filename="day.xlsx"'
    assert load_workbook(BytesIO(as_xlsx.body)).sheetnames == ["日报", "二"]


def test_a_table_longer_than_a_sheet_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spreadsheets, "LONGEST_SHEET", 4)
    row: tuple[Cell, ...] = ("x", 1, None, None, None)
    assert len(list(read(workbook(table(row, row, row))))) == 4
    assert len(list(read(workbook(table(row, row, totals=row))))) == 4
    for long in (table(row, row, row, row), table(row, row, row, totals=row)):
        with pytest.raises(BadInput, match="CSV"):
            workbook(long)
