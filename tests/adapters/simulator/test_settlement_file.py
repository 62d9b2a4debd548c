"""The settlement file, byte for byte."""

import base64
import zlib
from datetime import date, datetime
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.simulator.clock import CHINA, clearing_day
from adapters.simulator.odd_rows import befallen
from adapters.simulator.records import Movement, Order, Part, Return
from adapters.simulator.settlement_file import (
    ZM_WIDTHS,
    ZME_WIDTHS,
    Cleared,
    Line,
    cut,
    deflated,
    dispute_lines,
    line,
    lines,
)

# 0-based byte offsets as published for layout 5.1.
OFFSETS = (
    0, 4, 16, 28, 35, 46, 66, 79, 84, 87, 109, 112, 145, 148, 155, 166, 180, 194, 199, 215, 218, 221, 228, 231, 236,
    269, 271, 293, 309, 311, 327, 360, 374, 388, 397, 430, 444, 458, 471, 474, 476, 509,
)  # fmt: skip

PAID_AT = datetime(2026, 7, 15, 10, 30, 5, tzinfo=CHINA)
FIELDS = {
    "merId": "898341502000001",
    "orderId": "HY202607150000000001",
    "txnTime": "20260715102955",
    "txnAmt": "1508000",
    "txnType": "01",
    "txnSubType": "01",
    "bizType": "000201",
    "channelType": "08",
    "reqReserved": "六安金安第壹号窗口办理的不动产登记税费",
}
PARTS = (Part("898341502000101", 1500000), Part("898341502000201", 8000))
PAYMENT = Movement("202607151030050000042", "000042", PAID_AT, date(2026, 7, 15))
ORDER = Order(FIELDS, PARTS, PAID_AT, "token", [PAYMENT])
CLEARED = Cleared(ORDER, PAYMENT, ORDER.order_id, ORDER.amount_fen, PARTS)

# What stands at which byte, worked out by hand from the published columns; all else is blank.
GOLDEN = {
    0: "S22",
    4: "48213410",
    16: "48213410",
    28: "000042",
    35: "0715103005",
    46: "6216***********0001",
    66: "000001508000",
    79: "9311",
    84: "08",
    87: "202607151030050000042",
    112: "HY202607150000000001",
    145: "01",
    166: "C000000000000",
    180: "C000001508000",
    194: "0001",
    215: "01",
    218: "01",
    221: "000201",
    228: "01",
    293: "898341502000001",
    309: "1",
    311: "898341502000101",
    327: "国库待报解预算收入",
    360: "C000001500000",
    374: "C000000008000",
    397: "六安金安第壹号窗口办理的不动产登",
    430: "C000000000000",
    444: "C000001508000",
    458: "C00000000000",
}


def test_a_line_is_what_the_layout_says_byte_for_byte() -> None:
    written = line(Line(CLEARED, PARTS[0], "国库待报解预算收入"))
    expected = bytearray(b" " * 607)
    for offset, text in GOLDEN.items():
        cell = text.encode("gbk")
        expected[offset : offset + len(cell)] = cell
    assert written == bytes(expected) + b"\r\n"


def test_columns_begin_where_the_layout_says() -> None:
    ends = accumulate(width + 1 for width in ZM_WIDTHS)
    begins = [0, *ends][:-1]
    assert tuple(begins) == OFFSETS
    assert OFFSETS[-1] + ZM_WIDTHS[-1] == 607


def test_chinese_counts_by_bytes_and_is_never_cut_in_half() -> None:
    written = line(Line(CLEARED, PARTS[1], "非税收入汇缴户"))
    assert written[327:359].decode("gbk").rstrip() == "非税收入汇缴户"
    assert written[360:373] == b"C000000008000"
    assert cut("一二三", 5) == "一二"


def test_a_value_that_does_not_fit_is_not_cut_silently() -> None:
    too_long = Cleared(ORDER, PAYMENT, "9" * 33, ORDER.amount_fen, PARTS)
    with pytest.raises(ValueError, match="33 bytes, its column 32"):
        line(Line(too_long, None))


def test_an_order_is_one_line_a_receiver_or_one_line() -> None:
    assert len(lines([CLEARED], {}, "receiver")) == 2 * 609
    whole = lines([CLEARED], {}, "order")
    assert len(whole) == 609
    assert whole[311:326].strip() == b""
    assert whole[360:387] == b"C000001508000 C00000000000" + b"0"


def test_content_is_zlib_then_base64() -> None:
    published = "eJwrSS0uiU9JLEkEABL5A7o="
    assert deflated(b"test_data") == published
    assert zlib.decompress(base64.b64decode(published)) == b"test_data"


@pytest.mark.parametrize(("hour", "day"), [(0, date(2026, 12, 31)), (22, date(2026, 12, 31)), (23, date(2027, 1, 1))])
def test_the_clearing_day_turns_at_23(hour: int, day: date) -> None:
    assert clearing_day(datetime(2026, 12, 31, hour, 30, tzinfo=CHINA)) == day


def test_a_refund_is_money_out_and_names_its_payment() -> None:
    fields = FIELDS | {
        "orderId": "RF202607150000000002",
        "txnType": "04",
        "txnSubType": "00",
        "txnAmt": "8000",
    }
    movement = Movement("202607160900000000043", "000043", PAID_AT.replace(day=16), date(2026, 7, 16))
    given = Return(fields, PARTS[1:], ORDER, PAYMENT, movement)
    cleared = Cleared(given, movement, given.order_id, given.amount_fen, given.parts, given.payment)
    written = line(Line(cleared, PARTS[1]))
    assert written[215:217] == b"04"
    assert (written[148:154], written[155:165]) == (b"000042", b"0715103005")
    assert written[271:292].decode() == PAYMENT.query_id
    assert written[360:373] == b"D000000008000"
    assert written[476:508].decode().rstrip() == ORDER.order_id


@given(st.text(max_size=200), st.integers(1, 10**12 - 1))
def test_every_line_has_its_width_whatever_the_merchant_writes(reserved: str, amount_fen: int) -> None:
    fields = FIELDS | {"reqReserved": reserved, "txnAmt": str(amount_fen)}
    order = Order(fields, (Part("898341502000101", amount_fen),), PAID_AT, "token", [PAYMENT])
    written = line(Line(Cleared(order, PAYMENT, order.order_id, amount_fen, order.parts), order.parts[0]))
    assert len(written) == 609
    assert all(written[offset - 1 : offset] == b" " for offset in OFFSETS[1:])
    assert int(written[66:78]) == int(written[361:373]) == amount_fen


def test_a_refund_that_never_happened_is_of_a_payment_that_never_happened() -> None:
    back = CLEARED.taken_back(7)
    assert back is not None
    assert (back.original, back.key != CLEARED.key, back.amount_fen) == (PAYMENT, True, CLEARED.amount_fen)
    invented = back.renumbered(8)
    assert invented.original is not None
    assert invented.original.query_id != PAYMENT.query_id


def test_a_dispute_stands_in_a_file_of_its_own() -> None:
    _, dispute = befallen(CLEARED, "adjusted", 0, 7) or ()
    assert lines([dispute], {}, "order") == b""
    assert len(dispute_lines([dispute, CLEARED])) == sum(ZME_WIDTHS) + len(ZME_WIDTHS) - 1 + 2
    assert dispute.key == "ZME0000420715103005"
