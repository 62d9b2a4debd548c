"""The golden vectors are a public demonstration merchant's, with its published key."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.unionpay.qra.messages import read, written
from adapters.unionpay.qra.signature import is_signed, sign
from foundation.errors import BadInput, HeyiError
from settlement.ports.channel import Unauthentic

KEY = "979da4cfccbae7923641daa5dd7047c2"
MERCHANT = "QRA29045311KKR1"
REQUEST = {
    "out_trade_no": "pos-qra-20240106163401",
    "body": "测试商品",
    "total_fee": "1",
    "mch_create_ip": "127.0.0.1",
    "auth_code": "131969896307360385",
    "op_device_id": "123",
    "terminal_info": '{"device_type":"07","terminal_id":"123"}',
    "service": "unified.trade.micropay",
    "charset": "UTF-8",
    "sign_type": "MD5",
    "mch_id": MERCHANT,
    "nonce_str": "UhxOr4kzerPGku9wCaVQyfd1zisoAnAm",
}


def key_of(merchant: str) -> str:
    if merchant != MERCHANT:
        raise Unauthentic(f"the message is for merchant {merchant!r}")
    return KEY


def test_the_published_value() -> None:
    assert sign({**REQUEST, "empty": "", "sign": "left out"}, KEY) == "DB571C2F75C657B42485CD07470F0FB9"
    assert is_signed({**REQUEST, "sign": "DB571C2F75C657B42485CD07470F0FB9"}, KEY)


def test_sm3_is_a_hash_of_its_own() -> None:
    signature = sign({**REQUEST, "sign_type": "SM3"}, KEY)
    assert len(signature) == 64
    assert signature == signature.upper()


def test_an_empty_key_or_unknown_type_is_refused() -> None:
    with pytest.raises(BadInput, match="key"):
        is_signed(REQUEST, "")
    with pytest.raises(BadInput, match="sign_type"):
        sign({**REQUEST, "sign_type": "RSA"}, KEY)


def test_what_was_written_is_read_again() -> None:
    fields = read(written({**REQUEST, "body": "<税&费>]]>"}, KEY), key_of, "MD5")
    assert fields["body"] == "<税&费>]]>"


def test_character_data_sections_are_read() -> None:
    plain = written(REQUEST, KEY).decode()
    assert read(plain.replace("测试商品", "<![CDATA[测试商品]]>").encode(), key_of, "MD5")["body"] == "测试商品"


@pytest.mark.parametrize("field", REQUEST)
def test_a_changed_field_is_noticed(field: str) -> None:
    body = written(REQUEST, KEY).decode()
    with pytest.raises(HeyiError):
        read(body.replace(f"<{field}>", f"<{field}>0").encode(), key_of, "MD5")


def test_a_message_for_another_merchant_is_refused() -> None:
    with pytest.raises(Unauthentic, match="merchant"):
        read(written({**REQUEST, "mch_id": "QRA000000000000"}, KEY), key_of, "MD5")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<xml>",
        b"<xml><a>1</a><a>2</a></xml>",
        b"<xml><a><b/></a></xml>",
        b'<!DOCTYPE x [<!ENTITY a "b">]><xml><a>&a;</a></xml>',
        b"<xml>" + b" " * 70_000 + b"</xml>",
        b'<?xml version="1.0" encoding="nonsense"?><xml/>',
    ],
)
def test_what_is_no_message_is_bad_input(body: bytes) -> None:
    with pytest.raises(BadInput):
        read(body, key_of, "MD5")


@settings(deadline=None)
@given(st.binary(max_size=30), st.integers(0, 500))
def test_no_damage_raises_anything_else(damage: bytes, place: int) -> None:
    whole = written(REQUEST, KEY)
    with suppress(HeyiError):
        read(whole[:place] + damage + whole[place + len(damage) :], key_of, "MD5")
