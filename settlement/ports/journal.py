"""The journal of what is sent over a network of messages, so that a lost answer is asked for and never sent again.

A message that moves something is written and committed before it leaves. Whoever finds it unanswered later asks the
network what became of it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Numbers:
    """What a message is known by: the network's work date, a serial of 8 digits, and an id of 20.

    The id is yyyyMMdd, the message's number and the serial.
    """

    day: date
    serial: str
    message_id: str


@dataclass(frozen=True, slots=True)
class Exchange:
    """A message as it went out. `answer` is there once it was heard; `state` is that of the exchange machine."""

    id: UUID
    numbers: Numbers
    reference: str
    state: str
    request: bytes
    answer: bytes | None


class Phase(StrEnum):
    """Where a network is in its day: open, in the window in which its work date turns (日切窗口), or closed."""

    open = "open"
    turning = "turning"
    closed = "closed"


class Journal(Protocol):
    """The journal of one region and one network."""

    async def numbers(self, message: str) -> Numbers:
        """Fresh numbers on the network's work date. Unavailable while the network says that it is closed."""

    async def never_again(self) -> int:
        """A number of at most ten digits that never comes again, for what has to be numbered here."""

    async def send(self, subject: str, message: str, make: Callable[[Numbers], bytes], reference: str = "") -> Exchange:
        """Writes a message down before it leaves. Unavailable while one of its subject is unanswered or accepted."""

    async def settle(self, exchange: Exchange, event: str, answer: bytes | None, result: str) -> None:
        """Records how a message ended: 'accept', 'refuse', or 'forget' where the network never got it."""

    async def last(self, subject: str, message: str) -> Exchange | None:
        """The newest message of a subject."""
