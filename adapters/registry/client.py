"""The registry as the engine's port wants it: a webhook with the headers of Standard Webhooks."""

import base64
import hmac
import json
from collections.abc import Callable
from datetime import datetime

import httpx

from adapters.wire.answers import Answer, Refusal, Text, understood
from adapters.wire.http import exchange
from foundation import clock
from foundation.errors import Unavailable
from foundation.money import plain_yuan
from settlement.ports.refusal import Refused
from settlement.ports.registry import Clearance
from settlement.regions import RegistryConfig

_WHOM = "the registry"


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

    async def tell_cleared(self, clearance: Clearance) -> str:
        """Delivers a clearance. Refused: the registry said no; Unavailable: try again, the id makes it safe."""
        secret = self._config.secret_file.read_bytes().strip()
        body = json.dumps(_message(clearance), ensure_ascii=False).encode()
        message_id, timestamp = str(clearance.id), str(int(self._now().timestamp()))
        headers = {
            "Content-Type": "application/json",
            "webhook-id": message_id,
            "webhook-timestamp": timestamp,
            "webhook-signature": webhook_signature(secret, message_id, timestamp, body),
        }
        address = self._config.address.rstrip("/") + "/registry/v1/clearances"
        request = self._client.build_request("POST", address, content=body, headers=headers)
        reply = await exchange(self._client, request, _WHOM)
        if reply.status == 200:
            return understood(_Acknowledgement, reply.body, _WHOM).acknowledgement
        if not 400 <= reply.status < 500:
            raise Unavailable(f"{_WHOM} answered with status {reply.status}")
        refusal = understood(Refusal, reply.body, _WHOM)
        raise Refused(_WHOM, refusal.code, refusal.message)


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
