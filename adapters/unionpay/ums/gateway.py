"""One merchant's line to ChinaUMS, in the two interfaces that are about: the open platform, and the older one.

Answers are not signed: they are believed for the line they came by (TLS).
"""

import json
import secrets
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import httpx

from adapters.unionpay.reading import contract_key
from adapters.unionpay.ums.signature import key_append, open_body_sig
from adapters.wire.beijing import stamp
from adapters.wire.http import Reply, exchange
from foundation import clock
from foundation.errors import Unavailable
from settlement.channels import UmsChannel as UmsConfig
from settlement.ports.refusal import Refused

WHOM = "ChinaUMS"
_UNCLEAR = {"TIMEOUT", "NET_ERROR", "INTERNAL_ERROR", "TARGET_FAIL", "ORDER_PROCESSING", "INVALID_RESPONSE"}
_MESSAGE_TYPES = {
    "get-qrcode": "bills.getQRCode",
    "query": "bills.query",
    "refund": "bills.refund",
    "close-qrcode": "bills.closeQRCode",
}
"""What the open platform calls by path, the older interface calls by msgType."""


class UmsGateway:
    """Signs and sends. The secrets are read for each message, so that they can be exchanged."""

    def __init__(self, config: UmsConfig, client: httpx.AsyncClient, now: Callable[[], datetime]) -> None:
        self.config = config
        self.now = now
        self._client = client

    async def ask(self, operation: str, message: Mapping[str, Any]) -> dict[str, Any]:
        """The answer to a message of `operation`, the last part of the open platform's path.

        Refused: ChinaUMS said no. Unavailable: nothing is known.
        """
        whole = {
            "requestTimestamp": dashed(self.now()),
            "mid": self.config.merchant,
            "tid": self.config.terminal,
            "instMid": self.config.product,
            **message,
        }
        build = self._platform if self.config.interface == "open_platform" else self._route_server
        return _content(await exchange(self._client, build(operation, whole), WHOM))

    def communication_key(self) -> str:
        """The secret under notifications."""
        return contract_key(self.config.communication_key_file)

    def _platform(self, operation: str, whole: Mapping[str, Any]) -> httpx.Request:
        body = _json(whole)
        assert self.config.app_key_file is not None, "the contract was checked when it was read"
        key = contract_key(self.config.app_key_file)
        header = open_body_sig(self.config.app_id, key, stamp(self.now()), secrets.token_hex(16), body)
        address = f"{self.config.gateway.rstrip('/')}/v1/netpay/bills/{operation}"
        return self._post(address, body, {"Authorization": header})

    def _route_server(self, operation: str, whole: Mapping[str, Any]) -> httpx.Request:
        signed = {
            **whole,
            "msgId": secrets.token_hex(16),
            "msgSrc": self.config.message_source,
            "msgType": _MESSAGE_TYPES[operation],
            "signType": self.config.sign_type,
        }
        texts = {name: value if isinstance(value, str) else _json(value).decode() for name, value in signed.items()}
        signature = key_append(texts, self.communication_key(), self.config.sign_type)
        body = _json({**signed, "sign": signature})
        return self._post(f"{self.config.gateway.rstrip('/')}/netpay-route-server/api/", body, {})

    def _post(self, address: str, body: bytes, headers: Mapping[str, str]) -> httpx.Request:
        headers = {**headers, "Content-Type": "application/json"}
        return self._client.build_request("POST", address, content=body, headers=headers)


def dashed(instant: datetime) -> str:
    """An instant as yyyy-MM-dd HH:mm:ss, Beijing time: how bodies write it, unlike the Authorization header."""
    return clock.local(instant).strftime("%Y-%m-%d %H:%M:%S")


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _content(reply: Reply) -> dict[str, Any]:
    try:
        content = json.loads(reply.body) if reply.status == 200 else None
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict):
        raise Unavailable(f"{WHOM} answered what cannot be understood, with status {reply.status}", whom=WHOM)
    code = str(content.get("errCode", ""))
    message = str(content.get("errMsg") or content.get("errInfo") or "")
    if code == "SUCCESS":
        return content
    if not code or code in _UNCLEAR or code.isdigit():
        raise Unavailable(f"{WHOM} does not know: {code} {message}", whom=WHOM, err_code=code)
    raise Refused(WHOM, code, message)
