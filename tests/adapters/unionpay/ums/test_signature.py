import base64
import hashlib
import hmac
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.unionpay.ums.signature import is_key_appended, key_append, open_body_sig
from foundation.errors import BadInput

# The example of the public document, with its demonstration key.
KEY = "fcAmtnx7MwismjWNhNKdHC44mNXtnEQeJkRrhKJwyrW2ysRR"
GOODS = {"body": "微信二维码测试", "price": "1", "goodsName": "微信二维码测试", "goodsId": "1"}
FIELDS = {
    "billDate": "2017-06-26",
    "billNo": "31940000201700002",
    "goods": json.dumps(
        [{**GOODS, "quantity": "1", "goodsCategory": "TEST"}], ensure_ascii=False, separators=(",", ":")
    ),
    "instMid": "QRPAYDEFAULT",
    "mid": "898340149000005",
    "msgSrc": "WWW.TEST.COM",
    "msgType": "bills.getQRCode",
    "requestTimestamp": "2017-06-26 17:28:02",
    "tid": "88880001",
    "totalAmount": "1",
    "walletOption": "SINGLE",
}
PUBLISHED = {
    "MD5": "57f81baf8e3bae1190b26d6c733038af",
    "SHA256": "a9eced8dd8425d1fc4047cf94e672c69ed1073557ee831c51287341cfab0b21f",
}


@pytest.mark.parametrize("sign_type", PUBLISHED)
def test_the_published_values(sign_type: str) -> None:
    assert key_append(FIELDS, KEY, sign_type) == PUBLISHED[sign_type]
    assert is_key_appended({**FIELDS, "sign": PUBLISHED[sign_type].upper(), "empty": ""}, KEY, sign_type)


@settings(deadline=None)
@given(st.sampled_from(sorted(FIELDS)), st.text(min_size=1, max_size=5))
def test_any_changed_field_is_noticed(field: str, value: str) -> None:
    changed = {**FIELDS, field: FIELDS[field] + value, "sign": PUBLISHED["SHA256"]}
    assert not is_key_appended(changed, KEY, "SHA256")


def test_an_added_salt_counts() -> None:
    salted = {**FIELDS, "aI": "EZkv"}
    assert is_key_appended({**salted, "sign": key_append(salted, KEY, "MD5")}, KEY, "MD5")
    assert not is_key_appended({**salted, "sign": PUBLISHED["MD5"]}, KEY, "MD5")


def test_an_empty_key_or_unknown_type_is_refused() -> None:
    with pytest.raises(BadInput, match="communication_key"):
        is_key_appended({**FIELDS, "sign": ""}, "", "MD5")
    with pytest.raises(BadInput, match="signType"):
        key_append(FIELDS, KEY, "SHA1")


def test_the_open_platforms_header() -> None:
    body = '{"billDesc":"税费"}'.encode()
    text = "app1" + "20260302120000" + "n0" + hashlib.sha256(body).hexdigest()
    expected = base64.b64encode(hmac.new(b"key1", text.encode(), hashlib.sha256).digest()).decode()
    assert open_body_sig("app1", "key1", "20260302120000", "n0", body) == (
        f'OPEN-BODY-SIG AppId="app1", Timestamp="20260302120000", Nonce="n0", Signature="{expected}"'
    )
