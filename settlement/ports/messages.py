"""The gateway of text messages to people: takes a message once and tells whether it reached the telephone."""

from enum import StrEnum
from typing import Protocol


class MessageState(StrEnum):
    """How far a message is: taken by the gateway, on the telephone, or given up by the network."""

    accepted = "accepted"
    delivered = "delivered"
    failed = "failed"


class Messenger(Protocol):
    """The gateway of one region."""

    async def send(self, reference: str, phone: str, text: str) -> MessageState:
        """Sends a text to a phone. The same reference is sent once, however often it comes."""

    async def state(self, reference: str) -> MessageState:
        """How far a message is that was sent under this reference."""
