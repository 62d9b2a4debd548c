"""Signatures are made beside the event loop, on a second processor where there is one."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

Made = TypeVar("Made")
_Outcome = tuple[Any, Exception | None]


class Aside:
    """A thread for what is dear and changes nothing of the world: RSA lets other threads run meanwhile.

    What comes while it works is done together as its next piece: the way to a thread and back costs a third of a
    signature, and so it is shared.
    """

    def __init__(self) -> None:
        self._waiting: list[tuple[Callable[[], Any], asyncio.Future[Any]]] = []
        self._at_work: asyncio.Task[None] | None = None

    async def make(self, work: Callable[[], Made]) -> Made:
        """What `work` comes to, or raises."""
        loop = asyncio.get_running_loop()
        made: asyncio.Future[Made] = loop.create_future()
        self._waiting.append((work, made))
        if self._at_work is None:
            self._at_work = loop.create_task(self._until_none_waits())
        return await made

    async def _until_none_waits(self) -> None:
        try:
            while self._waiting:
                taken, self._waiting = self._waiting, []
                outcomes = await asyncio.to_thread(_outcomes, [work for work, _ in taken])
                for (_, made), outcome in zip(taken, outcomes, strict=True):
                    _settle(made, outcome)
        finally:
            self._at_work = None


def _outcomes(works: Sequence[Callable[[], Any]]) -> list[_Outcome]:
    return [_outcome(work) for work in works]


def _outcome(work: Callable[[], Any]) -> _Outcome:
    try:
        return work(), None
    except Exception as error:  # whoever waits for it raises it
        return None, error


def _settle(made: asyncio.Future[Any], outcome: _Outcome) -> None:
    result, error = outcome
    if made.done():
        return  # nobody waits any more
    if error is None:
        made.set_result(result)
    else:
        made.set_exception(error)
