from contextlib import suppress
from datetime import date, timedelta
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foundation.errors import BadInput, HeyiError
from settlement.channels import AcpChannel as AcpConfig
from settlement.ports.channel import Answer, Unauthentic
from tests.adapters.unionpay import authority
from tests.adapters.unionpay.authority import NOW, signed
from tests.adapters.unionpay.merchant import ORDER, PAID, channel, posted


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


def test_an_answer_to_a_query_is_no_notification(config: AcpConfig) -> None:
    with pytest.raises(BadInput, match="origRespCode"):
        channel(config).read_notification(posted({**PAID, "origRespCode": "05"}))


def test_a_notification_for_another_merchant_is_refused(config: AcpConfig) -> None:
    with pytest.raises(Unauthentic, match="merchant"):
        channel(config).read_notification(posted({**PAID, "merId": "898341502000002"}))


@pytest.mark.parametrize(
    "fields",
    [
        {"txnType": "02"},
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


@settings(deadline=None)
@given(st.binary(max_size=300), st.integers(0, 3000))
def test_no_damage_to_a_notification_raises_anything_else(config: AcpConfig, damage: bytes, place: int) -> None:
    whole = posted(PAID)
    with suppress(HeyiError):
        channel(config).read_notification(whole[:place] + damage + whole[place + len(damage) :])
