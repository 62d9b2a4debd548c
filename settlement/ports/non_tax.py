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
    """How far a pay code is: unpaid, in the non-tax account (已到账), passed on to the treasury (已缴库), or back.

    `sent_back` (退回): taken and returned to the channel. `void` (作废): nobody can pay it any more.
    """

    unpaid = "unpaid"
    in_account = "in_account"
    passed_on = "passed_on"
    sent_back = "sent_back"
    void = "void"


@dataclass(frozen=True, slots=True)
class FeeStatus:
    """A pay code's state; the confirmation's day and number are there once the money is in the account.

    Once it was passed on, the number and day of finance's voucher are there too; `sent_back_no` numbers a return.
    """

    state: FeeState
    confirmation_no: str | None = None
    confirmed_on: date | None = None
    passed_on_no: str | None = None
    passed_on_date: date | None = None
    sent_back_no: str | None = None


@dataclass(frozen=True, slots=True)
class FeePayment:
    """The payment that carries a pay code's money, in fen."""

    amount_fen: int
    order_id: str
    query_id: str
    paid_at: datetime


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

    async def confirm(self, pay_code: str, payment: FeePayment, again_after: str | None = None) -> FeeStatus:
        """Says which payment carries a pay code's money. Safe to repeat.

        `again_after` is the number of the return after which two people decided to send the money again. Refused:
        nothing was taken, now or before; Unavailable where that cannot be said.
        """

    async def void(self, pay_code: str, amount_fen: int) -> None:
        """Makes a pay code void that nobody paid. Safe to repeat. Refused once it was paid."""

    async def status(self, pay_code: str) -> FeeStatus:
        """How far a pay code is."""

    async def receipt(self, pay_code: str) -> FiscalReceipt:
        """Issues, or answers again, the e-receipt of a pay code whose money is in the account."""
