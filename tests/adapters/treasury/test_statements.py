from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.treasury.statements import TreasuryStatements
from settlement.ports.refusal import Refused
from settlement.ports.statements import RawStatement, Source, StatementRow, UnreadableStatement
from settlement.regions import TaxOfficeConfig
from tests.adapters.wire.institution import NOW, Answer, client, gateway

DAY = date(2026, 3, 2)


def detail(number: str, amount: str, levy: str) -> str:
    return (
        f"<IncomeDetail3139><TreCode>1205010000</TreCode><ExpTaxVouNo>{number}</ExpTaxVouNo><BudgetType>1</BudgetType>"
        f"<BudgetLevelCode>4</BudgetLevelCode><BudgetSubjectCode>101190101</BudgetSubjectCode><TraAmt>{amount}</TraAmt>"
        f"<OriOuterLevyNo>{levy}</OriOuterLevyNo></IncomeDetail3139>"
    )


def cfx(details: str, count: int, total: str, remark: str = "六安") -> str:
    return (
        '<?xml version="1.0" encoding="GBK"?>\n<CFX><HEAD><VER>1.0</VER><SRC>100000000000</SRC><DES>200000000000</DES>'
        "<APP>TIPS</APP><MsgNo>3139</MsgNo><MsgID>20260302313900000001</MsgID><MsgRef>20260302313900000001</MsgRef>"
        f"<WorkDate>20260302</WorkDate><Reserve>{remark}</Reserve></HEAD><MSG><BatchHead3139><TreCode>1205010000"
        f"</TreCode><ChkDate>20260302</ChkDate><AllNum>{count}</AllNum><AllAmt>{total}</AllAmt></BatchHead3139>"
        f"{details}</MSG></CFX>"
    )


FILE = cfx(detail("V1", "15000.00", "0017") + detail("V2", "-5.00", "0018"), 2, "14995.00")


def source(folder: Path, answer: Answer) -> TreasuryStatements:
    config = TaxOfficeConfig.model_validate({**gateway(folder), "office_code": "13415020000", "treasury": "1205010000"})
    return TreasuryStatements(config, "341502", client(answer), lambda: NOW)


def read(folder: Path, file: str | bytes) -> tuple[StatementRow, ...]:
    raw = file if isinstance(file, bytes) else file.encode("gbk")
    return source(folder, lambda *_: (500, b"")).parse(RawStatement("f.xml", raw), DAY).rows


async def test_a_statement_is_fetched_and_read(tmp_path: Path) -> None:
    def answer(method: str, path: str, message: Any) -> tuple[int, Any]:
        assert (method, path) == ("GET", "/base/treasury/v1/statements/1205010000/2026-03-02")
        return 200, FILE.encode("gbk")

    ours = source(tmp_path, answer)
    fetched = await ours.fetch(DAY)
    assert fetched is not None
    statement = ours.parse(fetched, DAY)
    assert (statement.source, statement.file_name) == (Source.treasury, "1205010000_20260302.xml")
    assert statement.rows == (
        StatementRow(1, "V1", "0017", 1_500_000, "101190101 4 1205010000"),
        StatementRow(2, "V2", "0018", -500, "101190101 4 1205010000"),
    )


async def test_not_ready_is_none_and_another_no_is_not(tmp_path: Path) -> None:
    assert await source(tmp_path, lambda *_: (404, {"code": "not_ready", "message": ""})).fetch(DAY) is None
    with pytest.raises(Refused):
        await source(tmp_path, lambda *_: (404, {"code": "no_such_treasury", "message": ""})).fetch(DAY)


def test_an_empty_day_has_no_rows(tmp_path: Path) -> None:
    assert read(tmp_path, cfx("", 0, "0.00")) == ()


@pytest.mark.parametrize(
    ("file", "says"),
    [
        ("", "the first line"),
        (FILE[:-30], "not well-formed"),
        (FILE.encode("utf-8").replace("六安".encode(), b"\xff\xff"), "not GBK"),
        (FILE.replace("GBK", "UTF-8"), "the first line"),
        (FILE.replace("CFX", "CFY"), "the outermost element"),
        (FILE.replace("?>\n", '?><!DOCTYPE CFX [<!ENTITY a "b">]>'), "not well-formed"),
        (FILE.replace("<MsgNo>3139", "<MsgNo>3128"), "HEAD: MsgNo"),
        (FILE.replace("<WorkDate>20260302", "<WorkDate>20260303"), "HEAD: WorkDate"),
        (FILE.replace("<ChkDate>20260302", "<ChkDate>20260303"), "BatchHead3139: ChkDate"),
        (FILE.replace("<AllNum>2", "<AllNum>3"), "BatchHead3139: AllNum"),
        (FILE.replace("14995.00", "14995.01"), "AllAmt says"),
        (FILE.replace("<AllAmt>14995.00</AllAmt>", ""), "BatchHead3139: AllAmt is missing"),
        (FILE.replace("15000.00", "15000"), "detail 1: TraAmt"),
        (FILE.replace("V2", ""), "detail 2: ExpTaxVouNo is missing"),
        (FILE.replace("V2", "V 2"), "detail 2: ExpTaxVouNo"),
        (FILE.replace("MSG>", "MSH>"), "CFX has 0 elements MSG"),
        (FILE.replace(detail("V2", "-5.00", "0018"), ""), "BatchHead3139: AllNum"),
    ],
)
def test_a_file_that_cannot_be_trusted_is_refused(tmp_path: Path, file: str | bytes, says: str) -> None:
    with pytest.raises(UnreadableStatement) as caught:
        read(tmp_path, file)
    assert caught.value.detail.startswith(f"f.xml: {says}")


@settings(deadline=None)
@given(st.binary(max_size=20), st.integers(0, 1400))
def test_no_damage_raises_anything_else(tmp_path_factory: pytest.TempPathFactory, damage: bytes, place: int) -> None:
    with suppress(UnreadableStatement):
        whole = FILE.encode("gbk")
        read(tmp_path_factory.getbasetemp(), whole[:place] + damage + whole[place + len(damage) :])
