"""Tells merchants of money that moved: up to five sends, until one is answered with 200."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Mapping
from urllib.parse import urlencode

import httpx

from adapters.simulator.acp_answers import notification_fields
from adapters.simulator.acp_wire import sign
from adapters.simulator.certificates import Keys, expired, stranger
from adapters.simulator.faults import Faults, NotificationFault
from adapters.simulator.records import Movement, Order, Transaction
from adapters.simulator.setup import Behaviour

WAITS_MINUTES = (0, 1, 2, 4)
"""Between the five sends of a notification (the channel's documents; others say 1, 2, 4, 5)."""

_SLOW_PIECES = 20
_AT_ONCE = 32  # the client's pool walks through everyone who waits, so few may wait there


class Notifier:
    """Sends notifications in the background of the server's event loop."""

    def __init__(self, keys: Keys, behaviour: Behaviour, faults: Faults) -> None:
        self._keys = keys
        self._behaviour = behaviour
        self._faults = faults
        self._tasks: set[asyncio.Task[None]] = set()
        self._places = asyncio.Semaphore(_AT_ONCE)
        self._client = httpx.AsyncClient(timeout=behaviour.answer_seconds, trust_env=False)

    async def tell(self, transaction: Transaction, movement: Movement) -> None:
        """Starts telling the merchant of a movement.

        Returns at once, unless a fault wants the notification to be taken before anything else is said.
        """
        fault = self._faults.take(NotificationFault, transaction.order_id)
        plain = notification_fields(transaction, movement)
        address = transaction.fields["backUrl"]
        if fault is not None and fault.how == "early":
            await self._send(address, sign(plain, self._keys.signer))
            return
        wait = 0.0 if isinstance(transaction, Order) else self._behaviour.return_seconds
        self._start(self._tell(address, plain, fault, wait))

    async def close(self) -> None:
        """Gives up on what has not been taken."""
        for task in self._tasks:
            task.cancel()
        await self._client.aclose()

    def _start(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _tell(self, address: str, plain: Mapping[str, str], fault: NotificationFault | None, wait: float) -> None:
        await asyncio.sleep(wait)
        true = sign(plain, self._keys.signer)
        if fault is None:
            await self._send_until_taken(address, true)
            return
        a_fen_more = {name: str(int(plain[name]) + 1) for name in ("txnAmt", "settleAmt")}
        match fault.how:
            case "dropped":
                return
            case "repeated":
                await asyncio.gather(*(self._send(address, true) for _ in range(fault.times)))
                return
            case "delayed":
                await asyncio.sleep(fault.seconds)
            case "slow":
                if await self._send(address, true, fault.seconds):
                    return
            case "forged":
                await self._send(address, sign(plain, await asyncio.to_thread(stranger)))
            case "expired":
                await self._send(address, sign(plain, await asyncio.to_thread(expired, self._keys.middle)))
            case "altered":
                await self._send(address, true | a_fen_more)
            case "wrong_amount":
                true = sign({**plain, **a_fen_more}, self._keys.signer)
        await self._send_until_taken(address, true)

    async def _send_until_taken(self, address: str, fields: Mapping[str, str]) -> None:
        for wait in (*WAITS_MINUTES, None):
            if await self._send(address, fields) or wait is None:
                return
            await asyncio.sleep(wait * self._behaviour.resend_minute_seconds)

    async def _send(self, address: str, fields: Mapping[str, str], over_seconds: float = 0) -> bool:
        body = urlencode(fields).encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded;charset=UTF-8"}
        try:
            content = _trickle(body, over_seconds) if over_seconds else body
            async with self._places:
                answer = await self._client.post(address, content=content, headers=headers)
        except httpx.HTTPError:
            return False
        return answer.status_code == 200


async def _trickle(body: bytes, over_seconds: float) -> AsyncIterator[bytes]:
    step = -(-len(body) // _SLOW_PIECES)
    for begin in range(0, len(body), step):
        yield body[begin : begin + step]
        await asyncio.sleep(over_seconds / _SLOW_PIECES)
