"""The registry as the engine's port wants it: a webhook with the headers of Standard Webhooks."""

import base64
import hmac
import json
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

import httpx

from adapters.wire.answers import Answer, Text, understood
from adapters.wire.http import exchange
from foundation import clock
from foundation.errors import Unavailable
from foundation.money import plain_yuan
from settlement.ports.registry import Clearance, Delivery
from settlement.regions import RegistryConfig

_WHOM = "the registry"
_SHOWN = 2000
"""Characters of an answer that are kept."""


class _Acknowledgement(Answer):
    acknowledgement: Text


def webhook_signature(secret: bytes, message_id: str, timestamp: str, body: bytes) -> str:
    """`v1,` and the base64 of HMAC-SHA-256 over id, timestamp and body, joined by full stops."""
    text = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(secret, text, "sha256")).decode()


class RegistryClient:
    """Implements `settlement.ports.registry.Registry`."""

    def __init__(
        self, config: RegistryConfig, client: httpx.AsyncClient, now: Callable[[], datetime] = clock.now
    ) -> None:
        self._config = config
        self._client = client
        self._now = now

    def written(self, clearance: Clearance) -> bytes:
        """The JSON of docs/protocols.md, section 6."""
        return json.dumps(_message(clearance), ensure_ascii=False).encode()

    async def deliver(self, message_id: UUID, message: bytes) -> Delivery:
        """One try. Taken only by status 200 with an acknowledgement; the id makes a repetition safe."""
        secret = self._config.secret_file.read_bytes().strip()
        timestamp = str(int(self._now().timestamp()))
        headers = {
            "Content-Type": "application/json",
            "webhook-id": str(message_id),
            "webhook-timestamp": timestamp,
            "webhook-signature": webhook_signature(secret, str(message_id), timestamp, message),
        }
        address = self._config.address.rstrip("/") + "/registry/v1/clearances"
        request = self._client.build_request("POST", address, content=message, headers=headers)
        try:
            reply = await exchange(self._client, request, _WHOM)
        except Unavailable as error:
            return Delivery(error.facts.get("status"), error.detail, None)
        shown = reply.body.decode("utf-8", "replace")[:_SHOWN]
        if reply.status != 200:
            return Delivery(reply.status, shown, None)
        try:
            return Delivery(200, shown, understood(_Acknowledgement, reply.body, _WHOM).acknowledgement)
        except Unavailable as error:
            return Delivery(200, f"{error.detail}: {shown}", None)


def _message(clearance: Clearance) -> dict[str, object]:
    return {
        "bill_number": clearance.bill_number,
        "case_number": clearance.case_number,
        "unit_code": clearance.unit_code,
        "cleared_at": clock.local(clearance.cleared_at).isoformat(timespec="seconds"),
        "lines": [
            {"item": one.item, "payer": one.payer, "amount": plain_yuan(one.amount_fen), "proof": one.proof}
            for one in clearance.lines
        ],
    }
