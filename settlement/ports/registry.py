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


class Registry(Protocol):
    """The registry of one region."""

    async def tell_cleared(self, clearance: Clearance) -> str:
        """Delivers a clearance and answers the registry's acknowledgement number. Safe to repeat."""
