from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.unionpay.ums.statements import Table, rows
from settlement.ports.statements import StatementRow, UnreadableStatement

TABLE = Table(source_id="3194")
MERCHANT = "898341502000001"
HEADINGS = ["清算日期", "交易金额", "交易类型", "商户号", "商户订单号", "银商订单号"]


def cells(amount: str, kind: str, order: str, key: str, merchant: str = MERCHANT) -> list[str]:
    return ["20260302", amount, kind, merchant, order, key]


ROWS = [cells("15,080.00", "消费", "3194HY0000001", "K1"), cells("80.00", "退货", "3194HY0000002", "K2")]


def file(body: list[list[str]], separator: str = "\t", headings: list[str] = HEADINGS, after: int = 2) -> bytes:
    lines = ["银联商务对账单", "", "商户：六安", separator.join(headings)]
    lines += [separator.join(row) for row in body]
    lines += ["合计", "结束"][:after]
    return "\r\n".join([*lines, ""]).encode("gbk")


@pytest.mark.parametrize("separator", ["\t", "│"])
def test_columns_are_found_by_their_headings(separator: str) -> None:
    expected = (StatementRow(5, "K1", "HY0000001", 1_508_000), StatementRow(6, "K2", "HY0000002", -8_000))
    assert rows(file(ROWS, separator), TABLE, MERCHANT) == expected
    turned = [row[::-1] for row in ROWS]
    assert rows(file(turned, separator, HEADINGS[::-1]), TABLE, MERCHANT) == expected


def test_an_empty_day_has_no_rows() -> None:
    assert rows(file([]), TABLE, MERCHANT) == ()


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"", "no line has the headings"),
        (b"\xff\xff", "not gbk"),
        (file(ROWS, headings=["x", *HEADINGS[1:5], "y"]), "no line has the headings"),
        (file(ROWS, after=0), "line 6: the 2 lines after"),
        (file(ROWS, after=1), "line 7: the 2 lines after"),
        (file([], after=1), "line 5: the 2 lines after"),
        (file([ROWS[0], ROWS[1][:4]]), "line 6: 4 columns"),
        (file([cells("1.00", "消费", "o", "k", "898341502000009")]), "line 5: 商户号"),
        (file([cells("1.00", "转账", "o", "k")]), "line 5: 交易类型"),
        (file([cells("1.001", "消费", "o", "k")]), "line 5: 交易金额"),
        (file([cells("1.00", "消费", "o", "")]), "line 5: 银商订单号"),
    ],
)
def test_a_file_that_cannot_be_trusted_is_refused(raw: bytes, says: str) -> None:
    with pytest.raises(UnreadableStatement) as caught:
        rows(raw, TABLE, MERCHANT)
    assert caught.value.detail.startswith(says)


@settings(deadline=None)
@given(st.binary(max_size=20), st.integers(0, 300))
def test_no_damage_raises_anything_else(damage: bytes, place: int) -> None:
    whole = file(ROWS)
    with suppress(UnreadableStatement):
        rows(whole[:place] + damage + whole[place + len(damage) :], TABLE, MERCHANT)
