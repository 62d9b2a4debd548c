"""Golden frames of CNNONTAX, byte for byte; lengths in bytes, also with Chinese; and what is refused at the door."""

import base64
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.non_tax.cnnontax.frame import MOST_BYTES, BadFrame, frame_length, packed, unpacked
from adapters.non_tax.cnnontax.voucher import APPLICATION, document, read
from adapters.simulator import cfx, cnnontax
from adapters.wire.cfx import Head
from adapters.wire.xml import BadXml
from settlement.ports.channel import Unauthentic

GOLDEN = Path(__file__).parent / "golden"
TOKEN = b"a token of the tests"
DAY = date(2026, 3, 2)
CODE = "36010226300000000007"
MESSAGE: dict[str, dict[str, Any]] = {
    "8994": {
        "AdmDivCode": "360102",
        "PayCode": CODE,
        "BillDate": DAY,
        "ChgAgenCode": "3601020001",
        "ChgAgenName": "南昌市东湖区不动产登记中心",
        "PayerName": "王小明",
        "Amt": 9_000,
        "PayStats": "0",
        "RecName": "财政局非税收入汇缴户",
        "RecAcct": "36010200000000000002",
        "RecOpBk": "经收处",
        "PayInfo": "103043211001|不动产登记费|80.00|次|1|不限制|0.0-0.0#103043211003|工本费|10.00|次|1|不限制|0.0-0.0#",
    },
    "5001": {"OriMsgNo": "8994", "Result": "00000", "Information": "https://nontax.example/pay"},
    "8997": {"AdmDivCode": "360102", "PayCode": CODE},
    "5997": {
        "PayCode": CODE,
        "Result": "00000",
        "PayStats": "2",
        "Amt": 9_000,
        "CfmDate": DAY,
        "CfmNo": "C1",
        "TreDate": date(2026, 3, 4),
        "TreVouNo": "JK1",
    },
    "5996": {
        "PayCode": CODE,
        "CfmDate": DAY,
        "CfmTime": "120001",
        "Amt": 9_000,
        "TraNoBus": "000000000000000000001",
        "PayerName": "王小明",
        "Hold1": "C1",
    },
    "8001": {"OriMsgNo": "5996", "Result": "00000"},
    "8999": {"AdmDivCode": "360102", "PayCode": CODE, "ChgAgenCode": "3601020001"},
    "8982": {"AdmDivCode": "360102", "PayCode": CODE, "InvoiceNo": "0013900001"},
}


def frame(number: str) -> bytes:
    own = f"20260302{number}00000042"
    head = Head("K3601020001", "F360102", APPLICATION, number, own, own, DAY)
    return packed(number, document(head, "360102", MESSAGE[number]), TOKEN)


@pytest.mark.parametrize("number", MESSAGE)
def test_each_frame_is_what_it_was_byte_for_byte(number: str) -> None:
    golden = (GOLDEN / f"{number}.frame").read_bytes()
    assert frame(number) == golden
    assert int(golden[:8]) == len(golden)
    assert golden[8:23] == b"CNNONTAX1.0" + number.encode()
    said, xml = unpacked(golden, TOKEN)
    assert (said, read(xml, number).fields) == (number, MESSAGE[number])


@pytest.mark.parametrize("number", sorted(cnnontax.FORMS.keys() - {"5996"}))  # pushed, it holds more
def test_finance_reads_what_we_send(number: str) -> None:
    """The simulator's reader, written apart from ours, understands our golden frames, Chinese included."""
    raw = (GOLDEN / f"{number}.frame").read_bytes()
    fields = cnnontax._fields(cfx.read(raw[23:-64]), number)
    assert fields["PayCode"] == CODE
    if number == "8994":
        assert (fields["PayerName"], fields["Amt"]) == ("王小明", "90.00")


def test_a_length_counts_bytes_and_not_characters() -> None:
    xml = '<?xml version="1.0" encoding="GBK"?>\n<CFX>王小明</CFX>'.encode("gbk")
    whole = packed("5996", xml, TOKEN)
    assert int(whole[:8]) == 23 + len(xml) + 64 == 23 + len(xml.decode("gbk")) + 3 + 64
    assert whole[:8] == b"141     "


@pytest.mark.parametrize(
    "first",
    [
        b"",
        b"12",
        b" " * 8,
        b"00000142",
        b" 142    ",
        b"-142    ",
        b"14x     ",
        b"86      ",
        b"99999999",
        b"1 4 2   ",
    ],
)
def test_what_is_no_length_is_refused_before_anything_is_read(first: bytes) -> None:
    with pytest.raises(BadFrame):
        frame_length(first)


def test_a_frame_that_would_be_too_long_is_not_sent() -> None:
    with pytest.raises(BadFrame, match="at most"):
        packed("8994", b"x" * MOST_BYTES, TOKEN)


def test_a_strange_token_is_noticed() -> None:
    with pytest.raises(Unauthentic):
        unpacked(frame("5996"), b"another")


@given(st.sampled_from(sorted(MESSAGE)), st.data())
def test_one_changed_byte_never_passes(number: str, data: st.DataObject) -> None:
    raw = bytearray(frame(number))
    place = data.draw(st.integers(0, len(raw) - 1))
    value = data.draw(st.integers(0, 255))
    if bytes([raw[place]]).lower() == bytes([value]).lower():
        return
    raw[place] = value
    try:
        said, _ = unpacked(bytes(raw), TOKEN)
    except (BadFrame, Unauthentic):
        return
    assert said != number  # the number in the frame is outside the MAC; the message's own head tells it
    with pytest.raises(BadXml):
        read(unpacked(bytes(raw), TOKEN)[1], said)


@given(st.binary(max_size=300))
def test_no_bytes_break_the_reader(raw: bytes) -> None:
    with pytest.raises((BadFrame, Unauthentic)):
        unpacked(raw, TOKEN)
    with pytest.raises(BadFrame):
        packed_as_frame = b"%-8d" % (87 + len(raw)) + b"CNNONTAX1.1" + b"5996" + raw + b"0" * 64
        unpacked(packed_as_frame, TOKEN)


ENTITY = '<!DOCTYPE Voucher [<!ENTITY x "y">]><Voucher><PayCode>&x;</PayCode></Voucher>'


@pytest.mark.parametrize("inner", [ENTITY, "<Voucher>" * 9 + "</Voucher>" * 9, "<Other/>", "<Voucher", ""])
def test_attacks_inside_the_voucher_are_refused(inner: str) -> None:
    _, xml = unpacked(frame("8997"), TOKEN)
    text = xml.decode("gbk")
    start, end = text.index("<Voucher>") + 9, text.index("</Voucher>")
    changed = text[:start] + base64.b64encode(inner.encode("gbk")).decode() + text[end:]
    with pytest.raises(BadXml):
        read(changed.encode("gbk"), "8997")
