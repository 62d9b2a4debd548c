"""ChinaUMS on the wire: JSON in, JSON out, two signatures (docs/channels.md)."""

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from adapters.simulator.clock import CHINA
from adapters.simulator.setup import RegionSetup

_HEADER = re.compile(
    r'OPEN-BODY-SIG AppId="([^"]{1,64})", Timestamp="(\d{14})", Nonce="([^"]{1,128})", Signature="([^"]{1,200})"'
)
_HASHES = {"MD5": hashlib.md5, "SHA256": hashlib.sha256}
_CLOCKS_APART = timedelta(minutes=5)


class UmsRefusal(Exception):
    """An answer other than SUCCESS: errCode and errMsg."""

    def __init__(self, code: str, text: str, status: int = 200) -> None:
        super().__init__(f"{code} {text}")
        self.code = code
        self.text = text
        self.status = status


def key_appended(fields: Mapping[str, str], key: str, sign_type: str) -> str:
    """The older signature: sorted fields that are not empty, joined, the key right behind, hashed to hex."""
    parts = (f"{name}={value}" for name, value in sorted(fields.items()) if value and name != "sign")
    return _HASHES[sign_type](("&".join(parts) + key).encode()).hexdigest()


def text_of(value: Any) -> str:
    """A JSON value as the older signature sees it."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))


class Door:
    """Lets in what is signed: by the open platform's header, or by a signature in the body."""

    def __init__(self, app_keys: Mapping[str, str], communication_keys: Mapping[str, str]) -> None:
        self._app_keys = app_keys
        self._communication_keys = communication_keys
        self._nonces: set[tuple[str, str]] = set()

    def check_header(self, header: str, body: bytes, regions: Mapping[str, RegionSetup], now: datetime) -> RegionSetup:
        """The caller of the open platform. UmsRefusal 401: a wrong signature, another time, a nonce used before."""
        found = _HEADER.fullmatch(header)
        if found is None:
            raise UmsRefusal("BAD_SIGN", "Authorization: OPEN-BODY-SIG 格式错误", 401)
        app_id, timestamp, nonce, signature = found.groups()
        region = next((each for each in regions.values() if each.ums and each.ums.app_id == app_id), None)
        if region is None:
            raise UmsRefusal("INVALID_MSGSRC", f"没有应用 {app_id}", 401)
        text = app_id + timestamp + nonce + hashlib.sha256(body).hexdigest()
        key = self._app_keys[region.region].encode()
        true = base64.b64encode(hmac.new(key, text.encode(), hashlib.sha256).digest()).decode()
        if not hmac.compare_digest(true, signature):
            raise UmsRefusal("BAD_SIGN", "验签失败", 401)
        sent = datetime.strptime(timestamp, "%Y%m%d%H%M%S").replace(tzinfo=CHINA)
        if abs(now - sent) > _CLOCKS_APART:
            raise UmsRefusal("ABNORMAL_REQUEST_TIME", f"请求时间 {timestamp} 异常", 401)
        if (app_id, nonce) in self._nonces:
            raise UmsRefusal("BAD_SIGN", "Nonce 重复", 401)
        self._nonces.add((app_id, nonce))
        return region

    def check_body(self, message: Mapping[str, Any], regions: Mapping[str, RegionSetup]) -> RegionSetup:
        """The caller of the older interface. UmsRefusal 401 for an unknown source or a wrong signature."""
        source = message.get("msgSrc")
        region = next((each for each in regions.values() if each.ums and each.ums.message_source == source), None)
        if region is None or region.ums is None or not source:
            raise UmsRefusal("INVALID_MSGSRC", f"没有来源 {source}", 401)
        texts = {name: text_of(value) for name, value in message.items()}
        key = self._communication_keys[region.region]
        sign_type = message.get("signType", "MD5")
        if sign_type != region.ums.sign_type:
            raise UmsRefusal("BAD_SIGN", f"signType 应为 {region.ums.sign_type}", 401)
        if not hmac.compare_digest(key_appended(texts, key, sign_type), texts.get("sign", "").lower()):
            raise UmsRefusal("BAD_SIGN", "验签失败", 401)
        return region


def dashed(at: datetime) -> str:
    """A time as bodies write it."""
    return at.astimezone(CHINA).strftime("%Y-%m-%d %H:%M:%S")
