"""One source's day as people see it: the statement, both sides' totals, and the three buckets."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from reconciliation.bank_balance import OwnBalance
from reconciliation.reasons import Sentence
from settlement.ports.statements import Source


@dataclass(frozen=True, slots=True)
class Total:
    """Rows and their sum in fen."""

    count: int
    fen: int


@dataclass(frozen=True, slots=True)
class FileView:
    """The statement that counts for a day; `refusal` says why it cannot be believed."""

    state: str
    version: int
    file_name: str | None
    sha256: str | None
    row_count: int | None
    sum_fen: int | None
    refusal: str | None
    arrived_at: datetime | None


@dataclass(frozen=True, slots=True)
class BreakView:
    """A difference with its name, its case and where in the statement it stands."""

    kind: str
    fingerprint: str
    key: str
    second_key: str
    account: str
    our_count: int
    our_fen: int
    their_count: int
    their_fen: int
    line_nos: tuple[int, ...]
    bill_id: UUID | None
    reason: Sentence
    case_id: UUID
    case_state: str


@dataclass(frozen=True, slots=True)
class PoolView:
    """A row of ours that waits, until when and for what."""

    key: str
    second_key: str
    account: str
    amount_fen: int
    bill_id: UUID | None
    expected_on: date
    reason: Sentence


@dataclass(frozen=True, slots=True)
class SourceReport:
    """One source's day. `ours` and the rest are None while its statement is missing or refused.

    `fee_fen` is what of the matched is the channel's fee by contract: below zero, 0 at other sources than a bank.
    `balance` is what the statement says its account held, where it does.
    """

    source: Source
    file: FileView
    ours: Total | None
    theirs: Total | None
    matched: Total | None
    fee_fen: int
    pool: tuple[PoolView, ...]
    breaks: tuple[BreakView, ...]
    balance: OwnBalance | None = None
