"""The wire of ACP against published vectors."""

import pytest

from adapters.simulator.acp_wire import (
    AcpRefusal,
    digest,
    raw_line,
    read_form,
    sign_keyed,
    signed_text,
    verify_keyed,
)
from adapters.simulator.certificates import SharedKey

# The example that the channel's own demonstration signs, with its public test key.
EXAMPLE = {
    "transType": "01",
    "sysReserved": "{aaa=a&bbb=b}",
    "merId": "888888888888888",
    "signMethod": "01",
    "version": "5.1.0",
    "certId": "68759663125",
}


def test_the_digest_is_that_of_the_published_example() -> None:
    assert digest(EXAMPLE) == b"5b9536c5babc539ddcaf1672972b196c510b6397e6f5820eee37c8c69e85741d"


@pytest.mark.parametrize(
    ("method", "published"),
    [
        ("11", "bda8e705fe9d67022f71e8ca14752abc402368ed142b3bc71837ac9dec99c18e"),
        ("12", "e3d147d4d1b835a3453c7f900acf8ad4370ebea0e750452a4a02db43c398af81"),
    ],
)
def test_the_signed_text_is_that_of_the_published_keyed_hashes(method: str, published: str) -> None:
    fields = {name: value for name, value in EXAMPLE.items() if name != "certId"}
    signed = sign_keyed(fields, SharedKey(method, ""))
    assert (signed["signMethod"], signed["signature"]) == (method, published)
    verify_keyed(signed, SharedKey(method, ""))
    for other in ({**signed, "merId": "888888888888889"}, {**signed, "signature": ""}):
        with pytest.raises(AcpRefusal, match=r"^11 "):
            verify_keyed(other, SharedKey(method, ""))
    with pytest.raises(AcpRefusal, match=r"^11 "):
        verify_keyed(signed, SharedKey(method, "key"))


def test_empty_values_and_the_signature_itself_are_not_signed() -> None:
    assert signed_text({"b": "2", "signature": "x", "a": "", "B": "1"}) == "B=1&b=2"


def test_an_answer_is_not_url_encoded() -> None:
    assert raw_line({"signature": "a+b/c==", "respMsg": "成功"}).decode() == "respMsg=成功&signature=a+b/c=="


@pytest.mark.parametrize("body", [b"a=1&a=2", b"a", b"a=%ff", "a=成".encode()])
def test_a_body_that_is_no_clean_form_is_refused(body: bytes) -> None:
    with pytest.raises(AcpRefusal, match=r"^10 "):
        read_form(body)
