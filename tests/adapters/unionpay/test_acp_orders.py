import base64
import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from adapters.unionpay.signature import verify_rsa
from foundation.errors import BadInput
from settlement.channels import AcpChannel as AcpConfig
from settlement.ports.channel import Order, Part, PaymentForm
from tests.adapters.unionpay import authority
from tests.adapters.unionpay.authority import NOW
from tests.adapters.unionpay.merchant import ORDER, channel


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


async def started(config: AcpConfig, order: Order = ORDER, notify: str = "https://heyi.test/notify") -> PaymentForm:
    form = await channel(config).start(order, "https://heyi.test/p/x", notify)
    assert isinstance(form, PaymentForm)
    return form


async def test_the_form_is_signed_by_the_merchant(config: AcpConfig) -> None:
    form = await started(config)
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


async def test_the_form_divides_the_order(config: AcpConfig) -> None:
    form = await started(config)
    assert json.loads(base64.b64decode(form.fields["accSplitData"])) == {
        "accSplitType": "1",
        "accSplitMchts": [
            {"accSplitMerId": "898341502000101", "accSplitAmt": "1500000"},
            {"accSplitMerId": "898341502000201", "accSplitAmt": "8000"},
        ],
    }


async def test_addresses_carry_no_query_string(config: AcpConfig) -> None:
    with pytest.raises(BadInput, match="query string"):
        await started(config, notify="https://heyi.test/notify?a=1")


async def test_a_long_title_is_cut(config: AcpConfig) -> None:
    form = await started(config, changed(title="税" * 40))
    assert form.fields["orderDesc"] == "税" * 32


async def test_exchanged_keys_count_from_the_next_message_on(config: AcpConfig, tmp_path: Path) -> None:
    authority.write_files(tmp_path)
    ours = channel(config.model_copy(update={"signing_certificate": tmp_path / "merchant.cer"}))
    before = await ours.start(ORDER, "https://heyi.test/p/x", "https://heyi.test/notify")
    assert isinstance(before, PaymentForm)
    new = authority.issue("a merchant", authority.middle(), role="merchant")  # of the same key
    (tmp_path / "merchant.cer").write_bytes(new.certificate.public_bytes(Encoding.PEM))
    os.utime(tmp_path / "merchant.cer", ns=(1, 1))  # surely another time than before
    after = await ours.start(ORDER, "https://heyi.test/p/x", "https://heyi.test/notify")
    assert isinstance(after, PaymentForm)
    assert before.fields["certId"] != after.fields["certId"]
    assert after.fields["certId"] == str(new.certificate.serial_number)


@pytest.mark.parametrize("field", ["signing_key", "signing_certificate"])
@pytest.mark.parametrize("content", [None, b"", b"-----BEGIN nothing"])
async def test_an_unusable_key_is_named(config: AcpConfig, tmp_path: Path, field: str, content: bytes | None) -> None:
    path = tmp_path / f"{field}.pem"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(BadInput, match=rf"{field}\.pem"):
        await started(config.model_copy(update={field: path}))


async def test_a_key_of_another_certificate_is_named(config: AcpConfig, keys: Path, tmp_path: Path) -> None:
    (tmp_path / "other.cer").write_bytes(authority.root().certificate.public_bytes(Encoding.PEM))
    with pytest.raises(BadInput, match=r"the key of other\.cer"):
        await started(config.model_copy(update={"signing_certificate": tmp_path / "other.cer"}))
