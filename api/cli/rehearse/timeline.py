"""Simulated time: when everybody waits, it goes on to the next moment for which somebody waits."""

import asyncio
import heapq
from collections.abc import Awaitable, Callable, Coroutine
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from foundation import clock

STEP = timedelta(minutes=4)
"""Time goes on by no more than this while requests may be on their way: signatures are good for five minutes."""

AT_ONCE = 16
"""How many lives may act at the same time: beside the follow-ups, no more than the database has connections for."""


class Timeline:
    """Runs many lives, which wait for moments, and moves the clocks between them.

    `set_clocks` sets ours and the institutions'; `each_step` is what the office does whenever time has gone on;
    `quiet` waits until nothing is on its way any more, before time goes on.
    """

    def __init__(
        self,
        set_clocks: Callable[[datetime], Awaitable[None]],
        each_step: Callable[[], Awaitable[None]],
        quiet: Callable[[], Awaitable[None]],
    ) -> None:
        self._set_clocks = set_clocks
        self._each_step = each_step
        self._quiet = quiet
        self._waiting: list[tuple[datetime, int, asyncio.Future[None]]] = []
        self._order = count()
        self._busy = 0
        self._changed = asyncio.Event()
        self._lives: set[asyncio.Task[None]] = set()
        self._failed: list[BaseException] = []

    def begin(self, at: datetime, life: Coroutine[Any, Any, None]) -> None:
        """Lets a life begin at a moment."""

        async def live() -> None:
            try:
                await self._park(at)
                await life
            finally:
                self._rest()

        self._busy += 1
        task = asyncio.create_task(live())
        self._lives.add(task)
        task.add_done_callback(self._ended)

    async def until(self, moment: datetime) -> None:
        """Waits, within a life, for a moment; one that has passed is not waited for."""
        if moment > clock.now():
            await self._park(moment)

    async def minutes(self, minutes: float) -> None:
        """Waits, within a life, for some minutes."""
        await self._park(clock.now() + timedelta(minutes=minutes))

    async def run_to(self, end: datetime, step: timedelta = STEP) -> None:
        """Lets time go by until a moment; raises what a life did not survive."""
        while True:
            await self._wake()
            await self._each_step()
            await self._quiet()
            if clock.now() >= end:
                return
            await self._set_clocks(min(end, self._next_stop(step)))

    def _next_stop(self, step: timedelta) -> datetime:
        """A step on; a long one does not pass over a moment for which somebody waits."""
        now = clock.now()
        if not self._waiting:
            return now + step
        return min(now + step, max(self._waiting[0][0], now + STEP))

    async def _park(self, moment: datetime) -> None:
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (moment, next(self._order), woken))
        self._rest()
        await woken

    def _rest(self) -> None:
        self._busy -= 1
        self._changed.set()

    async def _wake(self) -> None:
        """Wakes everybody whose moment has come, so many at once, until all of them wait again or have ended."""
        await asyncio.sleep(0)  # lives that were just begun park first
        now = clock.now()
        while self._busy or (self._waiting and self._waiting[0][0] <= now):
            if self._failed:
                raise self._failed[0]
            if self._busy < AT_ONCE and self._waiting and self._waiting[0][0] <= now:
                self._busy += 1
                heapq.heappop(self._waiting)[2].set_result(None)
            else:
                self._changed.clear()
                await self._changed.wait()
        if self._failed:
            raise self._failed[0]

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self._lives.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None:
            self._failed.append(error)
            self._changed.set()
