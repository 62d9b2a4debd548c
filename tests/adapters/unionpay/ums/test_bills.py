import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.unionpay.ums.bills import UmsBills
from adapters.unionpay.ums.messages import bill, refund_payment
from adapters.unionpay.ums.signature import key_append, open_body_sig
from foundation.errors import BadInput, HeyiError, Unavailable
from settlement.channels import Receivers
from settlement.channels import UmsChannel as UmsConfig
from settlement.ports.channel import Answer, Order, Part, PaymentLink, Unauthentic
from settlement.ports.refusal import Refused

NOW = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
LATE = NOW + timedelta(minutes=31)
KEY = "communication key"
ORDER = Order(
    order_id="HY26030200001",
    started_at=NOW,
    amount_fen=1_508_000,
    parts=(Part("898341502000101", 1_500_000), Part("898341502000201", 8_000)),
    pay_until=NOW + timedelta(minutes=30),
    title="不动产登记税费",
)
PAYMENT = {
    "merOrderId": "3194202603021200000017",
    "status": "TRADE_SUCCESS",
    "settleDate": "2026-03-02",
    "paySeqId": "000017",
    "targetSys": "WXPay",
}
PAID = {
    "mid": "898341502000001",
    "instMid": "QRPAYDEFAULT",
    "billNo": "3194HY26030200001",
    "billDate": "2026-03-02",
    "billStatus": "PAID",
    "totalAmount": "1508000",
    "billPayment": json.dumps(PAYMENT),
    "srcReserve": "20260302120000",
    "notifyId": "n1",
    "signType": "SHA256",
    "ns": "cyuT",
}
Answering = Callable[[httpx.Request], httpx.Response]


@pytest.fixture(scope="session")
def secrets_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ums")
    (folder / "app").write_text("app key\n")
    (folder / "communication").write_text(KEY + "\n")
    return folder


def bills(folder: Path, answer: Answering | None = None, now: datetime = NOW) -> UmsBills:
    config = UmsConfig(
        kind="ums",
        receivers=Receivers(treasury="898341502000101", non_tax="898341502000201"),
        gateway="http://ums.test",
        app_id="app1",
        app_key_file=folder / "app",
        communication_key_file=folder / "communication",
        source_id="3194",
        merchant="898341502000001",
        terminal="88880001",
    )
    transport = httpx.MockTransport(answer or (lambda _: pytest.fail("nothing is asked here")))
    return UmsBills(config, httpx.AsyncClient(transport=transport), lambda: now)


def signed(fields: dict[str, str]) -> dict[str, str]:
    return {**fields, "sign": key_append(fields, KEY, fields.get("signType", "MD5"))}


def saying(**content: Any) -> Answering:
    return lambda _: httpx.Response(200, json={"errCode": "SUCCESS", **content})


async def test_a_code_is_asked_with_the_split(secrets_folder: Path) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        assert request.url == "http://ums.test/v1/netpay/bills/get-qrcode"
        header = request.headers["authorization"]
        nonce = header.split('Nonce="')[1].split('"')[0]
        assert header == open_body_sig("app1", "app key", "20260302120000", nonce, request.content)
        assert json.loads(request.content) == {
            "requestTimestamp": "2026-03-02 12:00:00",
            "mid": "898341502000001",
            "tid": "88880001",
            "instMid": "QRPAYDEFAULT",
            "billNo": "3194HY26030200001",
            "billDate": "2026-03-02",
            "billDesc": "不动产登记税费",
            "totalAmount": 1508000,
            "divisionFlag": True,
            "platformAmount": 0,
            "subOrders": [
                {"mid": "898341502000101", "totalAmount": 1500000},
                {"mid": "898341502000201", "totalAmount": 8000},
            ],
            "expireTime": "2026-03-02 12:30:00",
            "notifyUrl": "http://heyi.test/n",
            "returnUrl": "http://heyi.test/p",
            "qrCodeId": "3194202603021200000001675906",
            "walletOption": "SINGLE",
            "secureTransaction": False,
            "srcReserve": "20260302120000",
        }
        return saying(billQRCode="https://qr.test/bills/qrCode.do?id=1")(request)

    form = await bills(secrets_folder, answer).start(ORDER, "http://heyi.test/p", "http://heyi.test/n")
    assert form == PaymentLink("https://qr.test/bills/qrCode.do?id=1")


@pytest.mark.parametrize("address", [None, "", "javascript:alert(1)", "https://a b"])
async def test_a_code_that_is_no_address_decides_nothing(secrets_folder: Path, address: str | None) -> None:
    with pytest.raises(Unavailable, match="billQRCode"):
        await bills(secrets_folder, saying(billQRCode=address)).start(ORDER, "http://heyi.test/p", "http://heyi.test/n")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"order_id": "a" * 25}, "order_id"),
        ({"order_id": "1234567"}, "order_id"),
        ({"amount_fen": 0}, "amount_fen"),
        ({"parts": ()}, "parts"),
        ({"parts": (Part("898341502000101", 1),) * 21, "amount_fen": 21}, "parts"),
        ({"parts": (Part("898341502000101", 1_508_001),)}, "parts"),
        ({"parts": (*ORDER.parts, Part("898341502000301", 0))}, "part"),
        ({"parts": (Part("short", 1_508_000),)}, "receiver"),
        ({"pay_until": NOW}, "pay_until"),
    ],
)
def test_an_order_beyond_a_limit_is_refused(secrets_folder: Path, changes: dict[str, Any], field: str) -> None:
    bills(secrets_folder).check(ORDER)
    with pytest.raises(BadInput) as caught:
        bills(secrets_folder).check(replace(ORDER, **changes))
    assert caught.value.field == field


@pytest.mark.parametrize("encode", [urlencode, json.dumps])
def test_a_notification_proves_a_payment(secrets_folder: Path, encode: Callable[[Any], str]) -> None:
    proof = bills(secrets_folder).read_notification(encode(signed(PAID)).encode())
    assert (proof.answer, proof.order_id, proof.amount_fen) == (Answer.paid, ORDER.order_id, ORDER.amount_fen)
    assert (proof.started_at, proof.clearing_day) == (NOW, date(2026, 3, 2))
    assert (proof.query_id, proof.trace_no) == ("3194202603021200000017", "000017")


@pytest.mark.parametrize("field", [*PAID, "sign"])
def test_each_changed_or_missing_field_is_noticed(secrets_folder: Path, field: str) -> None:
    message = signed(PAID)
    for changed in ({**message, field: message[field] + "0"}, {k: v for k, v in message.items() if k != field}):
        with pytest.raises(Unauthentic):
            bills(secrets_folder).read_notification(urlencode(changed).encode())


def test_a_weaker_hash_than_agreed_is_refused(secrets_folder: Path) -> None:
    with pytest.raises(Unauthentic, match="signType"):
        bills(secrets_folder).read_notification(urlencode(signed({**PAID, "signType": "MD5"})).encode())


@pytest.mark.parametrize("other", [{"mid": "898341502000009"}, {"instMid": "H5DEFAULT"}])
def test_a_notification_for_another_contract_is_refused(secrets_folder: Path, other: dict[str, str]) -> None:
    with pytest.raises(Unauthentic, match="merchant"):
        bills(secrets_folder).read_notification(urlencode(signed({**PAID, **other})).encode())


@pytest.mark.parametrize(
    "odd",
    [
        {"billNo": "9999HY26030200001"},
        {"totalAmount": "15080.00"},
        {"totalAmount": "-1"},
        {"billPayment": "{"},
        {"billPayment": "[" * 30_000},
        {"billPayment": json.dumps({**PAYMENT, "settleDate": "20260302"})},
        {"srcReserve": ""},
    ],
)
def test_an_authentic_message_that_makes_no_sense_is_bad_input(secrets_folder: Path, odd: dict[str, str]) -> None:
    with pytest.raises(BadInput):
        bills(secrets_folder).read_notification(urlencode(signed({**PAID, **odd})).encode())


@settings(deadline=None)
@given(st.binary(max_size=60), st.integers(0, 700), st.booleans())
def test_no_damage_raises_anything_else(secrets_folder: Path, damage: bytes, place: int, is_json: bool) -> None:
    whole = json.dumps(signed(PAID)).encode() if is_json else urlencode(signed(PAID)).encode()
    with suppress(HeyiError):
        bills(secrets_folder).read_notification(whole[:place] + damage + whole[place + len(damage) :])


@pytest.mark.parametrize(
    "body", [b'{"a": "\\ud800"}', b'{"a": 1}', b"{" * 60_000, b"{" + b" " * 70_000, b'{"a":' * 9_000]
)
def test_odd_json_is_bad_input(secrets_folder: Path, body: bytes) -> None:
    with pytest.raises(BadInput):
        bills(secrets_folder).read_notification(body)


@pytest.mark.parametrize(
    ("status", "payment", "now", "answer"),
    [
        ("PAID", PAYMENT, NOW, Answer.paid),
        ("PAID", PAYMENT, LATE, Answer.paid),
        ("PAID", {**PAYMENT, "status": "WAIT_BUYER_PAY"}, LATE, Answer.pending),
        ("PAID", None, LATE, Answer.pending),
        ("UNPAID", PAYMENT, NOW, Answer.pending),
        ("UNPAID", None, LATE, Answer.not_paid),
        ("CLOSED", None, NOW, Answer.not_paid),
        ("REFUND", PAYMENT, LATE, Answer.pending),
        ("UNKNOWN", None, LATE, Answer.pending),
        ("TRADE_SUCCESS", PAYMENT, NOW, Answer.pending),
    ],
)
async def test_what_an_answer_means(
    secrets_folder: Path, status: str, payment: dict[str, str] | None, now: datetime, answer: Answer
) -> None:
    content = {**PAID, "billStatus": status, "totalAmount": 1508000, "billPayment": payment}
    proof = await bills(secrets_folder, saying(**content), now).query(ORDER)
    assert (proof.answer, proof.order_id) == (answer, ORDER.order_id)
    assert (proof.amount_fen == 1_508_000) == (answer is Answer.paid)


@pytest.mark.parametrize(("now", "answer"), [(NOW, Answer.pending), (LATE, Answer.not_paid)])
async def test_an_unknown_bill_is_not_paid_only_after_its_time(
    secrets_folder: Path, now: datetime, answer: Answer
) -> None:
    proof = await bills(secrets_folder, saying(errCode="NO_ORDER"), now).query(ORDER)
    assert proof.answer is answer


@pytest.mark.parametrize("other", [{"billNo": "3194HY26030200002"}, {"mid": "898341502000009"}])
async def test_an_answer_about_something_else_is_refused(secrets_folder: Path, other: dict[str, str]) -> None:
    with pytest.raises(Unauthentic):
        await bills(secrets_folder, saying(**{**PAID, **other})).query(ORDER)


@pytest.mark.parametrize("code", ["TIMEOUT", "ORDER_PROCESSING", "9200", ""])
async def test_an_unclear_answer_decides_nothing(secrets_folder: Path, code: str) -> None:
    with pytest.raises(Unavailable):
        await bills(secrets_folder, saying(errCode=code)).query(ORDER)


async def test_a_no_carries_the_code_and_either_sentence(secrets_folder: Path) -> None:
    with pytest.raises(Refused) as caught:
        await bills(secrets_folder, saying(errCode="BAD_SIGN", errInfo="签名错误")).query(ORDER)
    assert caught.value.reason == "BAD_SIGN"
    assert "签名错误" in caught.value.detail


@pytest.mark.parametrize(
    "response",
    [httpx.Response(412, json={"errCode": "9200"}), httpx.Response(200, text="x"), httpx.Response(200, json=[])],
)
async def test_what_cannot_be_read_decides_nothing(secrets_folder: Path, response: httpx.Response) -> None:
    with pytest.raises(Unavailable):
        await bills(secrets_folder, lambda _: response).query(ORDER)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12) | st.just(json.dumps(PAYMENT)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
NAMES = st.sampled_from(sorted({*PAID, *PAYMENT, "refundBillPayment", "refundStatus", "refundOrderId", "refundAmount"}))


@settings(deadline=None)
@given(st.dictionaries(NAMES, ANYTHING, max_size=4), st.dictionaries(NAMES, ANYTHING, max_size=6))
def test_no_answer_raises_anything_else(changed: dict[str, Any], refund: dict[str, Any]) -> None:
    """Answers are JSON whose every value may be of any kind."""
    with suppress(HeyiError):
        bill({**PAID, "billPayment": PAYMENT, **changed})
    with suppress(HeyiError):
        refund_payment({"refundBillPayment": refund, **changed})
