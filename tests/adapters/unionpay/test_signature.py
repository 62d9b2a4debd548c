"""Golden vectors are from public documents of the protocol; the RSA text is checked by its published digest."""

import base64
import hashlib
import string

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

from adapters.unionpay.signature import sign_keyed, sign_rsa, signing_text, verify_keyed, verify_rsa
from foundation.errors import BadInput
from tests.adapters.unionpay import authority

FIELDS = {"transType": "01", "sysReserved": "{aaa=a&bbb=b}", "merId": "888888888888888", "version": "5.1.0"}
ALPHABET = string.ascii_letters + string.digits + "+/"
KEYED = {
    "11": "bda8e705fe9d67022f71e8ca14752abc402368ed142b3bc71837ac9dec99c18e",
    "12": "e3d147d4d1b835a3453c7f900acf8ad4370ebea0e750452a4a02db43c398af81",
}


def test_the_rsa_text_has_the_published_digest() -> None:
    fields = {**FIELDS, "signMethod": "01", "certId": "68759663125", "empty": "", "signature": "left out"}
    digest = hashlib.sha256(signing_text(fields)).hexdigest()
    assert digest.startswith("5b9536c5")
    assert digest.endswith("741d")


def test_rsa_signs_the_hex_of_the_digest() -> None:
    key = authority.key("merchant")
    fields = {**FIELDS, "signMethod": "01"}
    whole = {**fields, "signature": sign_rsa(fields, key)}
    assert verify_rsa(whole, key.public_key())
    plain = key.sign(signing_text(fields), PKCS1v15(), SHA256())
    assert not verify_rsa({**fields, "signature": plain.hex()}, key.public_key())


@pytest.mark.parametrize("signature", ["", "not base64", "AAAA", "签名"])
def test_an_odd_signature_is_wrong_not_an_error(signature: str) -> None:
    assert not verify_rsa({**FIELDS, "signature": signature}, authority.key("merchant").public_key())


def test_a_signature_has_one_text() -> None:
    key = authority.key("merchant")
    signature = sign_rsa(FIELDS, key)
    assert signature.endswith("==")
    same_bytes = [signature[:-3] + last + "==" for last in ALPHABET]
    assert sum(base64.b64decode(text) == base64.b64decode(signature) for text in same_bytes) == 16
    assert [text for text in same_bytes if verify_rsa({**FIELDS, "signature": text}, key.public_key())] == [signature]


def test_empty_fields_may_count_or_not() -> None:
    key = authority.key("merchant")
    for text in (FIELDS, {**FIELDS, "empty": ""}):
        digest = hashlib.sha256(signing_text(text, with_empty=True)).hexdigest().encode()
        signature = base64.b64encode(key.sign(digest, PKCS1v15(), SHA256())).decode()
        assert verify_rsa({**FIELDS, "empty": "", "signature": signature}, key.public_key())


@pytest.mark.parametrize("method", KEYED)
def test_keyed_methods_have_the_published_values(method: str) -> None:
    assert sign_keyed({**FIELDS, "signMethod": method}, b"") == KEYED[method]


@pytest.mark.parametrize("method", KEYED)
def test_keyed_signatures_fit_only_their_fields_and_key(method: str) -> None:
    fields = {**FIELDS, "signMethod": method}
    whole = {**fields, "signature": sign_keyed(fields, b"secret")}
    assert verify_keyed(whole, b"secret")
    assert not verify_keyed(whole, b"another")
    assert not verify_keyed({**whole, "merId": "888888888888889"}, b"secret")


def test_an_empty_key_verifies_nothing() -> None:
    fields = {**FIELDS, "signMethod": "11"}
    with pytest.raises(BadInput, match="secure_key"):
        verify_keyed({**fields, "signature": sign_keyed(fields, b"")}, b"")


def test_an_unknown_method_is_refused() -> None:
    with pytest.raises(BadInput, match="signMethod"):
        sign_keyed({**FIELDS, "signMethod": "13"}, b"secret")
