from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.unionpay import settlement_file
from adapters.unionpay.settlement_file import read_transactions
from adapters.unionpay.settlement_lines import LAYOUTS, Contract, Told
from adapters.wire.unread import Unread
from settlement.ports.columns import rows_of
from settlement.ports.statements import StatementRow, UnreadableStatement, UnreadLine
from tests.adapters.unionpay.zm import MERCHANT, line

Q1, Q2, Q3 = "202603011200000000011", "202603011200000000022", "202603011200000000033"
CARD = "6216261000000000018"
OURS = Contract(LAYOUTS["5.1"], MERCHANT)
SUB1, SUB2 = "898341502000101", "898341502000201"
GOOD = line(Q3, "ORDER0003", 7)
GOOD_ROW = StatementRow(1, Q3, "ORDER0003", 7)


def read_all(pieces: Iterable[bytes], layout: str = "5.1") -> tuple[tuple[StatementRow, ...], tuple[UnreadLine, ...]]:
    unread = Unread()
    found = read_transactions(pieces, Contract(LAYOUTS[layout], MERCHANT, (CARD,)), unread, Told())  # type: ignore[index]
    return rows_of(found), unread.among(len(found))


def read(*lines: bytes) -> tuple[StatementRow, ...]:
    rows, unread = read_all([b"".join(lines)])
    assert unread == ()
    return rows


class Piece(bytes):
    """A piece of a file; how many of them are held, and were held at most."""

    held = most = 0

    def __init__(self, _content: bytes) -> None:
        Piece.held += 1
        Piece.most = max(Piece.most, Piece.held)

    def __del__(self) -> None:
        Piece.held -= 1


def test_a_large_file_is_read_piece_by_piece_and_none_is_kept() -> None:
    def pieces() -> Iterator[bytes]:
        for start in range(0, 20_000, 500):
            yield Piece(b"".join(line(f"{Q1[:10]}{n:011d}", f"O{n}", n + 1) for n in range(start, start + 500)))

    found = read_transactions(pieces(), OURS, Unread(), Told())
    assert len(found) == 20_000
    assert Piece.most <= 3
    assert found.nbytes < 20_000 * 607 / 8


@given(
    st.permutations([(Q1, SUB1, 80), (Q1, SUB2, 10), (Q2, SUB1, 50), (Q2, SUB2, 40), (Q3, SUB1, 90), (Q3, SUB1, 90)])
)
@settings(deadline=None, max_examples=30)
def test_lines_of_a_transaction_are_put_together_however_far_apart(lines: list[tuple[str, str, int]]) -> None:
    pieces = [line(query_id, f"O{query_id}", 90, sub=sub, part=part) for query_id, sub, part in lines]
    at_once = read_all(pieces)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settlement_file, "_STRETCH", 2)
        assert read_all(pieces) == at_once
    assert sorted((row.key, row.amount_fen) for row in at_once[0]) == [(Q1, 90), (Q2, 90), (Q3, 90), (Q3, 90)]


def test_money_that_went_back_names_its_payment() -> None:
    back = bytearray(line(Q2, "REFUND0001", 60, txn_type="04"))
    back[271:292] = Q1.encode()  # column 27
    told = Told()
    read_transactions([line(Q1, "ORDER0001", 100) + bytes(back)], OURS, Unread(), told)
    assert told == Told(originals={Q2: Q1})


def test_a_line_has_607_bytes_in_both_layouts() -> None:
    assert {layout.line_bytes for layout in LAYOUTS.values()} == {607}
    assert len(line(Q1, "ORDER0001", 1)) == 607 + 2


def test_money_in_and_out_is_told_by_the_transaction_type() -> None:
    lines = [line(f"{Q1[:-1]}{n}", "ORDER0001", 100, txn_type=kind) for n, kind in enumerate(["01", "13", "04", "31"])]
    assert [row.amount_fen for row in read(*lines)] == [100, 100, -100, -100]


def test_columns_are_cut_as_bytes() -> None:
    assert read(line(Q1, "ORDER0001", 1508000, sub=SUB1, part=1508000, name="六安市金安区国库")) == (
        StatementRow(1, Q1, "ORDER0001", 1508000),
    )


def test_the_older_layout_has_one_column_where_the_newer_has_two() -> None:
    newer = line(Q1, "ORDER0001", 1508000)
    older = newer[:476] + b"x" * 131 + b"\r\n"
    assert read_all([older], "5.0") == read_all([newer], "5.1")
    assert read_all([newer], "5.0") == read_all([newer], "5.1")
    with pytest.raises(UnreadableStatement, match="the columns have shifted") as caught:
        read_all([older], "5.1")
    assert caught.value.facts["kind"] == "F0-5"


@pytest.mark.parametrize("ends", [b"\r\n", b"\n", b"\r\n\r\n"])
@pytest.mark.parametrize("last", [True, False])
def test_lines_end_as_they_like(ends: bytes, last: bool) -> None:
    lines = [line(Q1, "ORDER0001", 1)[:-2], line(Q2, "ORDER0002", 2)[:-2]]
    rows = read(ends.join(lines) + (ends if last else b""))
    assert [row.key for row in rows] == [Q1, Q2]


@settings(deadline=None)
@given(st.lists(st.integers(0, 5 * 609), max_size=6))
def test_it_does_not_matter_where_the_pieces_are_cut(cuts: list[int]) -> None:
    lines = [line(f"{n:021d}", f"ORDER{n:04d}", n, sub=SUB1, part=n) for n in range(5)]
    whole = b"".join([*lines[:3], b"\r\n", b"broken\r\n", *lines[3:]])
    places = [0, *sorted(cuts), len(whole)]
    pieces = [whole[start:end] for start, end in pairwise(places)]
    assert read_all(pieces) == read_all([whole])


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


def test_a_repeated_transaction_of_two_parts_is_two_rows() -> None:
    parts = [line(Q1, "ORDER0001", 90, sub=SUB1, part=80), line(Q1, "ORDER0001", 90, sub=SUB2, part=10)]
    assert [(row.line_no, row.amount_fen) for row in read(*parts, *parts)] == [(1, 90), (3, 90)]


@pytest.mark.parametrize(
    ("broken", "says"),
    [
        (line(Q1, "ORDER0001", 5)[1:], "has 606 bytes"),
        (b"\r\n".join([b"", b"", line(Q1, "ORDER0001", 5)[5:]]), "has 602 bytes"),
        (b" " + line(Q1, "ORDER0001", 5)[:606] + b"\r\n", "the columns have shifted"),
        (line(Q1, "ORDER0001", 5, txn_type="77"), "column 20 交易类型: '77'"),
        (line("", "ORDER0001", 5), "column 10 查询流水号"),
        (line("1 2", "ORDER0001", 5), "column 10 查询流水号"),
        (line(Q1, "订单", 5), "column 12 商户订单号: '订单', expected digits and letters"),
        (line(Q1, "ORDER0001", 5).replace(b"000000000005 ", b"00000000000x "), "column 7 交易金额"),
        (line(Q1, "ORDER0001", 5, sub=SUB1, part=6), "column 32"),
        (line(Q1, "ORDER0001", 5, sub=SUB1), "column 32"),
        (line(Q1, "ORDER0001", 5, merchant="8983415020000?1"), "column 28 商户代码"),
        (line(Q1, "ORDER0001", 5, sub=SUB1, part=5, name="安").replace("安".encode("gbk"), b"\xb0 "), "column 31"),
    ],
)
def test_a_broken_line_is_a_finding_and_the_rest_goes_on(broken: bytes, says: str) -> None:
    rows, unread = read_all([GOOD + broken + GOOD])
    assert [(row.key, row.line_no) for row in rows] == [(Q3, 1), (Q3, 2 + broken.count(b"\n"))]
    assert [(one.line_no, says in one.reason) for one in unread] == [(1 + broken.count(b"\n"), True)], unread


def test_parts_that_do_not_sum_are_a_finding_and_so_is_a_line_of_another_transaction() -> None:
    wrong_sum = line(Q1, "ORDER0001", 9, sub=SUB1, part=5) + line(Q1, "ORDER0001", 9, sub=SUB2, part=5)
    other_order = line(Q2, "ORDER0001", 9, sub=SUB1, part=9) + line(Q2, "ORDER0002", 9, sub=SUB2, part=9)
    rows, unread = read_all([GOOD + wrong_sum + other_order])
    assert rows == (GOOD_ROW, StatementRow(4, Q2, "ORDER0001", 9))
    assert [(one.line_no, one.raw) for one in unread] == [
        (2, f"{Q1} ORDER0001".encode()),
        (5, f"{Q2} ORDER0002".encode()),
    ]


@pytest.mark.parametrize(
    ("file", "kind"),
    [
        (GOOD + line(Q1, "ORDER0001", 5)[:300], "F0-4"),
        (GOOD + line(Q1, "ORDER0001", 5, merchant="898341502000009"), "F0-8"),
        (b"".join(line(Q1, "ORDER0001", 5)[:400] + b"\r\n" for _ in range(3)) + GOOD, "F0-5"),
        (b"\xef\xbb\xbf" + GOOD, "F0-5"),
        (GOOD.decode("gbk").encode("utf-16"), "F0-5"),
        (b"x" * 200_000, "F0-5"),
        (GOOD * 2000 + b"x\n" * 1001, "F0-5"),
    ],
)
def test_a_file_that_is_not_ours_or_not_whole_is_refused_as_what_it_is(file: bytes, kind: str) -> None:
    with pytest.raises(UnreadableStatement) as caught:
        read_all([file])
    assert caught.value.facts["kind"] == kind


def test_an_empty_file_has_no_rows() -> None:
    assert read_all([]) == ((), ())


@settings(deadline=None)
@given(st.integers(0, 608), st.binary(max_size=4))
def test_damaged_lines_raise_nothing_else(place: int, damage: bytes) -> None:
    whole = line(Q1, "ORDER0001", 5, sub=SUB1, part=5, name="国库")
    with suppress(UnreadableStatement):
        read_all([GOOD * 3 + whole[:place] + damage + whole[place + len(damage) :] + GOOD])


@settings(deadline=None)
@given(st.lists(st.binary(min_size=600, max_size=612), max_size=3), st.lists(st.binary(max_size=700), max_size=5))
def test_no_bytes_raise_anything_else(lines: list[bytes], pieces: list[bytes]) -> None:
    with suppress(UnreadableStatement):
        read_all([b"\n".join(lines), *pieces])


def with_cells(whole: bytes, **cells: bytes) -> bytes:
    """A line with other bytes from an offset on, as `at_46=b"…"`."""
    changed = bytearray(whole)
    for name, cell in cells.items():
        start = int(name.removeprefix("at_"))
        changed[start : start + len(cell)] = cell
    return bytes(changed)


@pytest.mark.parametrize(
    ("card", "merchant", "account"),
    [
        (b"6216261000000000018", MERCHANT, "test"),
        (b"621626*********0018", MERCHANT, "test"),
        (b"6216***********0018", MERCHANT, "test"),
        (b"6216***********0019", MERCHANT, ""),
        (b"*******************", MERCHANT, ""),
        (b"", MERCHANT, ""),
        (b"", "777290058110048", "test"),
        (b"", "898341502000009", "898341502000009"),
    ],
)
def test_what_was_paid_for_a_test_or_to_another_is_set_apart(card: bytes, merchant: str, account: str) -> None:
    odd = with_cells(line(Q1, "ORDER0001", 5, merchant=merchant), at_46=card)
    rows, unread = read_all([GOOD, odd, GOOD])
    assert ([row.account for row in rows], unread) == (["", account, ""], ())


@pytest.mark.parametrize(("named", "fen"), [((300, 300), 300), ((300, 12), 312), ((0, 0), None)])
def test_what_another_than_the_payer_bore_is_told(named: tuple[int, int], fen: int | None) -> None:
    lines = [line(Q1, "ORDER0001", 90, sub=sub, part=part) for sub, part in ((SUB1, 80), (SUB2, 10))]
    told = Told()
    parts = [with_cells(one, at_430=f"C{of:012d}".encode()) for one, of in zip(lines, named, strict=True)]
    read_transactions(parts, OURS, Unread(), told)
    assert told.discounts.get(Q1) == fen


def test_a_refund_whose_parts_are_not_the_whole_is_set_apart() -> None:
    half = line(Q1, "REFUND0001", 90, txn_type="31", sub=SUB1, part=80)
    told = Told()
    sound = line(Q2, "REFUND0002", 60, txn_type="04", sub=SUB1, part=60)
    found = read_transactions([half, sound], OURS, Unread(), told)
    assert rows_of(found) == (
        StatementRow(1, Q1, "REFUND0001", -90, "parts"),
        StatementRow(2, Q2, "REFUND0002", -60),
    )
    assert told.part_sums == {Q1: 80}
