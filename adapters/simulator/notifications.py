"""Tells merchants of money that moved: up to five sends, until one is taken."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Mapping
from functools import partial

from adapters.simulator.aside import Aside
from adapters.simulator.faults import NotificationFault
from adapters.simulator.posting import NotPosted, Post
from adapters.simulator.records import Movement, Order, Transaction
from adapters.simulator.setup import Behaviour
from adapters.simulator.voices import Fields, Voice
from adapters.simulator.waiting_faults import Faults

WAITS_MINUTES = (0, 1, 2, 4)
"""Between the five sends of a notification (the channel's documents; others say 1, 2, 4, 5)."""

_SLOW_PIECES = 20


class Notifier:
    """Sends notifications in the background of the server's event loop. `voices` are the channels', by their names."""

    def __init__(self, voices: Mapping[str, Voice], behaviour: Behaviour, faults: Faults, aside: Aside) -> None:
        self._voices = voices
        self._behaviour = behaviour
        self._faults = faults
        self._aside = aside
        self._tasks: set[asyncio.Task[None]] = set()
        self._post = Post(behaviour.answer_seconds)

    async def tell(self, transaction: Transaction, movement: Movement) -> None:
        """Starts telling the merchant of a movement.

        Returns at once, unless a fault wants the notification to be taken before anything else is said.
        """
        fault = self._faults.take(NotificationFault, transaction.order_id)
        voice = self._voices[transaction.channel]
        more = 1 if fault is not None and fault.how == "wrong_amount" else 0
        said = voice.said(transaction, movement, more)
        if fault is not None and fault.how == "early":
            await self._send(voice, transaction.fields["backUrl"], voice.true(said))
        else:
            self._start(self._tell(transaction, movement, said, fault))

    async def close(self) -> None:
        """Gives up on what has not been taken."""
        for task in self._tasks:
            task.cancel()
        self._post.close()

    def _start(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _tell(
        self, transaction: Transaction, movement: Movement, said: Fields, fault: NotificationFault | None
    ) -> None:
        voice, address = self._voices[transaction.channel], transaction.fields["backUrl"]
        await asyncio.sleep(0 if isinstance(transaction, Order) else self._behaviour.return_seconds)
        true = await self._aside.make(partial(voice.true, said))
        match fault.how if fault else None:
            case "dropped":
                return
            case "repeated":
                assert fault is not None
                await asyncio.gather(*(self._send(voice, address, true) for _ in range(fault.times)))
                return
            case "delayed":
                assert fault is not None
                await asyncio.sleep(fault.seconds)
            case "slow":
                assert fault is not None
                if await self._send(voice, address, true, fault.seconds):
                    return
            case "forged":
                await self._send(voice, address, await asyncio.to_thread(voice.forged, said))
            case "expired":
                await self._send(voice, address, await asyncio.to_thread(voice.expired, said))
            case "altered":
                await self._send(voice, address, voice.altered(voice.said(transaction, movement, 1), said))
        await self._send_until_taken(voice, address, true)

    async def _send_until_taken(self, voice: Voice, address: str, body: bytes) -> None:
        for wait in (*WAITS_MINUTES, None):
            if await self._send(voice, address, body) or wait is None:
                return
            await asyncio.sleep(wait * self._behaviour.resend_minute_seconds)

    async def _send(self, voice: Voice, address: str, body: bytes, over_seconds: float = 0) -> bool:
        try:
            content = _trickle(body, over_seconds) if over_seconds else body
            status, text = await self._post.send(address, content, voice.content_type)
        except NotPosted:
            return False
        return voice.is_taken(status, text)


async def _trickle(body: bytes, over_seconds: float) -> AsyncIterator[bytes]:
    step = -(-len(body) // _SLOW_PIECES)
    for begin in range(0, len(body), step):
        yield body[begin : begin + step]
        await asyncio.sleep(over_seconds / _SLOW_PIECES)
