"""The non-tax platform of the finance office: issues pay codes, confirms fees, issues e-receipts."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol


@dataclass(frozen=True, slots=True)
class FeeItem:
    """A fee as finance knows it: the region's item code and name, amount in fen."""

    code: str
    name: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class PayCodeRequest:
    """What one payer owes to one collecting unit; items with equal codes are summed, zero items dropped."""

    reference: str
    payer_name: str
    payer_identity: str
    items: tuple[FeeItem, ...]


class FeeState(StrEnum):
    """How far a pay code is: not paid, in the non-tax account (已到账)."""

    unpaid = "unpaid"
    in_account = "in_account"


@dataclass(frozen=True, slots=True)
class FeeStatus:
    """A pay code's state; the confirmation's day and number are there once the money is in the account."""

    state: FeeState
    confirmation_no: str | None = None
    confirmed_on: date | None = None


@dataclass(frozen=True, slots=True)
class FiscalReceipt:
    """财政电子票据: code (8), number (10), check code (6), issue date, amount in fen."""

    code: str
    number: str
    check_code: str
    issued_on: date
    amount_fen: int


class NonTaxPlatform(Protocol):
    """The non-tax platform of one region."""

    async def issue_pay_code(self, request: PayCodeRequest) -> str:
        """The 20-digit pay code; the same reference answers the same code."""

    async def confirm(
        self, pay_code: str, amount_fen: int, order_id: str, query_id: str, paid_at: datetime
    ) -> FeeStatus:
        """Says which payment carries a pay code's money. Safe to repeat."""

    async def status(self, pay_code: str) -> FeeStatus:
        """How far a pay code is."""

    async def receipt(self, pay_code: str) -> FiscalReceipt:
        """Issues, or answers again, the e-receipt of a pay code whose money is in the account."""
