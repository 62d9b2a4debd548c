from contextlib import suppress
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.unionpay.messages import is_answer, read_answer, read_notification
from foundation.errors import BadInput, HeyiError

PLAIN = st.text(st.characters(exclude_characters="&={}[]", exclude_categories=["Cs"]), max_size=20)
KEYS = st.text(st.characters(exclude_characters="&={}[]", exclude_categories=["Cs"]), min_size=1, max_size=10)


def test_a_plus_in_an_answer_stays_a_plus() -> None:
    assert read_answer(b"signature=a+b/c==&respCode=00") == {"signature": "a+b/c==", "respCode": "00"}


def test_brackets_in_an_answer_hide_what_is_inside() -> None:
    body = "cardTransData={a=1&b={c=2&d=[}}&respMsg=成功[0000000]&list=[x&y=}]&end=".encode()
    assert read_answer(body) == {
        "cardTransData": "{a=1&b={c=2&d=[}}",
        "respMsg": "成功[0000000]",
        "list": "[x&y=}]",
        "end": "",
    }


def test_a_notification_is_decoded_once() -> None:
    assert read_notification(b"signature=a%2Bb&reqReserved=%252B&respMsg=%E6%88%90%E5%8A%9F+1&empty=") == {
        "signature": "a+b",
        "reqReserved": "%2B",
        "respMsg": "成功 1",
        "empty": "",
    }


@pytest.mark.parametrize("body", [b"", b"a", b"a=1&a=2", b"a=1&&b=2", b"=1", b"a={1", b"a=\xff", b"a" * 70_000])
def test_what_is_no_answer_is_refused(body: bytes) -> None:
    with pytest.raises(BadInput):
        read_answer(body)


@pytest.mark.parametrize("body", [b"", b"a", b"a=1&a=2", b"a=%FF", b"&".join(b"k%d=v" % i for i in range(200))])
def test_what_is_no_notification_is_refused(body: bytes) -> None:
    with pytest.raises(BadInput):
        read_notification(body)


def test_the_two_shapes_are_told_apart() -> None:
    pem = "-----BEGIN CERTIFICATE-----\r\nMII+\r\n-----END CERTIFICATE-----\r\n"
    assert is_answer(b"a=1&signPubKeyCert=" + pem.encode())
    assert not is_answer(urlencode({"a": "1", "signPubKeyCert": pem}).encode())


@settings(deadline=None)
@given(st.dictionaries(KEYS, PLAIN, min_size=1, max_size=8))
def test_both_shapes_give_back_every_field(fields: dict[str, str]) -> None:
    assert read_answer("&".join(f"{key}={value}" for key, value in fields.items()).encode()) == fields
    assert read_notification(urlencode(fields).encode()) == fields


@settings(deadline=None)
@given(st.binary(max_size=200) | st.text("a=&{}[]%+;0é", max_size=60).map(str.encode))
def test_no_bytes_raise_anything_but_our_own(body: bytes) -> None:
    for read in (read_answer, read_notification):
        with suppress(HeyiError):
            read(body)


@given(st.text(st.sampled_from("ab=&+%41EC5;é"), min_size=1, max_size=30))
@settings(max_examples=200)
def test_a_form_is_read_as_the_library_reads_it(text: str) -> None:
    try:
        pairs = parse_qsl(text, keep_blank_values=True, strict_parsing=True, errors="strict", max_num_fields=100)
    except ValueError:
        pairs = []
    if pairs and len(dict(pairs)) == len(pairs):
        assert read_notification(text.encode()) == dict(pairs)
    else:
        with pytest.raises(BadInput):
            read_notification(text.encode())


def test_a_form_of_too_many_fields_is_refused() -> None:
    assert len(read_notification(urlencode([(f"k{n}", n) for n in range(100)]).encode())) == 100
    with pytest.raises(BadInput, match="at most 100 fields"):
        read_notification(urlencode([(f"k{n}", n) for n in range(101)]).encode())
