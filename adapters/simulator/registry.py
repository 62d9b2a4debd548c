"""The land registry: hears of clearances by a signed webhook (docs/protocols.md, section 6)."""

import base64
import hmac
import re
from datetime import datetime
from typing import Annotated

from pydantic import Field, StringConstraints
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from adapters.simulator.amounts import Yuan
from adapters.simulator.certificates import Keys
from adapters.simulator.records import Clearance
from adapters.simulator.refusal import Message, Refusal, read
from adapters.simulator.waiting_faults import Faults
from adapters.simulator.world import World

_TOLERANCE_SECONDS = 300
_Text = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class ClearedLine(Message):
    item: _Text
    payer: _Text
    amount: Yuan
    proof: _Text


class ClearanceMessage(Message):
    bill_number: _Text
    case_number: _Text
    unit_code: Annotated[str, StringConstraints(pattern=r"^[0-9A-Z]{28}$")]
    cleared_at: Annotated[datetime, Field(strict=False)]
    lines: Annotated[list[ClearedLine], Field(min_length=1)]


class Registry:
    """All registries of the played regions."""

    def __init__(self, world: World, keys: Keys, faults: Faults) -> None:
        self._world = world
        self._faults = faults
        self._keys = keys

    def routes(self) -> list[Route]:
        return [Route("/registry/v1/clearances", self._hear, methods=["POST"])]

    async def _hear(self, request: Request) -> Response:
        try:
            return JSONResponse({"acknowledgement": self._heard(request, await request.body())})
        except Refusal as refusal:
            return JSONResponse({"code": refusal.code, "message": refusal.message}, refusal.status)

    def _heard(self, request: Request, body: bytes) -> str:
        webhook_id = request.headers.get("webhook-id", "")
        region = self._sender(webhook_id, request, body)
        if self._faults.take_desk("registry_down", webhook_id):
            raise Refusal(503, "unavailable", "the registry is being maintained")
        if self._faults.take_desk("registry_refuses", webhook_id):
            raise Refusal(409, "not_taken", "the registry does not take this now")
        known = self._world.clearances.get(webhook_id)
        if known is not None:
            if known.body != body:
                raise Refusal(409, "conflict", f"webhook-id: {webhook_id} came before with another body")
            return known.acknowledgement
        read(ClearanceMessage, body)
        now = self._world.clock.now()
        acknowledgement = f"QS{region}{now:%Y%m%d}{self._world.serial():010d}"
        self._world.clearances[webhook_id] = Clearance(webhook_id, acknowledgement, region, body, now)
        return acknowledgement

    def _sender(self, webhook_id: str, request: Request, body: bytes) -> str:
        """The region whose secret signed the message; the headers carry no caller."""
        sent_at = request.headers.get("webhook-timestamp", "")
        if not webhook_id or re.fullmatch(r"\d{1,12}", sent_at) is None:
            raise Refusal(401, "bad_signature", "webhook-id and webhook-timestamp (unix seconds) are needed")
        if abs(self._world.clock.now().timestamp() - int(sent_at)) > _TOLERANCE_SECONDS:
            raise Refusal(401, "bad_timestamp", "webhook-timestamp is more than 5 minutes off")
        sent = [each.encode() for each in request.headers.get("webhook-signature", "").split()]
        signed = f"{webhook_id}.{sent_at}.".encode() + body
        for region, secret in self._keys.registry_secrets.items():
            right = b"v1," + base64.b64encode(hmac.digest(secret, signed, "sha256"))
            if any(hmac.compare_digest(right, each) for each in sent):
                return region
        raise Refusal(401, "bad_signature", "webhook-signature does not fit the message")
