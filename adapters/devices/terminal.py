"""A card terminal behind its bridge, as the engine's port wants it (docs/devices.md)."""

from collections.abc import Callable
from datetime import datetime, timedelta

import httpx

from adapters.wire.answers import Answer, Text, understood
from adapters.wire.beijing import stamp
from adapters.wire.gateway import SignedGateway
from foundation import clock
from foundation.errors import Unavailable
from settlement.devices import TerminalConfig
from settlement.ports.channel import Order
from settlement.ports.terminal import Sale, SaleState

_MOST_BYTES = 1 << 14


class SaleAnswer(Answer):
    """How far a sale is, as it is on the wire."""

    order_id: Text
    amount_fen: int
    state: Text
    said: str = ""


class ReversalAnswer(Answer):
    """A sale that was undone."""

    order_id: Text
    state: Text


class BridgedTerminal:
    """Implements `settlement.ports.terminal.CardTerminal`. Refused carries the bridge's own code."""

    def __init__(
        self, number: str, config: TerminalConfig, client: httpx.AsyncClient, now: Callable[[], datetime] = clock.now
    ) -> None:
        self._number = number
        self._config = config
        self._gateway = SignedGateway(config, client, f"card terminal {number}", now)

    async def start(self, order: Order, merchant: str, notify: str) -> Sale:
        """Sends the sale with what the acquirer needs: merchant, order number and time, division, where to notify."""
        message = {
            "terminal": self._number,
            "order_id": order.order_id,
            "started_at": stamp(order.started_at),
            "merchant": merchant,
            "amount_fen": order.amount_fen,
            "parts": [{"receiver": part.receiver, "amount_fen": part.amount_fen} for part in order.parts],
            "title": order.title,
            "card_until": stamp(order.started_at + timedelta(seconds=self._config.seconds)),
            "notify": notify,
        }
        return self._sale(order, await self._gateway.post("/terminal/v1/sales", message))

    async def look(self, order: Order) -> Sale:
        """Asks for a sale."""
        path = f"/terminal/v1/sales/{self._number}/{order.order_id}"
        return self._sale(order, (await self._gateway.get(path, _MOST_BYTES)).body)

    async def cancel(self, order: Order) -> Sale:
        """Stops a sale for which no card was read."""
        return self._sale(order, await self._gateway.post("/terminal/v1/cancellations", self._named(order)))

    async def reverse(self, order: Order) -> None:
        """Has the acquirer undo a sale."""
        body = await self._gateway.post("/terminal/v1/reversals", self._named(order))
        answer = understood(ReversalAnswer, body, self._gateway.whom)
        if (answer.order_id, answer.state) != (order.order_id, "reversed"):
            raise Unavailable(f"{self._gateway.whom} answered {answer.state} for {answer.order_id}, not reversed")

    def _named(self, order: Order) -> dict[str, object]:
        return {
            "terminal": self._number,
            "order_id": order.order_id,
            "started_at": stamp(order.started_at),
            "amount_fen": order.amount_fen,
        }

    def _sale(self, order: Order, body: bytes) -> Sale:
        answer = understood(SaleAnswer, body, self._gateway.whom)
        if (answer.order_id, answer.amount_fen) != (order.order_id, order.amount_fen):
            raise Unavailable(
                f"{self._gateway.whom} answered for {answer.order_id} over {answer.amount_fen} fen, "
                f"asked was {order.order_id} over {order.amount_fen} fen"
            )
        try:
            return Sale(SaleState(answer.state), answer.said[:200])
        except ValueError:
            raise Unavailable(f"{self._gateway.whom} answered with the state {answer.state!r}") from None
