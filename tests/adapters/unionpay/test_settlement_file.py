from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.unionpay.settlement_file import ZM, records, rows
from settlement.ports.statements import StatementRow, UnreadableStatement
from tests.adapters.unionpay.zm import MERCHANT, line

Q1, Q2 = "202603011200000000011", "202603011200000000022"
SUB1, SUB2 = "898341502000101", "898341502000201"


def read(*lines: bytes) -> tuple[StatementRow, ...]:
    return rows(records(lines), MERCHANT)


def test_a_line_has_607_bytes() -> None:
    assert ZM.line_bytes == 607
    assert len(line(Q1, "ORDER0001", 1)) == 607 + 2


def test_money_in_and_out_is_told_by_the_transaction_type() -> None:
    lines = [line(f"{Q1[:-1]}{n}", "ORDER0001", 100, txn_type=kind) for n, kind in enumerate(["01", "13", "04", "31"])]
    assert [row.amount_fen for row in read(*lines)] == [100, 100, -100, -100]


def test_columns_are_cut_as_bytes() -> None:
    assert read(line(Q1, "ORDER0001", 1508000, sub=SUB1, part=1508000, name="六安市金安区国库")) == (
        StatementRow(1, Q1, "ORDER0001", 1508000),
    )


def test_the_older_layout_is_read_too() -> None:
    newer = line(Q1, "ORDER0001", 1508000)
    older = newer[:476] + b"x" * 131 + b"\r\n"
    assert read(older) == read(newer)


@pytest.mark.parametrize("whole_on_each", [False, True])
def test_the_parts_of_one_transaction_are_one_row(whole_on_each: bool) -> None:
    amounts = (9000, 9000) if whole_on_each else (8920, 80)
    found = read(
        line(Q1, "ORDER0001", amounts[0], sub=SUB1, part=8920),
        line(Q2, "ORDER0002", 55),
        line(Q1, "ORDER0001", amounts[1], sub=SUB2, part=80),
    )
    assert found == (StatementRow(1, Q1, "ORDER0001", 9000), StatementRow(2, Q2, "ORDER0002", 55))


def test_two_equal_parts_are_not_taken_for_the_whole() -> None:
    found = read(line(Q1, "ORDER0001", 50, sub=SUB1, part=50), line(Q1, "ORDER0001", 50, sub=SUB2, part=50))
    assert [row.amount_fen for row in found] == [100]


@pytest.mark.parametrize("sub", ["", SUB1])
def test_a_repeated_line_is_a_row_of_its_own(sub: str) -> None:
    again = line(Q1, "ORDER0001", 50, sub=sub, part=50)
    assert read(again, again) == (StatementRow(1, Q1, "ORDER0001", 50), StatementRow(2, Q1, "ORDER0001", 50))


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ([line(Q1, "ORDER0001", 5)[:300]], "line 1 has 300 bytes"),
        ([line(Q1, "ORDER0001", 5), line(Q2, "ORDER0002", 5)[1:]], "line 2 has 606 bytes"),
        ([b" " + line(Q1, "ORDER0001", 5)[:606] + b"\r\n"], "line 1"),
        ([line(Q1, "ORDER0001", 5, txn_type="77")], "line 1, column 20"),
        ([line("", "ORDER0001", 5)], "line 1, column 10"),
        ([line(Q1, "订单", 5)], "line 1, column 12"),
        ([line(Q1, "ORDER0001", 5).replace(b"000000000005 ", b"00000000000x ")], "line 1, column 7"),
        ([line(Q1, "ORDER0001", 5, merchant="898341502000009")], "line 1, column 28"),
        ([line(Q1, "ORDER0001", 5, sub=SUB1, part=6)], "line 1, column 32"),
        ([line(Q1, "ORDER0001", 9, sub=SUB1, part=5), line(Q1, "ORDER0001", 9, sub=SUB2, part=5)], "line 1, column 7"),
        ([line(Q1, "ORDER0001", 9, sub=SUB1, part=9), line(Q1, "ORDER0002", 9, sub=SUB2, part=9)], "line 2, column 10"),
    ],
)
def test_a_drifted_line_is_named(lines: list[bytes], says: str) -> None:
    with pytest.raises(UnreadableStatement) as caught:
        read(*lines)
    assert says in caught.value.detail


@settings(deadline=None)
@given(st.integers(0, 608), st.binary(max_size=4))
def test_damaged_lines_raise_nothing_else(place: int, damage: bytes) -> None:
    whole = line(Q1, "ORDER0001", 5, sub=SUB1, part=5, name="国库")
    with suppress(UnreadableStatement):
        read(whole[:place] + damage + whole[place + len(damage) :])


@settings(deadline=None)
@given(st.lists(st.binary(min_size=600, max_size=612), max_size=3))
def test_no_bytes_raise_anything_else(lines: list[bytes]) -> None:
    with suppress(UnreadableStatement):
        read(*lines)
