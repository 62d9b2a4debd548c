"""Statements: what a channel, the treasury and the non-tax account say happened on a day of theirs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal, Protocol, runtime_checkable

from foundation.errors import HeyiError

if TYPE_CHECKING:  # what only hands statements on does not load Arrow
    import pyarrow as pa

Fault = Literal["F0-4", "F0-5", "F0-7", "F0-8"]
"""Why a whole statement is not believed: cut off or totals wrong, layout or encoding, signature, merchant or day."""


class UnreadableStatement(HeyiError):
    """A statement that cannot be trusted as a whole. Nothing is judged by it. `kind` says as what it is refused."""

    code = "unreadable_statement"

    def __init__(self, detail: str, *, kind: Fault = "F0-4", **facts: Any) -> None:
        super().__init__(detail, kind=kind, **facts)

    def within(self, file_name: str) -> "UnreadableStatement":
        """The same error, with the name of the file before it."""
        return UnreadableStatement(f"{file_name}: {self.detail}", **self.facts)


FEE = "fee"
"""The account of a bank's rows that are the channel's fee, and not money of a settlement."""

ADJUSTMENT = "adjustment"
"""The account of a channel's rows that are corrections and disputes (差错), and not payments of the day."""

TEST = "test"
"""The account of a channel's rows that were made with a test card or for a test merchant: no money moved."""

DIVIDED_OTHERWISE = "parts"
"""The account of a channel's refunds whose parts by receiver do not come to what went back."""


class Source(StrEnum):
    """Whose statement it is."""

    channel = "channel"
    treasury = "treasury"
    non_tax = "non_tax"
    bank = "bank"  # the account into which a channel settles, where a city has one
    tax_status = "tax_status"  # what the tax office holds for paid
    e_receipts = "e_receipts"  # what was issued for fees


@dataclass(frozen=True, slots=True)
class StatementRow:
    """One row of a statement.

    `key` is what ties it to our book: the channel's query id, the tax voucher number, the pay code; `second_key`
    the order number where the source has one. `amount_fen` is positive for money in and negative for money out.
    `account` says where it went: budget subject and treasury, or the fee item code.
    """

    line_no: int
    key: str
    second_key: str
    amount_fen: int
    account: str = ""


@dataclass(frozen=True, slots=True)
class UnreadLine:
    """A line that could not be read while the rest of its statement could: its number, why, and its bytes."""

    line_no: int
    reason: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class Batch:
    """What the totals of one batch (场次) say: its number, whether it is that of the turn (日切), rows and fen."""

    number: str
    turns: bool
    count: int
    fen: int


@dataclass(frozen=True, slots=True)
class Session:
    """One of the batches (场次) in which a source's day is held against the banks: by day, or as it turns (日切).

    What its totals say, and what its rows come to, in rows and fen. They may differ though the day's totals are right:
    then rows stand in another batch than they were counted in.
    """

    number: str
    turns: bool
    said_count: int
    said_fen: int
    count: int
    fen: int

    @property
    def agrees(self) -> bool:
        """Whether totals and rows are the same."""
        return (self.said_count, self.said_fen) == (self.count, self.fen)


@dataclass(frozen=True, slots=True)
class Balances:
    """What an account held before and after a day, as its statement says; fen."""

    opening_fen: int
    closing_fen: int


@dataclass(frozen=True, slots=True)
class Beside:
    """What a statement tells of some of its rows beside number and amount, by key; amounts in fen, without sign.

    `originals`: of which payment money went back, or which refund came back. `discounts`: what somebody else than the
    payer bore (优惠). `part_sums`: what the parts of a refund come to that is divided otherwise than as a whole.
    """

    originals: Mapping[str, str] = field(default_factory=dict)
    discounts: Mapping[str, int] = field(default_factory=dict)
    part_sums: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement of one source for one day of that source, with its bytes as evidence.

    `columns` are its rows in the columns of `settlement.ports.columns.ROWS`: ten million rows are no objects.
    `unread` are the lines that could not be read; a row of ours may stand on one of them. `sessions` are the batches
    that it was made of, where the source has such. `beside` is what it tells of some rows beside their columns, and
    `balances` of the account, where it does.
    """

    source: Source
    region: str
    day: date
    file_name: str
    raw: bytes
    columns: "pa.Table"
    unread: tuple[UnreadLine, ...] = ()
    sessions: tuple[Session, ...] = ()
    beside: Beside = field(default_factory=Beside)
    balances: Balances | None = None


@dataclass(frozen=True, slots=True)
class RawStatement:
    """A statement's bytes as they came, before anything is believed."""

    file_name: str
    raw: bytes


class StatementSource(Protocol):
    """One source of one region."""

    @property
    def source(self) -> Source:
        """Whose statements these are."""

    async def fetch(self, day: date) -> RawStatement | None:
        """The statement of a day, or None while it is not there yet. Unavailable: no answer."""

    def parse(self, raw: RawStatement, day: date) -> Statement:
        """Checks and reads a statement. UnreadableStatement names the line and what is wrong."""


@runtime_checkable
class RunningSource(StatementSource, Protocol):
    """A source that hands its day out in batches while the day still runs, totals first."""

    async def totals(self, day: date) -> Sequence[Batch]:
        """The batches of a day that are over by now. UnreadableStatement; Unavailable: no answer."""

    async def batch(self, day: date, number: str) -> RawStatement | None:
        """The rows of one batch, or None while they are not there yet. Unavailable: no answer."""

    def parse_batch(self, raw: RawStatement, day: date) -> Statement:
        """Checks and reads one batch, which is its only session. UnreadableStatement as `parse`."""
