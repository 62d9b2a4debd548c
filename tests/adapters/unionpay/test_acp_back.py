"""Every message to ACP's back gateway, field by field: code, payer's code, reversal, refund, undo; and its answers."""

import base64
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from urllib.parse import parse_qsl

import httpx
import pytest

from adapters.unionpay.acp import AcpChannel
from adapters.unionpay.signature import verify_rsa
from foundation.errors import BadInput, Unavailable
from settlement.channels import AcpChannel as AcpConfig
from settlement.ports.channel import Part, Payment, PaymentLink, RefundAnswer, RefundOrder, Unauthentic
from settlement.ports.refusal import Refused
from tests.adapters.unionpay import authority
from tests.adapters.unionpay.authority import NOW, raw, signed
from tests.adapters.unionpay.merchant import ABOUT, ORDER, PAID, channel, posted

NOTIFY = "https://heyi.test/notify"
OF = Payment(ORDER.order_id, ORDER.started_at, ORDER.amount_fen, "202603021200000000011")
REFUND = RefundOrder("refund", "3415022603020000101R0101", NOW, 8000, (Part("898341502000201", 8000),), OF)
UNDO = RefundOrder("undo", "3415022603020000101R0102", NOW, ORDER.amount_fen, (), OF)
OF_REFUND = {**ABOUT, "orderId": REFUND.order_id}
COMMON = {
    "version": "5.1.0",
    "encoding": "UTF-8",
    "signMethod": "01",
    "accessType": "0",
    "merId": "898341502000001",
    "channelType": "08",
}
MONEY = {
    **COMMON,
    "bizType": "000000",
    "orderId": ORDER.order_id,
    "txnTime": "20260302120000",
    "txnAmt": "1508000",
    "currencyCode": "156",
    "backUrl": NOTIFY,
    "accSplitData": "[divided]",
}
Call = Callable[[AcpChannel], Awaitable[object]]

MESSAGES: list[tuple[str, str, Call, dict[str, str]]] = [
    ("code", "qr", lambda one: one.start(ORDER, "https://heyi.test/p", NOTIFY),
     {**MONEY, "txnType": "01", "txnSubType": "07", "payTimeout": "20260302121500"}),
    ("payer's code", "qr", lambda one: one.scan(ORDER, "6225000000000001", NOTIFY),
     {**MONEY, "txnType": "01", "txnSubType": "06", "qrNo": "6225000000000001"}),
    ("reversal", "qr", lambda one: one.reverse(ORDER),
     {**COMMON, "bizType": "000000", "txnType": "99", "txnSubType": "01", "orderId": ORDER.order_id,
      "txnTime": "20260302120000"}),
    ("refund of a code", "qr", lambda one: one.refund(REFUND, NOTIFY),
     {**COMMON, "bizType": "000000", "txnType": "04", "txnSubType": "00", "orderId": REFUND.order_id,
      "txnTime": "20260302120000", "origQryId": OF.query_id, "txnAmt": "8000", "currencyCode": "156",
      "backUrl": NOTIFY, "accSplitData": "[divided]"}),
    ("refund", "gateway", lambda one: one.refund(REFUND, NOTIFY),
     {**COMMON, "bizType": "000201", "txnType": "04", "txnSubType": "00", "orderId": REFUND.order_id,
      "txnTime": "20260302120000", "origQryId": OF.query_id, "txnAmt": "8000", "currencyCode": "156",
      "backUrl": NOTIFY, "accSplitData": "[divided]"}),
    ("undo", "gateway", lambda one: one.refund(UNDO, NOTIFY),
     {**COMMON, "bizType": "000201", "txnType": "31", "txnSubType": "00", "orderId": UNDO.order_id,
      "txnTime": "20260302120000", "origQryId": OF.query_id, "txnAmt": "1508000", "currencyCode": "156",
      "backUrl": NOTIFY}),
]  # fmt: skip


def of_product(config: AcpConfig, product: str) -> AcpConfig:
    return config.model_copy(update={"product": product})


def said(**fields: str) -> Callable[[httpx.Request], httpx.Response]:
    return lambda _: httpx.Response(200, content=raw(signed(fields)))


@pytest.mark.parametrize(("name", "product", "call", "expected"), MESSAGES, ids=[each[0] for each in MESSAGES])
async def test_a_message_has_these_fields_and_no_other(
    config: AcpConfig, name: str, product: str, call: Call, expected: dict[str, str]
) -> None:
    sent: dict[str, str] = {}

    def answer(request: httpx.Request) -> httpx.Response:
        assert (request.method, request.url) == ("POST", "http://gateway.test/gateway/api/backTransReq.do")
        sent.update(parse_qsl(request.content.decode(), strict_parsing=True))
        echo = {key: sent[key] for key in ("orderId", "txnTime")}
        return said(**ABOUT | echo, respCode="00", respMsg="成功", qrCode="https://qr.95516.com/00010000/62")(request)

    await call(channel(of_product(config, product), answer))
    own = authority.merchant()
    assert verify_rsa(sent, own.key.public_key())
    assert sent.pop("certId") == str(own.certificate.serial_number)
    del sent["signature"]
    if "accSplitData" in sent:
        divided = json.loads(base64.b64decode(sent["accSplitData"]))
        assert sum(int(one["accSplitAmt"]) for one in divided["accSplitMchts"]) == int(sent["txnAmt"])
        sent["accSplitData"] = "[divided]"
    assert sent == expected


async def test_the_code_is_drawn_as_it_was_given(config: AcpConfig) -> None:
    link = "https://qr.95516.com/00010000/62123456789012345678901234567890?id=1"
    answer = said(**ABOUT, respCode="00", qrCode=link)
    assert await channel(of_product(config, "qr"), answer).start(ORDER, "https://h.test/p", NOTIFY) == PaymentLink(link)


@pytest.mark.parametrize(
    ("code", "error"),
    [("00", Unavailable), ("03", Unavailable), ("04", Unavailable), ("05", Unavailable), ("06", Unavailable),
     ("12", Unavailable), ("99", Unavailable), ("", Unavailable), ("31", Refused), ("33", Refused), ("10", Refused)],
)  # fmt: skip
async def test_no_code_was_issued_or_nobody_knows(config: AcpConfig, code: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        await channel(of_product(config, "qr"), said(**ABOUT, respCode=code)).start(ORDER, "https://h.test/p", NOTIFY)


async def test_an_answer_about_another_order_is_not_believed(config: AcpConfig) -> None:
    other = {**ABOUT, "orderId": "34150226030200009x01"}
    ours = channel(of_product(config, "qr"), said(**other, respCode="00", qrCode="https://qr.95516.com/1/2"))
    for call in (ours.start(ORDER, "https://h.test/p", NOTIFY), ours.refund(REFUND, NOTIFY), ours.reverse(ORDER)):
        with pytest.raises(Unauthentic, match="is about"):
            await call


@pytest.mark.parametrize("payer_code", ["", "12a4", "1" * 21, "１２３"])
async def test_what_is_no_payers_code_is_not_sent(config: AcpConfig, payer_code: str) -> None:
    with pytest.raises(BadInput, match="payer_code"):
        await channel(of_product(config, "qr")).scan(ORDER, payer_code, NOTIFY)


@pytest.mark.parametrize(
    ("code", "answer"),
    [("00", "pending"), ("05", "pending"), ("12", "pending"), ("45", "pending"), ("46", "pending"), ("34", "failed"),
     ("35", "failed"), ("36", "failed"), ("30", "failed")],
)  # fmt: skip
async def test_accepted_is_not_finished(config: AcpConfig, code: str, answer: str) -> None:
    proof = await channel(config, said(**OF_REFUND, respCode=code, respMsg="x")).refund(REFUND, NOTIFY)
    assert (proof.answer, proof.order_id) == (RefundAnswer(answer), REFUND.order_id)


@pytest.mark.parametrize(
    ("code", "original", "answer"),
    [("00", "00", "done"), ("00", "A6", "done"), ("00", "05", "pending"), ("00", "01", "failed"), ("00", "", "pending"),
     ("34", "", "unknown"), ("37", "", "pending"), ("03", "", "pending")],
)  # fmt: skip
async def test_a_refund_is_asked_for_by_its_own_number(
    config: AcpConfig, code: str, original: str, answer: str
) -> None:
    done = {**PAID, **OF_REFUND, "txnAmt": "8000", "respCode": code, "origRespCode": original}
    proof = await channel(config, said(**done)).query_refund(REFUND)
    assert proof.answer is RefundAnswer(answer)
    if proof.answer is RefundAnswer.done:
        assert (proof.amount_fen, proof.clearing_day) == (8000, date(2026, 3, 2))


def test_a_refunds_notification_is_of_the_refund(config: AcpConfig) -> None:
    for txn_type in ("04", "31"):
        told = {**PAID, **OF_REFUND, "txnType": txn_type, "txnAmt": "8000"}
        proof = channel(config).read_notification(posted(told))
        assert (proof.order_id, proof.answer) == (REFUND.order_id, RefundAnswer.done)


@pytest.mark.parametrize(
    ("paid_on", "product", "whole", "way"),
    [
        (date(2026, 3, 2), "gateway", True, "undo"),
        (date(2026, 3, 2), "gateway", False, "refund"),
        (date(2026, 3, 1), "gateway", True, "refund"),
        (date(2025, 12, 2), "gateway", True, "refund"),
        (date(2025, 12, 1), "gateway", True, None),
        (date(2026, 1, 31), "qr", False, "refund"),
        (date(2026, 1, 30), "qr", False, None),
    ],
)
def test_the_way_back_is_chosen_by_the_clearing_day(
    config: AcpConfig, paid_on: date, product: str, whole: bool, way: str | None
) -> None:
    contract = AcpConfig.model_validate(
        {**config.model_dump(exclude={"refund_days"}), "product": product, "undo_same_day": True}
    )
    assert channel(contract).way_back(paid_on, whole) == way


def test_the_clearing_day_turns_at_23(config: AcpConfig) -> None:
    contract = config.model_copy(update={"undo_same_day": True})
    before, after = datetime(2026, 3, 2, 14, 59, 59, tzinfo=UTC), datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
    assert channel(contract, now=before).way_back(date(2026, 3, 2), whole=True) == "undo"
    assert channel(contract, now=after).way_back(date(2026, 3, 2), whole=True) == "refund"
    assert channel(contract, now=after).way_back(date(2026, 3, 3), whole=True) == "undo"
    assert after - before == timedelta(seconds=1)
