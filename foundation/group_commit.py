"""Group commit: what several callers bring while a commit is under way is written together by the next one.

An idle system adds no wait: a lone item is written at once. The queue is bounded, so that overload is told to the
caller (`Busy`, 503 with Retry-After at the door) instead of growing; what was taken in is answered after its
commit and never before.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

import asyncpg
from sqlalchemy.exc import DBAPIError

from foundation.errors import HeyiError, Unavailable

Item = TypeVar("Item")
Result = TypeVar("Result")

Write = Callable[[list[Item]], Awaitable[Sequence[Result | Exception]]]

_AGAIN = ("40001", "40P01")  # serialization failure, deadlock: the same batch may succeed the next time
_BROKEN = (OSError, asyncpg.InterfaceError, asyncpg.InternalClientError)
"""The last: the driver, on a connection that was cut between two statements."""
_ATTEMPTS = 3
_WORTH_A_COMMIT = 16
"""So many items are a batch of their own while another is under way: one waits for the disk, the other works."""
_GATHERING = 0.003
"""Seconds, about a commit, in which fewer items wait for more, and then go; only while another batch is under way."""


class Busy(Unavailable):
    """More is waiting than may wait; nothing was taken in. `retry_after` is in seconds."""

    code = "busy"

    def __init__(self, retry_after: int = 1) -> None:
        super().__init__(f"too much is waiting to be written; try again in {retry_after} s")
        self.retry_after = retry_after


class CommitUnknown(Unavailable):
    """The database was lost during a commit: whether the item was written only the database knows."""

    code = "commit_unknown"

    def __init__(self) -> None:
        super().__init__("the database did not answer; send the same again under the same key")


class GroupCommit(Generic[Item, Result]):
    """Gathers items and has them written in batches, by `writers` tasks side by side.

    A lone batch is the largest, and leaves processors idle while it waits for the disk: where much is waiting, each
    writer that is free takes its share.

    `write` gets a batch, writes it in one transaction of its own, and answers for each item in order once that is
    committed; an exception in the answer goes to that item's caller alone. If `write` raises because of what is in
    the batch, the batch is halved until the item at fault stands alone; if the database is lost, all callers
    hear `CommitUnknown`, and should bring the item again under the same key.

    Use as `async with GroupCommit(write) as group: await group.submit(item)`; on leaving, what is waiting is
    still written.
    """

    def __init__(self, write: Write[Item, Result], largest: int = 500, waiting: int = 10_000, writers: int = 1) -> None:
        self._write = write
        self._largest = largest
        self._most_waiting = waiting
        self._waiting: deque[tuple[Item, asyncio.Future[Result]]] = deque()
        self._something = asyncio.Event()  # waits to be written, or nothing comes any more
        self._leaving = False
        self._free = writers
        self._writers = writers
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> "GroupCommit[Item, Result]":
        self._leaving = False
        self._tasks = [asyncio.create_task(self._work()) for _ in range(self._writers)]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._leaving = True
        self._something.set()
        tasks, self._tasks = self._tasks, []
        await asyncio.gather(*tasks)

    async def submit(self, item: Item) -> Result:
        """Has an item written and answers after the commit. Raises `Busy`, or what the write found wrong with it."""
        if not self._tasks:
            raise RuntimeError("the group commit is not running")
        if len(self._waiting) >= self._most_waiting:
            raise Busy
        answer: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, answer))
        self._something.set()
        return await answer

    async def _work(self) -> None:
        while self._waiting or not self._leaving:
            await self._something.wait()
            await asyncio.sleep(0)  # lets those who were just answered bring their next item
            if self._free < self._writers and len(self._waiting) < _WORTH_A_COMMIT and not self._leaving:
                await asyncio.sleep(_GATHERING)
            if batch := self._take():
                self._free -= 1
                await self._commit(batch)
                self._free += 1

    def _take(self) -> list[tuple[Item, "asyncio.Future[Result]"]]:
        """What one free writer takes of what is waiting: an equal share where there is enough for several."""
        count = len(self._waiting)
        sharing = max(1, min(self._free, count // _WORTH_A_COMMIT))
        batch = [self._waiting.popleft() for _ in range(min(-(-count // sharing), self._largest))]
        if not self._waiting and not self._leaving:
            self._something.clear()
        return batch

    async def _commit(self, batch: list[tuple[Item, asyncio.Future[Result]]], attempt: int = 1) -> None:
        try:
            results = await self._write([item for item, _ in batch])
            if len(results) != len(batch):  # else somebody waits for ever, or hears another's answer
                raise RuntimeError(f"{len(results)} answers came for {len(batch)} items")
        except Exception as error:
            if attempt < _ATTEMPTS and _state(error) in _AGAIN:
                await self._commit(batch, attempt + 1)
            elif len(batch) > 1 and _is_in_the_batch(error):
                half = len(batch) // 2
                await self._commit(batch[:half])
                await self._commit(batch[half:])
            else:
                _answer(batch, [CommitUnknown() if _is_loss(error) else error for _ in batch])
        else:
            _answer(batch, results)


def _answer(batch: Sequence[tuple[Item, "asyncio.Future[Result]"]], results: Sequence[Result | Exception]) -> None:
    for (_, answer), result in zip(batch, results, strict=True):
        if answer.done():  # its caller went away; the item is written all the same
            continue
        if isinstance(result, Exception):
            answer.set_exception(result)
        else:
            answer.set_result(result)


def _state(error: Exception) -> str | None:
    """The SQLSTATE of a database error, of the driver's or of SQLAlchemy's."""
    return getattr(getattr(error, "orig", error), "sqlstate", None)


def _is_loss(error: Exception) -> bool:
    """Whether the connection broke (SQLSTATE class 08) or the server went down (57)."""
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    return isinstance(error, _BROKEN) or (_state(error) or "")[:2] in ("08", "57")


def _is_in_the_batch(error: Exception) -> bool:
    """Whether one item may be at fault, and not the database or an outside system."""
    state = _state(error) or ""
    return (isinstance(error, HeyiError) and not isinstance(error, Unavailable)) or state[:2] in ("22", "23", "P0")
