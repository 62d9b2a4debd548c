from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.treasury.statements import TreasuryStatements
from settlement.ports.columns import rows_of
from settlement.ports.refusal import Refused
from settlement.ports.statements import RawStatement, Session, Source, Statement, StatementRow, UnreadableStatement
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


def parsed(folder: Path, file: str | bytes) -> Statement:
    raw = file if isinstance(file, bytes) else file.encode("gbk")
    return source(folder, lambda *_: (500, b"")).parse(RawStatement("f.xml", raw), DAY)


def read(folder: Path, file: str | bytes) -> tuple[StatementRow, ...]:
    return rows_of(parsed(folder, file).columns)


async def test_a_statement_is_fetched_and_read(tmp_path: Path) -> None:
    def answer(method: str, path: str, message: Any) -> tuple[int, Any]:
        assert (method, path) == ("GET", "/base/treasury/v1/statements/1205010000/2026-03-02")
        return 200, FILE.encode("gbk")

    ours = source(tmp_path, answer)
    fetched = await ours.fetch(DAY)
    assert fetched is not None
    statement = ours.parse(fetched, DAY)
    assert (statement.source, statement.file_name) == (Source.treasury, "1205010000_20260302.xml")
    assert rows_of(statement.columns) == (
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
    ("file", "kind", "says"),
    [
        ("", "F0-5", "the first line"),
        (FILE[:-30], "F0-4", "not well-formed"),
        (FILE.encode("utf-8").replace("六安".encode(), b"\xff\xff"), "F0-5", "not GBK"),
        (FILE.replace("GBK", "UTF-8"), "F0-5", "the first line"),
        (FILE.replace("CFX", "CFY"), "F0-5", "the outermost element"),
        (FILE.replace("?>\n", '?><!DOCTYPE CFX [<!ENTITY a "b">]>'), "F0-5", "the file declares"),
        (FILE.replace("<MsgNo>3139", "<MsgNo>3128"), "F0-5", "HEAD: MsgNo"),
        (FILE.replace("<WorkDate>20260302", "<WorkDate>20260303"), "F0-8", "HEAD: WorkDate"),
        (FILE.replace("<ChkDate>20260302", "<ChkDate>20260303"), "F0-8", "BatchHead3139: ChkDate"),
        (FILE.replace("1205010000", "1205019999"), "F0-8", "BatchHead3139: TreCode"),
        (FILE.replace("<TreCode>1205010000</TreCode><Exp", "<TreCode>1205019999</TreCode><Exp"), "F0-8", "detail 1"),
        (FILE.replace("<AllNum>2", "<AllNum>3"), "F0-4", "BatchHead3139: AllNum"),
        (FILE.replace("14995.00", "14995.01"), "F0-4", "AllAmt says"),
        (FILE.replace("<AllAmt>14995.00</AllAmt>", ""), "F0-5", "BatchHead3139: AllAmt is missing"),
        (FILE.replace("<AllAmt>", "<AllNum>2</AllNum><AllAmt>"), "F0-5", "BatchHead3139: AllNum is missing"),
        (FILE.replace("MSG>", "MSH>"), "F0-5", "CFX/MSG/BatchHead3139 is missing"),
        (FILE.replace("<CFX>", "<CFX>" + "<a>" * 9), "F0-5", "elements are nested too deeply"),
        (FILE.replace(detail("V2", "-5.00", "0018"), ""), "F0-4", "BatchHead3139: AllNum"),
    ],
)
def test_a_file_that_cannot_be_trusted_is_refused(tmp_path: Path, file: str | bytes, kind: str, says: str) -> None:
    with pytest.raises(UnreadableStatement) as caught:
        read(tmp_path, file)
    assert caught.value.detail.startswith(f"f.xml: {says}")
    assert caught.value.facts["kind"] == kind


@pytest.mark.parametrize(
    ("broken", "says"),
    [
        (FILE.replace("-5.00", "-5"), "TraAmt '-5' is no amount"),
        (FILE.replace("V2", ""), "ExpTaxVouNo is missing"),
        (FILE.replace("V2", "V 2"), "'V 2' is no voucher number"),
        (FILE.replace("<ExpTaxVouNo>V2", "<ExpTaxVouNo>V3</ExpTaxVouNo><ExpTaxVouNo>V2"), "ExpTaxVouNo is missing"),
    ],
)
def test_a_broken_detail_is_a_finding_and_the_rest_goes_on(tmp_path: Path, broken: str, says: str) -> None:
    statement = parsed(tmp_path, broken)
    assert [row.key for row in rows_of(statement.columns)] == ["V1"]
    assert [(one.line_no, one.reason == says or says in one.reason) for one in statement.unread] == [(2, True)]


def session(number: str, kind: str, count: int, total: str) -> str:
    return (
        f"<ChkAcct3139><ChkAcctOrd>{number}</ChkAcctOrd><ChkAcctType>{kind}</ChkAcctType><AllNum>{count}</AllNum>"
        f"<AllAmt>{total}</AllAmt></ChkAcct3139>"
    )


def in_session(row: str, number: str) -> str:
    return row.replace("</IncomeDetail3139>", f"<ChkAcctOrd>{number}</ChkAcctOrd></IncomeDetail3139>")


ROWS = in_session(detail("V1", "15000.00", "0017"), "0001") + in_session(detail("V2", "-5.00", "0018"), "0002")
BATCHES = session("0001", "0", 1, "15000.00") + session("0002", "1", 1, "-5.00")
IN_BATCHES = cfx(BATCHES + ROWS, 2, "14995.00")


def test_batches_say_their_totals_beside_what_their_rows_come_to(tmp_path: Path) -> None:
    statement = parsed(tmp_path, IN_BATCHES)
    assert rows_of(statement.columns) == read(tmp_path, FILE)
    assert statement.sessions == (
        Session("0001", False, 1, 1_500_000, 1, 1_500_000),
        Session("0002", True, 1, -500, 1, -500),
    )
    other = session("0001", "0", 0, "0.00") + session("0002", "1", 2, "14995.00")
    moved = parsed(tmp_path, cfx(other + ROWS, 2, "14995.00"))
    assert [(one.number, one.agrees) for one in moved.sessions] == [("0001", False), ("0002", False)]
    empty = parsed(tmp_path, cfx(session("0001", "1", 0, "0.00"), 0, "0.00"))
    assert (len(empty.columns), empty.sessions) == (0, (Session("0001", True, 0, 0, 0, 0),))


@pytest.mark.parametrize(
    ("batches", "kind", "says"),
    [
        (session("0001", "0", 1, "15000.00"), "F0-4", "batches 0001: the last one"),
        (session("0001", "1", 1, "15000.00") + session("0002", "0", 1, "-5.00"), "F0-4", "batches 0001, 0002"),
        (session("0001", "0", 1, "15000.00") + session("0002", "1", 1, "-5.01"), "F0-4", "BatchHead3139: AllAmt"),
        (session("0001", "0", 2, "15000.00") + session("0002", "1", 1, "-5.00"), "F0-4", "BatchHead3139: AllNum"),
        (session("0001", "0", 1, "15000.00") + session("0001", "1", 1, "-5.00"), "F0-5", "a batch is there twice"),
        (session("0001", "2", 2, "14995.00"), "F0-5", "ChkAcct3139:"),
        (session("0001", "1", 2, "x"), "F0-5", "ChkAcct3139:"),
    ],
)
def test_a_day_whose_batches_do_not_make_it_up_is_refused(tmp_path: Path, batches: str, kind: str, says: str) -> None:
    with pytest.raises(UnreadableStatement) as caught:
        read(tmp_path, cfx(batches + ROWS, 2, "14995.00"))
    assert caught.value.detail.startswith(f"f.xml: {says}")
    assert caught.value.facts["kind"] == kind


def test_a_row_of_no_batch_is_a_finding(tmp_path: Path) -> None:
    statement = parsed(tmp_path, IN_BATCHES.replace("<ChkAcctOrd>0002</ChkAcctOrd></Inc", "</Inc"))
    assert [one.line_no for one in statement.unread] == [2]
    assert statement.sessions == ()


def test_a_file_of_several_pieces_is_read_whole(tmp_path: Path) -> None:
    many = 6000
    rows = read(tmp_path, cfx("".join(detail(f"V{n}", "1.00", f"{n}") for n in range(many)), many, "6000.00"))
    assert [row.key for row in rows] == [f"V{n}" for n in range(many)]


@settings(deadline=None)
@given(st.binary(max_size=20), st.integers(0, 2000))
def test_no_damage_raises_anything_else(tmp_path_factory: pytest.TempPathFactory, damage: bytes, place: int) -> None:
    with suppress(UnreadableStatement):
        whole = IN_BATCHES.encode("gbk")
        read(tmp_path_factory.getbasetemp(), whole[:place] + damage + whole[place + len(damage) :])
