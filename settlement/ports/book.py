"""Our own book as a statement would show it: what reconciliation compares with everyone else's."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from settlement.ports.statements import Source


@dataclass(frozen=True, slots=True)
class BookRow:
    """One row of ours that a source should show.

    `key`, `second_key` and `account` are written as the source writes them (see StatementRow). Rows that the source
    sums (fee items of equal code under one pay code) are one row here too, with `line_id` None. `amount_fen` is
    negative for money out. `expected_on` is the last day of the source on which the row may first be seen without
    anything being wrong: until the end of that day's statement it waits in the pool. `matched_on` is the day whose
    statement showed it.
    """

    key: str
    second_key: str
    amount_fen: int
    account: str
    bill_id: UUID | None
    line_id: UUID | None
    expected_on: date
    matched_on: date | None = None


class Standing(StrEnum):
    """What became of something of ours that a statement names."""

    pending = "pending"  # asked for, nothing heard yet
    part = "part"  # one payer paid their part, another has not yet: the source waits for the whole
    closed = "closed"  # expired or cancelled
    replaced = "replaced"  # another code took its place
    failed = "failed"  # the source said that it failed
    returned = "returned"  # given back through the channel, so that the source should never have it
    done = "done"  # counted in our book, matched or not


@dataclass(frozen=True, slots=True)
class KnownRow:
    """Something of ours in whatever state, found by a number that a statement gave. `key` is "" where unknown."""

    key: str
    second_key: str
    amount_fen: int
    bill_id: UUID | None
    standing: Standing


@dataclass(frozen=True, slots=True)
class TransitRow:
    """A line that was paid but has not arrived, as of the end of a day; named as in `BookRow`.

    `is_shown`: its source showed it by then all the same. Of a voucher that two payers carry, one before and one after
    23:00, the whole may be in the treasury that evening, and counts in the ledger on the later clearing day.
    """

    source: Source
    key: str
    account: str
    amount_fen: int
    is_shown: bool = False


@dataclass(frozen=True, slots=True)
class Suspense:
    """The suspense accounts (长款挂账, 短款挂账) at the end of a day, in fen, and what names their balances.

    `surplus_named_fen`: surplus payments not given back, and what cases put there; `shortage_named_fen` likewise.
    """

    surplus_fen: int
    surplus_named_fen: int
    shortage_fen: int
    shortage_named_fen: int


@dataclass(frozen=True, slots=True)
class Unshown:
    """Rows that our ledger counted by the end of a day and that no statement up to that day has shown; fen.

    `early_fen` is the other way round: shown and matched by then, and counted on a later day, as is what was paid after
    23:00 and reached its account before midnight.
    """

    count: int
    fen: int
    early_fen: int = 0


@dataclass(frozen=True, slots=True)
class Transit:
    """The ledger's in-transit accounts of a region over one day, in fen, and what the closing balance is made of.

    `in_cases_fen`: surplus and money about to be given back, for which cases and refunds exist; it is in no row.
    `adjusted_fen`: of the closing balance, what decided cases posted; it is in `in_cases_fen` too.
    `by_hand_fen`: what went back outside the channel so far, which no statement of the channel shows.
    `unshown`: by source, for the reconciliation of the balance; None where the book cannot tell.
    """

    opening_fen: int
    received_fen: int
    refunded_fen: int
    remitted_fen: int
    closing_fen: int
    rows: tuple[TransitRow, ...]
    in_cases_fen: int = 0
    adjusted_fen: int = 0
    by_hand_fen: int = 0
    suspense: Suspense = Suspense(0, 0, 0, 0)
    unshown: Mapping[Source, Unshown] | None = None
