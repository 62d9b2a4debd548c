from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.non_tax.statements import NonTaxStatements
from settlement.ports.columns import rows_of
from settlement.ports.refusal import Refused
from settlement.ports.statements import RawStatement, Source, Statement, StatementRow, UnreadableStatement
from settlement.regions import NonTaxConfig
from tests.adapters.wire.institution import NOW, Answer, client, gateway

DAY = date(2026, 3, 2)
CODE = "34150226300000000017"
FILE = (
    "H,3415020001,2026-03-02\r\n"
    f"D,{CODE},C1,103043211001,80.00,Q1\r\n"
    f"D,{CODE},C1,103043211003,10.00,Q1\r\n"
    "T,2,90.00\r\n"
)


def source(folder: Path, answer: Answer) -> NonTaxStatements:
    config = NonTaxConfig.model_validate({**gateway(folder), "unit": "3415020001", "items": {}})
    return NonTaxStatements(config, "341502", client(answer), lambda: NOW)


def parsed(folder: Path, file: str | bytes) -> Statement:
    raw = file if isinstance(file, bytes) else file.encode()
    return source(folder, lambda *_: (500, b"")).parse(RawStatement("f.csv", raw), DAY)


def read(folder: Path, file: str | bytes) -> tuple[StatementRow, ...]:
    return rows_of(parsed(folder, file).columns)


async def test_a_statement_is_fetched_and_read(tmp_path: Path) -> None:
    def answer(method: str, path: str, message: Any) -> tuple[int, Any]:
        assert (method, path) == ("GET", "/base/nontax/v1/statements/3415020001/2026-03-02")
        return 200, FILE.encode()

    ours = source(tmp_path, answer)
    fetched = await ours.fetch(DAY)
    assert fetched is not None
    assert fetched.file_name == "3415020001_20260302.csv"
    statement = ours.parse(fetched, DAY)
    assert (statement.source, statement.region, statement.day) == (Source.non_tax, "341502", DAY)
    assert rows_of(statement.columns) == (
        StatementRow(2, CODE, "Q1", 8000, "103043211001"),
        StatementRow(3, CODE, "Q1", 1000, "103043211003"),
    )


async def test_not_ready_is_none_and_another_no_is_not(tmp_path: Path) -> None:
    assert await source(tmp_path, lambda *_: (404, {"code": "not_ready", "message": ""})).fetch(DAY) is None
    with pytest.raises(Refused):
        await source(tmp_path, lambda *_: (404, {"code": "no_such_unit", "message": ""})).fetch(DAY)


def test_an_empty_day_has_no_rows(tmp_path: Path) -> None:
    assert read(tmp_path, "H,3415020001,2026-03-02\nT,0,0.00\n") == ()


@pytest.mark.parametrize(
    ("file", "kind", "says"),
    [
        ("", "F0-4", "the file has no first and last line"),
        (FILE.replace("H,3415020001", "H,3415020002"), "F0-8", "line 1"),
        (FILE.replace("2026-03-02", "2026-03-03"), "F0-8", "line 1"),
        (FILE.replace("H,", "h,"), "F0-5", "line 1"),
        (FILE[: FILE.index("T,")], "F0-4", "the last line is not T"),
        (FILE[: FILE.index("\r\n") + 2], "F0-4", "the file has no first and last line"),
        (FILE.replace("T,2", "T,3"), "F0-4", "the last line says 3"),
        (FILE.replace("T,2,90.00", "T,2,90.01"), "F0-4", "the last line says 2"),
        (FILE.replace("\r\nT", "\r\nX,1\r\nT"), "F0-4", "the last line says 2"),
        (FILE + "D,x\r\n", "F0-4", "the last line is not T"),
        (FILE.replace(",Q1", ""), "F0-5", "line 2: has 5 columns"),
        (FILE.replace("C1", "六安").encode("gbk"), "F0-5", "not UTF-8"),
        (b"\xff\n\xff\n", "F0-5", "line 1 is not UTF-8"),
    ],
)
def test_a_file_that_cannot_be_trusted_is_refused(tmp_path: Path, file: str | bytes, kind: str, says: str) -> None:
    with pytest.raises(UnreadableStatement) as caught:
        read(tmp_path, file)
    assert caught.value.detail.startswith(f"f.csv: {says}")
    assert caught.value.facts["kind"] == kind


@pytest.mark.parametrize(
    ("broken", "says"),
    [
        (FILE.replace("80.00", "80.0"), "'80.0' is no amount"),
        (FILE.replace(CODE, CODE[1:], 1), "is no pay code"),
        (FILE.replace(",Q1", ",", 1), "the query id is missing"),
        (FILE.replace(",Q1", "", 1), "has 5 columns, expected 6"),
        (FILE.replace("D,", "E,", 1), "begins with 'E'"),
    ],
)
def test_a_broken_line_is_a_finding_and_the_rest_goes_on(tmp_path: Path, broken: str, says: str) -> None:
    statement = parsed(tmp_path, broken)
    assert rows_of(statement.columns) == (StatementRow(3, CODE, "Q1", 1000, "103043211003"),)
    assert [(one.line_no, says in one.reason) for one in statement.unread] == [(2, True)], statement.unread


@settings(deadline=None)
@given(st.binary(max_size=20), st.integers(0, 200))
def test_no_damage_raises_anything_else(tmp_path_factory: pytest.TempPathFactory, damage: bytes, place: int) -> None:
    with suppress(UnreadableStatement):
        whole = FILE.encode()
        read(tmp_path_factory.getbasetemp(), whole[:place] + damage + whole[place + len(damage) :])
