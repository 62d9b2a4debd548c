import base64
import json
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

import httpx
import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st

from adapters.unionpay.acp import AcpChannel
from adapters.unionpay.signature import verify_rsa
from foundation.errors import BadInput, HeyiError, Unavailable
from settlement.ports.channel import Answer, Order, Part, Unauthentic
from settlement.regions import AcpChannel as AcpConfig
from tests.adapters.unionpay import authority
from tests.adapters.unionpay.authority import NOW, raw, signed

ORDER = Order(
    order_id="34150226030200001x01",
    started_at=NOW,
    amount_fen=1508000,
    parts=(Part("898341502000101", 1500000), Part("898341502000201", 8000)),
    pay_until=NOW + timedelta(minutes=15),
    title="六安市金安区不动产登记税费",
)
ABOUT = {"merId": "898341502000001", "orderId": ORDER.order_id, "txnTime": "20260302120000", "version": "5.1.0"}
PAID = {
    **ABOUT,
    "txnType": "01",
    "txnAmt": "1508000",
    "currencyCode": "156",
    "queryId": "202603021200000000011",
    "traceNo": "000011",
    "settleDate": "0302",
    "respCode": "00",
    "respMsg": "成功[0000000]",
    "reqReserved": "{a+b&c=d}",
}
Answering = Callable[[httpx.Request], httpx.Response]


def channel(config: AcpConfig, answer: Answering | None = None, now: datetime = NOW) -> AcpChannel:
    transport = httpx.MockTransport(answer or (lambda _: pytest.fail("nothing is asked here")))
    return AcpChannel(config, httpx.AsyncClient(transport=transport), lambda: now)


def answering(fields: dict[str, str]) -> Answering:
    return lambda _: httpx.Response(200, content=raw(signed(fields)))


def posted(fields: dict[str, str]) -> bytes:
    return urlencode(signed(fields)).encode()


# What is refused before a code is issued.


def test_an_order_within_the_limits_passes(config: AcpConfig) -> None:
    channel(config).check(ORDER)


def changed(**values: object) -> Order:
    return replace(ORDER, **values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("order", "field"),
    [
        (changed(order_id="1234567"), "order_id"),
        (changed(order_id="a" * 33), "order_id"),
        (changed(order_id="12345678-1"), "order_id"),
        (changed(order_id="１２３４５６７８"), "order_id"),
        (changed(amount_fen=0), "amount_fen"),
        (changed(amount_fen=10**12), "amount_fen"),
        (changed(parts=()), "parts"),
        (changed(amount_fen=6, parts=(Part("898341502000101", 1),) * 6), "parts"),
        (changed(amount_fen=10**9, parts=(Part("898341502000101", 10**9),)), "part"),
        (changed(parts=(Part("89834150200010", 1508000),)), "receiver"),
        (changed(parts=(Part("898341502000101", 1508001),)), "parts"),
        (changed(parts=(*ORDER.parts, Part("898341502000101", 0))), "part"),
        (changed(pay_until=NOW), "pay_until"),
    ],
)
def test_an_order_beyond_a_limit_is_refused(config: AcpConfig, order: Order, field: str) -> None:
    with pytest.raises(BadInput) as caught:
        channel(config).check(order)
    assert caught.value.field == field


def test_five_receivers_of_nine_digits_pass(config: AcpConfig) -> None:
    most = 10**9 - 1
    channel(config).check(changed(amount_fen=5 * most, parts=(Part("898341502000101", most),) * 5))


# The form.


def test_the_form_is_signed_by_the_merchant(config: AcpConfig) -> None:
    form = channel(config).form(ORDER, "https://heyi.test/p/x", "https://heyi.test/notify")
    assert form.address == "http://gateway.test/gateway/api/frontTransReq.do"
    own = authority.merchant()
    assert verify_rsa(form.fields, own.key.public_key())
    assert form.fields["certId"] == str(own.certificate.serial_number)
    assert {key: form.fields[key] for key in form.fields if key not in ("signature", "certId", "accSplitData")} == {
        "version": "5.1.0",
        "encoding": "UTF-8",
        "signMethod": "01",
        "txnType": "01",
        "txnSubType": "01",
        "bizType": "000201",
        "channelType": "08",
        "accessType": "0",
        "merId": "898341502000001",
        "orderId": ORDER.order_id,
        "txnTime": "20260302120000",
        "txnAmt": "1508000",
        "currencyCode": "156",
        "payTimeout": "20260302121500",
        "frontUrl": "https://heyi.test/p/x",
        "backUrl": "https://heyi.test/notify",
        "orderDesc": ORDER.title,
    }


def test_the_form_divides_the_order(config: AcpConfig) -> None:
    form = channel(config).form(ORDER, "https://heyi.test/p/x", "https://heyi.test/notify")
    assert json.loads(base64.b64decode(form.fields["accSplitData"])) == {
        "accSplitType": "1",
        "accSplitMchts": [
            {"accSplitMerId": "898341502000101", "accSplitAmt": "1500000"},
            {"accSplitMerId": "898341502000201", "accSplitAmt": "8000"},
        ],
    }


def test_addresses_carry_no_query_string(config: AcpConfig) -> None:
    with pytest.raises(BadInput, match="query string"):
        channel(config).form(ORDER, "https://heyi.test/p/x", "https://heyi.test/notify?a=1")


def test_a_long_title_is_cut(config: AcpConfig) -> None:
    form = channel(config).form(changed(title="税" * 40), "https://heyi.test/p/x", "https://heyi.test/notify")
    assert form.fields["orderDesc"] == "税" * 32


# Notifications.


def test_a_notification_proves_a_payment(config: AcpConfig) -> None:
    proof = channel(config).read_notification(posted(PAID))
    assert (proof.channel, proof.merchant, proof.order_id) == ("acp", "898341502000001", ORDER.order_id)
    assert (proof.answer, proof.amount_fen, proof.started_at) == (Answer.paid, 1508000, NOW)
    assert (proof.query_id, proof.trace_no) == ("202603021200000000011", "000011")
    assert proof.clearing_day == date(2026, 3, 2)


def test_a_payment_at_new_years_eve_clears_in_the_new_year(config: AcpConfig) -> None:
    fields = {**PAID, "txnTime": "20261231233000", "settleDate": "0101"}
    proof = channel(config).read_notification(posted(fields))
    assert proof.clearing_day == date(2027, 1, 1)


def test_fields_that_nobody_knows_are_signed_too(config: AcpConfig) -> None:
    assert channel(config).read_notification(posted({**PAID, "newField": "x"})).answer is Answer.paid
    with pytest.raises(Unauthentic):
        channel(config).read_notification(posted(PAID) + b"&newField=x")


@pytest.mark.parametrize("code", ["03", "05", "30", ""])
def test_a_notification_without_success_proves_nothing(config: AcpConfig, code: str) -> None:
    assert channel(config).read_notification(posted({**PAID, "respCode": code})).answer is Answer.pending


def test_a_notification_for_another_merchant_is_refused(config: AcpConfig) -> None:
    with pytest.raises(Unauthentic, match="merchant"):
        channel(config).read_notification(posted({**PAID, "merId": "898341502000002"}))


@pytest.mark.parametrize(
    "fields",
    [
        {"txnType": "04"},
        {"txnAmt": "1508000.00"},
        {"txnAmt": "-1"},
        {"txnAmt": "１"},
        {"currencyCode": "840"},
        {"queryId": ""},
        {"settleDate": "0231"},
        {"txnTime": "20260231000000"},
        {"orderId": "x"},
    ],
)
def test_an_authentic_message_that_makes_no_sense_is_bad_input(config: AcpConfig, fields: dict[str, str]) -> None:
    with pytest.raises(BadInput):
        channel(config).read_notification(posted({**PAID, **fields}))


@pytest.mark.parametrize("field", [*PAID, "signMethod", "signPubKeyCert", "signature"])
def test_each_changed_field_of_a_notification_is_noticed(config: AcpConfig, field: str) -> None:
    message = signed(PAID)
    message[field] = message[field][:-4] + ("0" if message[field][-4:-3] != "0" else "1") + message[field][-3:]
    with pytest.raises(HeyiError):
        channel(config).read_notification(urlencode(message).encode())


def test_the_clock_decides_on_the_certificate(config: AcpConfig) -> None:
    late = channel(config, now=authority.UNTIL + timedelta(days=1))
    with pytest.raises(Unauthentic, match="is valid from"):
        late.read_notification(posted(PAID))


@given(st.binary(max_size=300), st.integers(0, 3000))
def test_no_damage_to_a_notification_raises_anything_else(config: AcpConfig, damage: bytes, place: int) -> None:
    whole = posted(PAID)
    with suppress(HeyiError):
        channel(config).read_notification(whole[:place] + damage + whole[place + len(damage) :])


# Queries.


async def test_the_question_names_the_order_and_is_signed(config: AcpConfig) -> None:
    asked: dict[str, str] = {}

    def answer(request: httpx.Request) -> httpx.Response:
        assert (request.method, request.url) == ("POST", "http://gateway.test/gateway/api/queryTrans.do")
        asked.update(parse_qsl(request.content.decode(), strict_parsing=True))
        return answering({**PAID, "origRespCode": "00", "origRespMsg": "成功"})(request)

    proof = await channel(config, answer).query(ORDER)
    assert (proof.answer, proof.amount_fen, proof.clearing_day) == (Answer.paid, 1508000, date(2026, 3, 2))
    assert verify_rsa(asked, authority.merchant().key.public_key())
    assert (asked["txnType"], asked["orderId"], asked["txnTime"]) == ("00", ORDER.order_id, "20260302120000")
    assert "txnAmt" not in asked


LATE = NOW + timedelta(minutes=16)


@pytest.mark.parametrize(
    ("code", "original", "now", "answer"),
    [
        ("00", "A6", NOW, Answer.paid),
        ("00", "42", LATE, Answer.paid),
        ("00", "05", NOW, Answer.pending),
        ("00", "64", NOW, Answer.pending),
        ("00", "64", LATE, Answer.not_paid),
        ("00", "75", LATE, Answer.pending),
        ("00", "", LATE, Answer.pending),
        ("34", "", NOW, Answer.pending),
        ("34", "", LATE, Answer.not_paid),
        ("34", "00", NOW, Answer.pending),
        ("37", "00", NOW, Answer.pending),
        ("37", "", LATE, Answer.pending),
        ("05", "", LATE, Answer.pending),
    ],
)
async def test_what_an_answer_means(config: AcpConfig, code: str, original: str, now: datetime, answer: Answer) -> None:
    fields = {**PAID, "respCode": code, "origRespCode": original}
    proof = await channel(config, answering(fields), now).query(ORDER)
    assert proof.answer is answer
    assert (proof.query_id is not None) == (answer is Answer.paid)
    assert proof.detail.startswith(original if code == "00" else code)


@pytest.mark.parametrize("code", ["10", "11", "31", "32", "", "xx"])
async def test_a_refused_question_decides_nothing(config: AcpConfig, code: str) -> None:
    with pytest.raises(Unavailable):
        await channel(config, answering({**PAID, "respCode": code})).query(ORDER)


@pytest.mark.parametrize("about", [{"orderId": "another0001"}, {"txnTime": "20260302120001"}, {"merId": "x" * 15}])
async def test_an_answer_about_something_else_is_refused(config: AcpConfig, about: dict[str, str]) -> None:
    with pytest.raises(Unauthentic):
        await channel(config, answering({**PAID, "origRespCode": "00", **about})).query(ORDER)


async def test_a_paid_answer_without_its_figures_decides_nothing(config: AcpConfig) -> None:
    with pytest.raises(Unavailable, match="queryId"):
        await channel(config, answering({**PAID, "origRespCode": "00", "queryId": ""})).query(ORDER)


def no_line(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectTimeout("no line", request=request)


@pytest.mark.parametrize(
    "answer",
    [
        no_line,
        lambda _: httpx.Response(500, text="x"),
        lambda _: httpx.Response(404, text="x"),
        lambda _: httpx.Response(302, headers={"Location": "http://elsewhere.test"}),
        lambda _: httpx.Response(200, text="<html>"),
        lambda _: httpx.Response(200, content=b"a=" + b"x" * 70_000),
        lambda _: httpx.Response(200, content=b""),
    ],
)
async def test_no_answer_that_can_be_read_decides_nothing(config: AcpConfig, answer: Answering) -> None:
    with pytest.raises(Unavailable):
        await channel(config, answer).query(ORDER)


async def test_an_unsigned_answer_is_refused(config: AcpConfig) -> None:
    with pytest.raises(Unauthentic):
        await channel(config, lambda _: httpx.Response(200, content=raw(PAID))).query(ORDER)


# Rotation.


def test_exchanged_keys_count_from_the_next_message_on(config: AcpConfig, tmp_path: Path) -> None:
    authority.write_files(tmp_path)
    ours = channel(config.model_copy(update={"signing_certificate": tmp_path / "merchant.cer"}))
    before = ours.form(ORDER, "https://heyi.test/p/x", "https://heyi.test/notify")
    new = authority.issue("a merchant", authority.middle(), role="merchant")  # of the same key
    (tmp_path / "merchant.cer").write_bytes(new.certificate.public_bytes(Encoding.PEM))
    os.utime(tmp_path / "merchant.cer", ns=(1, 1))  # surely another time than before
    after = ours.form(ORDER, "https://heyi.test/p/x", "https://heyi.test/notify")
    assert before.fields["certId"] != after.fields["certId"]
    assert after.fields["certId"] == str(new.certificate.serial_number)


@pytest.mark.parametrize("field", ["signing_key", "signing_certificate"])
@pytest.mark.parametrize("content", [None, b"", b"-----BEGIN nothing"])
def test_an_unusable_key_is_named(config: AcpConfig, tmp_path: Path, field: str, content: bytes | None) -> None:
    path = tmp_path / f"{field}.pem"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(BadInput, match=rf"{field}\.pem"):
        channel(config.model_copy(update={field: path})).form(ORDER, "https://heyi.test/p/x", "https://heyi.test/n")


def test_a_key_of_another_certificate_is_named(config: AcpConfig, keys: Path, tmp_path: Path) -> None:
    (tmp_path / "other.cer").write_bytes(authority.root().certificate.public_bytes(Encoding.PEM))
    with pytest.raises(BadInput, match=r"the key of other\.cer"):
        channel(config.model_copy(update={"signing_certificate": tmp_path / "other.cer"})).form(
            ORDER, "https://heyi.test/p/x", "https://heyi.test/n"
        )
