"""Golden messages of TIPS: byte for byte in GBK, both ways; and what is refused at the door."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.tax_office.tips.line import MESSAGES
from adapters.wire.cfx import Head, envelope, opened, written
from adapters.wire.xml import MOST_BYTES, BadXml, gbk_document, gbk_tree
from foundation.errors import BadInput

GOLDEN = Path(__file__).parent / "golden"
DAY = date(2026, 3, 2)
DETAIL = {"DetailNo": 1, "TaxSubjectCode": "1011901", "TaxNumber": 1, "TaxAmt": 1_500_000, "FactTaxAmt": 1_500_000}
KIND = {"ProjectId": 1, "TaxTypeCode": "10119", "TaxStartDate": DAY, "TaxEndDate": DAY, "TaxType": "1"}
ELEMENTS = {"TaxOrgCode": "13601020000", "TaxPayCode": "34150219900101001X", "OuterLevyNo": "00000000000000000017"}
BANK = {"PayOpBkCode": "102421000016", "BankName": "南昌税费同缴经收处"}
ANSWERED = {"OriBankNo": "102421000016", "OriEntrustDate": DAY, "OriLevyNo": "00000042", "Result": "90000"}

MESSAGE: dict[str, dict[str, Any]] = {
    "2091": {
        "DeclareQuery2091": {"BankNo": "102421000016", "EntrustDate": DAY, "QueryNo": "00000041", **BANK, **ELEMENTS}
    },
    "1009": {
        "RealHead1009": {
            "BankNo": "102421000016",
            "OriEntrustDate": DAY,
            "OriQueryNo": "00000041",
            "Result": "90000",
            "AddWord": "成功",
        },
        "Payment1009": ELEMENTS
        | {"TraAmt": 1_500_000, "DetailNum": 1}
        | {"TaxTypeList1009": [KIND | {"TaxTypeName": "契税", "DetailNum": 1, "TaxSubjectList1009": [DETAIL]}]},
    },
    "2090": {
        "DeHead2090": {"BankNo": "102421000016", "EntrustDate": DAY, "LevyNo": "00000042"},
        "Declare2090": ELEMENTS
        | {
            "PayOpBkCode": "102421000016",
            "PayAcct": "36010200000000000001",
            "HandOrgName": "南昌税费同缴经收处",
            "LevyState": "1",
            "TraAmt": 1_500_000,
            "DetailNum": 1,
            "TaxTypeList2090": [KIND | {"TaxTypeAmt": 1_500_000, "DetailNum": 1, "TaxSubjectList2090": [DETAIL]}],
        },
    },
    "1008": {
        "RealHead1008": {"TaxOrgCode": "13601020000", "EntrustDate": DAY, "TraNo": "00000007", **ANSWERED},
        "TurnAccount1008": {
            "TreCode": "1401010000",
            "PayeeAcct": "1401010000001",
            "PayeeName": "待报解预算收入",
            "PayOpBkCode": "011361000010",
        },
        "Payment1008": {
            "HandOrgName": "南昌税费同缴经收处",
            "TraAmt": 1_500_000,
            "TaxVouNo": "336010200000000008",
            "BillDate": DAY,
            "TaxPayCode": "34150219900101001X",
            "TaxPayName": "王小明",
            "BudgetType": "1",
            "TrimSign": "0",
            "PrintVouSign": "0",
            "TaxTypeNum": 1,
            "TaxTypeList1008": [
                {
                    "ProjectId": 1,
                    "BudgetSubjectCode": "1011901",
                    "LimitDate": DAY,
                    "TaxTypeName": "契税",
                    "BudgetLevelCode": "4",
                    "BudgetLevelName": "县级",
                    "TaxStartDate": DAY,
                    "TaxEndDate": DAY,
                    "ViceSign": "00000000000000000000000000010000000",
                    "TaxType": "1",
                    "TaxTypeAmt": 1_500_000,
                    "DetailNum": 1,
                    "TaxSubjectList1008": [DETAIL],
                }
            ],
        },
    },
    "2108": {
        "SingleReturn2108": {
            "BankNo": "102421000016",
            "TaxVouNo": "336010200000000008",
            "OriTaxOrgCode": "13601020000",
            "OriEntrustDate": DAY,
            "OriTraNo": "00000007",
            "TaxDate": DAY,
            "Result": "90000",
        }
    },
    "9003": {
        "TraStatusCheck9003": {
            "SendOrgCode": "102421000016",
            "SearchType": "1",
            "OriMsgNo": "2090",
            "OriEntrustDate": DAY,
            "OriTraNo": "00000042",
        }
    },
    "9004": {
        "TraStatusCheck9004": {
            "SendOrgCode": "102421000016",
            "SearchType": "1",
            "OriMsgNo": "2090",
            "OriEntrustDate": DAY,
            "OriTraNo": "00000042",
            "ChkDate": DAY,
            "OpStat": "1",
        }
    },
    "9101": {"ChangeState9101": {"WorkDate": date(2026, 3, 3), "SysStat": "1"}},
    "9120": {"MsgReturn9120": {"OriMsgNo": "2108", "Result": "94052", "Information": "包重复"}},
}


def document(number: str, values: dict[str, Any]) -> bytes:
    own = f"20260302{number}00000042"
    root, body = envelope(Head("102421000016", "100000000000", "TIPS", number, own, own, DAY))
    MESSAGES.fill(body, number, values)
    return gbk_document(written(root))


@pytest.mark.parametrize("number", MESSAGE)
def test_each_message_is_what_it_was_byte_for_byte(number: str) -> None:
    golden = (GOLDEN / f"{number}.xml").read_bytes()
    assert document(number, MESSAGE[number]) == golden
    head, body = opened(gbk_tree(golden))
    assert (head.msg_no, head.msg_id, head.work_date) == (number, f"20260302{number}00000042", DAY)
    assert MESSAGES.read(body, number) == MESSAGE[number]


def test_chinese_is_two_bytes_a_character_and_zeros_lead() -> None:
    raw = document("1008", MESSAGE["1008"])
    assert "王小明".encode("gbk") in raw
    assert len(raw) == len(raw.decode("gbk")) + sum(char > "\x7f" for char in raw.decode("gbk"))
    assert b"<OuterLevyNo>00000000000000000017</OuterLevyNo>" in document("2090", MESSAGE["2090"])


def _changed(number: str, old: str, new: str) -> bytes:
    text = document(number, MESSAGE[number]).decode("gbk")
    assert old in text
    return text.replace(old, new, 1).encode("gbk")


@pytest.mark.parametrize(
    ("number", "old", "new", "said"),
    [
        ("1009", "<TraAmt>15000.00</TraAmt>", "<TraAmt>15000</TraAmt>", "TraAmt"),
        ("1009", "<TraAmt>15000.00</TraAmt>", "", "TraAmt is there 0 times"),
        ("1009", "<TraAmt>15000.00</TraAmt>", "<TraAmt>1.00</TraAmt><TraAmt>1.00</TraAmt>", "there 2 times"),
        ("1009", "<TraAmt>15000.00</TraAmt>", "<TraAmt>15000.00</TraAmt><Extra>1</Extra>", "has no Extra"),
        ("1009", "<Result>90000</Result>", "<Result>yes</Result>", "Result"),
        ("1009", "<Result>90000</Result>", "<Result>90<b/>000</Result>", "more than a text"),
        ("1009", "<OriEntrustDate>20260302<", "<OriEntrustDate>20260231<", "OriEntrustDate"),
        ("9101", "<SysStat>1</SysStat>", "<SysStat>11</SysStat>", "SysStat"),
    ],
)
def test_an_odd_message_says_which_field(number: str, old: str, new: str, said: str) -> None:
    _, body = opened(gbk_tree(_changed(number, old, new)))
    with pytest.raises(BadXml, match=said):
        MESSAGES.read(body, number)


def test_what_the_map_does_not_know_is_not_sent() -> None:
    with pytest.raises(BadInput, match="Extra"):
        document("9101", {"ChangeState9101": {"WorkDate": DAY, "SysStat": "0", "Extra": "1"}})
    with pytest.raises(BadInput, match="needs it"):
        document("9101", {"ChangeState9101": {"WorkDate": DAY}})
    with pytest.raises(BadInput, match="pinyin"):  # 𠮷 is not in GBK
        document("9120", {"MsgReturn9120": {"OriMsgNo": "2108", "Result": "90000", "Information": "𠮷"}})


HEAD = '<?xml version="1.0" encoding="GBK"?>\n'


@pytest.mark.parametrize(
    "attack",
    [
        HEAD + '<!DOCTYPE a [<!ENTITY x "y">]><CFX>&x;</CFX>',
        HEAD + '<!DOCTYPE a SYSTEM "file:///etc/passwd"><CFX/>',
        HEAD + '<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;"><!ENTITY c "&b;&b;">]><CFX>&c;</CFX>',
        HEAD + "<a>" * 9 + "</a>" * 9,
        HEAD + "<CFX>",
        HEAD,
        "<CFX/>",
        '<?xml version="1.0" encoding="UTF-8"?><CFX/>',
        HEAD + "<CFX>" + "x" * MOST_BYTES + "</CFX>",
        b"\xff\xff".decode("latin-1"),
    ],
)
def test_attacks_are_refused(attack: str) -> None:
    with pytest.raises(BadXml):
        opened(gbk_tree(attack.encode("latin-1")))


@given(st.binary(max_size=400) | st.text(max_size=200).map(lambda text: (HEAD + text).encode("gbk", "ignore")))
def test_no_bytes_break_the_reader(raw: bytes) -> None:
    with pytest.raises(BadXml):
        opened(gbk_tree(raw))


@given(st.sampled_from(sorted(MESSAGE)), st.data())
def test_a_message_with_one_byte_changed_is_read_or_refused(number: str, data: st.DataObject) -> None:
    raw = bytearray(document(number, MESSAGE[number]))
    raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    try:
        head, body = opened(gbk_tree(bytes(raw)))
        MESSAGES.read(body, head.msg_no)
    except BadXml:
        return
