"""The tax office: takes the declaration of a deal, confirms payments, follows them into the treasury."""

from collections.abc import Sequence
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


@dataclass(frozen=True, slots=True)
class Portion:
    """What one payment carries of a voucher, in fen: all of it, or a part where two payers share the line."""

    amount_fen: int
    order_id: str
    query_id: str


class TaxState(StrEnum):
    """How far a voucher is: not paid, money taken (已收款), in the treasury (已入库), sent back by it (退回)."""

    unpaid = "unpaid"
    received = "received"
    in_treasury = "in_treasury"
    sent_back = "sent_back"


@dataclass(frozen=True, slots=True)
class TaxStatus:
    """A voucher's state. The tax voucher number, subject, level and treasury are there once money was taken.

    `sent_back_no` is the number of the return, while the money is back with the channel. `taken_on` and `taken_under`
    are the day and the serial under which the tax office took a payment over TIPS, where it tells them.
    """

    state: TaxState
    tax_voucher_no: str | None = None
    budget_subject: str | None = None
    budget_level: str | None = None
    treasury: str | None = None
    treasury_date: date | None = None
    sent_back_no: str | None = None
    taken_on: date | None = None
    taken_under: str | None = None


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

    async def pay(self, voucher: Voucher, portions: Sequence[Portion], again_after: str | None = None) -> TaxStatus:
        """Says which payments carry a voucher's money; together they are its amount.

        Safe to repeat: what was heard once is not paid twice. `again_after` is the number of the return after which
        two people decided to send the money again. Refused: nothing of it was taken, now or before; Unavailable where
        that cannot be said, or where a part was taken.
        """

    async def status(self, voucher: Voucher) -> TaxStatus:
        """How far a voucher is."""

    async def certificate(self, voucher: Voucher) -> TaxCertificate:
        """Pulls the certificate of a voucher that is in the treasury."""
