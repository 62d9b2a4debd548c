"""SM2 against the example of GB/T 32918.5, appendix A.2."""

import base64
from pathlib import Path
from urllib.parse import urlencode

import pytest

from adapters.unionpay.sm2 import SoftSm2, public_key_of, sign_sm2, verify_sm2
from adapters.unionpay.verify import examine_keyed

gmalg = pytest.importorskip("gmalg")

PRIVATE = bytes.fromhex("3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8")
PUBLIC_HEX = (
    "0409F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020"
    "CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13"
)
PUBLIC = bytes.fromhex(PUBLIC_HEX)
R = "F5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3"
S = "B1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA"
FIELDS = {"version": "5.1.0", "merId": "888888888888888", "orderId": "HY26030200001", "txnAmt": "1"}


def test_the_example_of_the_standard() -> None:
    k = int("59276E27D506861A16680F3AD9C02DCCEF3CC1FA3CDBE4CE6D54B80DEAC1BC21", 16)
    signer = gmalg.SM2(PRIVATE, b"1234567812345678", PUBLIC, rnd_fn=lambda _: k)
    r, s = signer.sign(b"message digest")
    assert (r.hex().upper(), s.hex().upper()) == (R, S)
    assert gmalg.SM2(None, b"1234567812345678", PUBLIC).verify(b"message digest", r, s)


def test_what_was_signed_is_believed_and_nothing_else() -> None:
    whole = {**FIELDS, "signature": sign_sm2(FIELDS, SoftSm2(PRIVATE, PUBLIC))}
    assert verify_sm2(whole, PUBLIC)
    for name in FIELDS:
        assert not verify_sm2({**whole, name: FIELDS[name] + "1"}, PUBLIC)
    signature = bytearray(base64.b64decode(whole["signature"]))
    signature[40] ^= 1
    assert not verify_sm2({**whole, "signature": base64.b64encode(signature).decode()}, PUBLIC)


@pytest.mark.parametrize("odd", ["", "AAAA", "not base64", base64.b64encode(bytes(64)).decode()])
def test_an_odd_signature_is_wrong_not_an_error(odd: str) -> None:
    assert not verify_sm2({**FIELDS, "signature": odd}, PUBLIC)


def test_a_key_file_tells_a_public_key_from_a_shared_one() -> None:
    assert public_key_of(PUBLIC_HEX) == PUBLIC
    assert public_key_of("fcAmtnx7MwismjWNhNKdHC44mNXtnEQeJkRrhKJwyrW2ysRR") is None


def test_a_recorded_message_is_examined(tmp_path: Path) -> None:
    whole = {**FIELDS, "signature": sign_sm2(FIELDS, SoftSm2(PRIVATE, PUBLIC))}
    assert examine_keyed(urlencode(whole).encode(), PUBLIC_HEX).authentic
    assert not examine_keyed(urlencode({**whole, "txnAmt": "2"}).encode(), PUBLIC_HEX).authentic
