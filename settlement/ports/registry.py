"""The land registry: is told that a bill is cleared, so that the title may be registered (先税后证)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True)
class ClearedLine:
    """One line with its proof: the certificate's or e-receipt's number, or 'exempt' for a zero line."""

    item: str
    payer: str
    amount_fen: int
    proof: str


@dataclass(frozen=True, slots=True)
class Clearance:
    """税费缴清证明 of one bill."""

    id: UUID
    bill_number: str
    case_number: str
    unit_code: str
    cleared_at: datetime
    lines: tuple[ClearedLine, ...]


@dataclass(frozen=True, slots=True)
class Delivery:
    """What came of one try: the HTTP status (None: no answer), the answer's beginning, the acknowledgement if taken."""

    status: int | None
    answer: str
    acknowledgement: str | None

    @property
    def taken(self) -> bool:
        """Whether the registry has it."""
        return self.acknowledgement is not None


class Registry(Protocol):
    """The registry of one region."""

    def written(self, clearance: Clearance) -> bytes:
        """The message in the registry's form. Written once and kept, so that every try says the same."""

    async def deliver(self, message_id: UUID, message: bytes) -> Delivery:
        """Delivers a message. Never raises for what the registry or the line does wrong: that is the answer."""
