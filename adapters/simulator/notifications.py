"""Tells merchants of payments: up to five sends, until one is answered with 200."""

import asyncio
from collections.abc import Mapping

import httpx

from adapters.simulator.acp_server import notification_fields
from adapters.simulator.acp_wire import sign
from adapters.simulator.certificates import Keys
from adapters.simulator.setup import Behaviour
from adapters.simulator.world import Order

WAITS_MINUTES = (0, 1, 2, 4)
"""Between the five sends of a notification (the channel's documents; others say 1, 2, 4, 5)."""


class Notifier:
    """Sends notifications in the background of the server's event loop."""

    def __init__(self, keys: Keys, behaviour: Behaviour) -> None:
        self._keys = keys
        self._behaviour = behaviour
        self._tasks: set[asyncio.Task[None]] = set()
        self._client = httpx.AsyncClient(timeout=behaviour.answer_seconds, trust_env=False)

    def tell(self, order: Order) -> None:
        """Starts telling the merchant that an order was paid; returns at once."""
        fields = sign(notification_fields(order), self._keys.signer)
        task = asyncio.get_running_loop().create_task(self._send_until_taken(order.fields["backUrl"], fields))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Gives up on what has not been taken."""
        for task in self._tasks:
            task.cancel()
        await self._client.aclose()

    async def _send_until_taken(self, address: str, fields: Mapping[str, str]) -> None:
        for wait in (*WAITS_MINUTES, None):
            if await self._send(address, fields) or wait is None:
                return
            await asyncio.sleep(wait * self._behaviour.resend_minute_seconds)

    async def _send(self, address: str, fields: Mapping[str, str]) -> bool:
        try:
            answer = await self._client.post(address, data=dict(fields))
        except httpx.HTTPError:
            return False
        return answer.status_code == 200
