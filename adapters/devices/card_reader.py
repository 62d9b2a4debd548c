"""A card reader behind its bridge, as the engine's port wants it (docs/devices.md)."""

from collections.abc import Callable
from datetime import datetime

import httpx

from adapters.wire.answers import Answer, Text, understood
from adapters.wire.gateway import SignedGateway
from foundation import clock
from settlement.gateways import Gateway
from settlement.ports.card_reader import ReadDocument

_MOST_BYTES = 1 << 14


class DocumentAnswer(Answer):
    """A document's chip, as it is on the wire."""

    kind: Text
    name: Text
    number: Text


class LaidAnswer(Answer):
    """What lies on the reader."""

    document: DocumentAnswer | None


class BridgedReader:
    """Implements `settlement.ports.card_reader.CardReader`."""

    def __init__(
        self, kiosk: str, config: Gateway, client: httpx.AsyncClient, now: Callable[[], datetime] = clock.now
    ) -> None:
        self._path = f"/reader/v1/documents/{kiosk}"
        self._gateway = SignedGateway(config, client, f"card reader of kiosk {kiosk}", now)

    async def read(self) -> ReadDocument | None:
        """Asks what lies on the reader."""
        reply = await self._gateway.get(self._path, _MOST_BYTES)
        found = understood(LaidAnswer, reply.body, self._gateway.whom).document
        return None if found is None else ReadDocument(found.kind, found.name, found.number)
