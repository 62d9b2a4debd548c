"""A reader of identity documents at a kiosk."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class ReadDocument:
    """What a document's chip says: its kind as in `settlement.identities.IDENTITY_KINDS`, the holder, the number."""

    kind: str
    name: str
    number: str


class CardReader(Protocol):
    """One reader."""

    async def read(self) -> ReadDocument | None:
        """The document that lies on it, or None. Unavailable or Unauthentic: the reader is not to be had."""
