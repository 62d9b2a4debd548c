"""Tells merchants of payments: up to five sends, until one is answered with 200."""

import asyncio
from collections.abc import Mapping

import httpx

from adapters.simulator.acp_server import notification_fields
from adapters.simulator.acp_wire import sign
from adapters.simulator.certificates import Keys, stranger
from adapters.simulator.faults import Faults, NotificationFault
from adapters.simulator.setup import Behaviour
from adapters.simulator.world import Order

WAITS_MINUTES = (0, 1, 2, 4)
"""Between the five sends of a notification (the channel's documents; others say 1, 2, 4, 5)."""


class Notifier:
    """Sends notifications in the background of the server's event loop."""

    def __init__(self, keys: Keys, behaviour: Behaviour, faults: Faults) -> None:
        self._keys = keys
        self._behaviour = behaviour
        self._faults = faults
        self._tasks: set[asyncio.Task[None]] = set()
        self._client = httpx.AsyncClient(timeout=behaviour.answer_seconds, trust_env=False)

    def tell(self, order: Order) -> None:
        """Starts telling the merchant that an order was paid; returns at once."""
        task = asyncio.get_running_loop().create_task(
            self._tell(order, self._faults.take_notification(order.order_id))
        )
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Gives up on what has not been taken."""
        for task in self._tasks:
            task.cancel()
        await self._client.aclose()

    async def _tell(self, order: Order, fault: NotificationFault | None) -> None:
        address, plain = order.fields["backUrl"], notification_fields(order)
        true = sign(plain, self._keys.signer)
        if fault is None:
            await self._send_until_taken(address, true)
            return
        a_fen_more = {name: str(order.amount_fen + 1) for name in ("txnAmt", "settleAmt")}
        match fault.how:
            case "dropped":
                return
            case "repeated":
                await asyncio.gather(*(self._send(address, true) for _ in range(fault.times)))
                return
            case "delayed":
                await asyncio.sleep(fault.seconds)
            case "forged":
                await self._send(address, sign(plain, await asyncio.to_thread(stranger)))
            case "altered":
                await self._send(address, true | a_fen_more)
            case "wrong_amount":
                true = sign(plain | a_fen_more, self._keys.signer)
        await self._send_until_taken(address, true)

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
