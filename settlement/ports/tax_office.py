"""The tax office: takes the declaration of a deal, confirms payments, follows them into the treasury."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Taxpayer:
    """A party as the tax office knows it: 'transferee' or 'transferor', name, identity number."""

    side: str
    name: str
    identity: str


@dataclass(frozen=True, slots=True)
class DeclaredLine:
    """One item of one side, as we worked it out. Amounts in fen, the rate exact or None for fixed amounts."""

    item: str
    side: str
    amount_fen: int
    base_fen: int | None
    rate: str | None


@dataclass(frozen=True, slots=True)
class Declaration:
    """A deal as declared to the tax office."""

    bill_number: str
    case_number: str
    unit_code: str
    contract_date: date
    declaration_date: date
    area_m2: Decimal | None
    price_fen: int
    taxpayers: tuple[Taxpayer, ...]
    lines: tuple[DeclaredLine, ...]


@dataclass(frozen=True, slots=True)
class Voucher:
    """纳税三要素 with the tax office's own amount for one item of one taxpayer.

    The three elements are opaque strings with their leading zeros (facts: treasury-nontax A3).
    """

    taxpayer_id: str
    office_code: str
    levy_number: str
    side: str
    item: str
    amount_fen: int


class TaxState(StrEnum):
    """How far a voucher is: not paid, money taken (已收款), in the treasury (已入库)."""

    unpaid = "unpaid"
    received = "received"
    in_treasury = "in_treasury"


@dataclass(frozen=True, slots=True)
class TaxStatus:
    """A voucher's state. The tax voucher number, subject, level and treasury are there once money was taken."""

    state: TaxState
    tax_voucher_no: str | None = None
    budget_subject: str | None = None
    budget_level: str | None = None
    treasury: str | None = None
    treasury_date: date | None = None


@dataclass(frozen=True, slots=True)
class TaxCertificate:
    """税收完税证明 for one voucher: its number, kind, issue date, and the amount it certifies."""

    number: str
    kind: str
    issued_on: date
    amount_fen: int


class TaxOffice(Protocol):
    """The tax office of one region, through whatever form its province uses."""

    async def declare(self, declaration: Declaration) -> tuple[Voucher, ...]:
        """Declares a deal; the same bill number answers the same vouchers. Zero lines get no voucher."""

    async def pay(self, voucher: Voucher, amount_fen: int, order_id: str, query_id: str) -> TaxStatus:
        """Says which payment carries a voucher's money, or a part of it where two payers share the line.

        Safe to repeat: the same order is counted once. Received once the parts sum to the voucher's amount.
        """

    async def status(self, voucher: Voucher) -> TaxStatus:
        """How far a voucher is."""

    async def certificate(self, voucher: Voucher) -> TaxCertificate:
        """Pulls the certificate of a voucher that is in the treasury."""
