"""A gateway of text messages as the engine's port wants it."""

from collections.abc import Callable
from datetime import datetime
from typing import Literal

import httpx

from adapters.wire.answers import Answer, Text, understood
from adapters.wire.gateway import SignedGateway
from foundation import clock
from foundation.errors import Unavailable
from settlement.ports.messages import MessageState
from settlement.regions import Gateway


class StateAnswer(Answer):
    """How far a message is, as it is on the wire."""

    reference: Text
    state: Literal["accepted", "delivered", "failed"]


class MessagesClient:
    """Implements `settlement.ports.messages.Messenger`. Refused carries the gateway's own code."""

    def __init__(self, config: Gateway, client: httpx.AsyncClient, now: Callable[[], datetime] = clock.now) -> None:
        self._gateway = SignedGateway(config, client, "the text message gateway", now)

    async def send(self, reference: str, phone: str, text: str) -> MessageState:
        """Sends a text."""
        message = {"reference": reference, "phone": phone, "text": text}
        return self._state(reference, await self._gateway.post("/messages/v1/texts", message))

    async def state(self, reference: str) -> MessageState:
        """Asks for a text."""
        return self._state(reference, (await self._gateway.get(f"/messages/v1/texts/{reference}", 1 << 16)).body)

    def _state(self, reference: str, body: bytes) -> MessageState:
        answer = understood(StateAnswer, body, self._gateway.whom)
        if answer.reference != reference:
            raise Unavailable(f"{self._gateway.whom} answered for {answer.reference}, asked was {reference}")
        return MessageState(answer.state)
