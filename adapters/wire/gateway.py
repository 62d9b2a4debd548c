"""The gateway signature (docs/protocols.md, section 2): what goes out is signed, what comes back is checked."""

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import httpx

from adapters.wire.answers import Refusal, understood
from adapters.wire.beijing import instant_of, stamp
from adapters.wire.http import Reply, exchange
from foundation import clock
from foundation.errors import BadInput, Unavailable
from settlement.ports.channel import Unauthentic
from settlement.ports.refusal import Refused
from settlement.regions import Gateway

_MOST_OFF = timedelta(minutes=5)
_ASK_LATER = (408, 425, 429)


def request_text(method: str, path_with_query: str, timestamp: str, nonce: str, body: bytes) -> str:
    """The text under a request's signature."""
    return "\n".join((method, path_with_query, timestamp, nonce, hashlib.sha256(body).hexdigest()))


def answer_text(nonce: str, status: int, body: bytes) -> str:
    """The text under an answer's signature: bound to its request by the nonce."""
    return "\n".join((nonce, str(status), hashlib.sha256(body).hexdigest()))


def signature(secret: bytes, text: str) -> str:
    """HMAC-SHA-256 in base64."""
    return base64.b64encode(hmac.digest(secret, text.encode(), "sha256")).decode()


def check_request(
    secret: bytes, method: str, path: str, headers: Mapping[str, str], body: bytes, now: datetime
) -> None:
    """Checks a request that an institution sent to us. Unauthentic: another signature, or more than 5 minutes off.

    `headers` by lower-case names. What came before is told apart by the message's own number.
    """
    timestamp, nonce = headers.get("x-timestamp", ""), headers.get("x-nonce", "")
    expected = signature(secret, request_text(method, path, timestamp, nonce, body))
    if not hmac.compare_digest(expected.encode(), headers.get("x-signature", "").encode()):
        raise Unauthentic("the signature of the request is wrong")
    try:
        off = abs(now - instant_of(timestamp, "X-Timestamp"))
    except BadInput as error:
        raise Unauthentic(error.detail) from None
    if off > _MOST_OFF:
        raise Unauthentic(f"the request is of {timestamp}, {off} off")


class SignedGateway:
    """One institution behind the gateway signature."""

    def __init__(
        self, config: Gateway, client: httpx.AsyncClient, whom: str, now: Callable[[], datetime] = clock.now
    ) -> None:
        """`whom` names the institution in errors; the secret is read at each call, so that it can be exchanged."""
        self.whom = whom
        self._config = config
        self._client = client
        self._now = now

    async def post(self, path: str, message: Mapping[str, Any]) -> bytes:
        """Posts a message as JSON and gives the answer's body. Errors as for `get`."""
        body = json.dumps(message, ensure_ascii=False).encode()
        return (await self._call("POST", path, body, "application/json")).body

    async def post_xml(self, path: str, document: bytes) -> bytes:
        """Posts a document in GBK and gives the answer's body. Errors as for `get`."""
        return (await self._call("POST", path, document, "application/xml; charset=GBK")).body

    async def get(self, path: str, most_bytes: int) -> Reply:
        """Gets what is behind a path.

        Refused: the institution said no (a signed 4xx). Unauthentic: the answer's signature is wrong.
        Unavailable: anything else, nothing was decided.
        """
        return await self._call("GET", path, b"", None, most_bytes)

    async def _call(
        self, method: str, path: str, body: bytes, media_type: str | None, most_bytes: int = 1 << 20
    ) -> Reply:
        secret = self._config.secret_file.read_bytes().strip()
        nonce, timestamp = secrets.token_hex(16), stamp(self._now())
        request = self._client.build_request(method, self._config.address.rstrip("/") + path, content=body)
        text = request_text(method, request.url.raw_path.decode(), timestamp, nonce, body)
        request.headers.update(
            {
                "X-App-Id": self._config.app_id,
                "X-Timestamp": timestamp,
                "X-Nonce": nonce,
                "X-Signature": signature(secret, text),
            }
        )
        if media_type:
            request.headers["Content-Type"] = media_type
        reply = await exchange(self._client, request, self.whom, most_bytes)
        self._check(reply, secret, nonce)
        return reply

    def _check(self, reply: Reply, secret: bytes, nonce: str) -> None:
        shown = reply.headers.get("x-signature")
        if shown is None:
            raise Unavailable(f"{self.whom} answered without a signature, with status {reply.status}", whom=self.whom)
        expected = signature(secret, answer_text(nonce, reply.status, reply.body))
        if not hmac.compare_digest(shown.encode(), expected.encode()):
            raise Unauthentic(f"the signature of the answer of {self.whom} is wrong", whom=self.whom)
        if reply.status == 200:
            return
        if reply.status in _ASK_LATER or not 400 <= reply.status < 500:
            raise Unavailable(f"{self.whom} answered with status {reply.status}", whom=self.whom)
        refusal = understood(Refusal, reply.body, self.whom)
        raise Refused(self.whom, refusal.code, refusal.message)
