"""The tax office's certificates: as files, as answers to a look-up; and the registry's result going back to it."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class PaperFile:
    """A file as an institution gave it, byte for byte."""

    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class CertificateFacts:
    """What the tax office knows of a certificate. `valid` is False for one that was voided (作废). Amount in fen."""

    number: str
    kind: str
    issued_on: date
    amount_fen: int
    item: str
    taxpayer_id: str
    unit_code: str
    valid: bool


@dataclass(frozen=True, slots=True)
class RegistrationResult:
    """登簿结果: which title was registered when, on which certificates."""

    case_number: str
    unit_code: str
    title_number: str
    registered_at: datetime
    certificates: tuple[str, ...]


class TaxPapers(Protocol):
    """The tax office of one region, as far as its papers go."""

    async def certificate_file(self, number: str, kind: str) -> PaperFile:
        """A certificate as the file that the tax office sealed."""

    async def look_up(self, number: str, kind: str) -> CertificateFacts | None:
        """What a certificate certifies, or None where the tax office knows none of this number and kind."""

    async def tell_registered(self, result: RegistrationResult) -> str:
        """Takes the registry's result back; answers an acknowledgement. The same case is told once however often."""
