"""财政电子票据 as files, as answers to 'is this one true?', and as red letters (facts: treasury-nontax D1)."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from settlement.ports.non_tax import FiscalReceipt
from settlement.ports.tax_papers import PaperFile


class ReceiptStanding(StrEnum):
    """What verification (查验) says: true, taken back by red letters as a whole, or not known by these figures."""

    valid = "valid"
    red_lettered = "red_lettered"
    unknown = "unknown"


@dataclass(frozen=True, slots=True)
class ReceiptCheck:
    """The answer to a verification; what was red-lettered so far in fen."""

    standing: ReceiptStanding
    red_lettered_fen: int


@dataclass(frozen=True, slots=True)
class RedLetter:
    """A wish for a red-letter receipt (冲红): of which receipt, how much in fen, why, and under which reference."""

    receipt: FiscalReceipt
    amount_fen: int
    reason: str
    reference: str


class FiscalPapers(Protocol):
    """The fiscal e-receipt platform of one region."""

    async def receipt_file(self, code: str, number: str) -> PaperFile:
        """A receipt, black or red, as the file that finance sealed."""

    async def verify(self, receipt: FiscalReceipt) -> ReceiptCheck:
        """Holds code, number, check code, day and amount against the platform."""

    async def red_letter(self, wish: RedLetter) -> FiscalReceipt:
        """Issues a red-letter receipt. The same reference answers the same one. Refused where it would exceed."""
