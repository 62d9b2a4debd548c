"""Journal entries: what is posted, and the canonical form over which an entry is hashed."""

from calendar import timegm
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from hashlib import sha256
from uuid import UUID

from ledger.errors import (
    AmountNotAllowed,
    EffectiveDayOutOfRange,
    EntryWithoutTransfers,
    PurposesMixed,
    ReferenceNotAllowed,
    SameAccountTwice,
)

LARGEST_AMOUNT = 2**63 - 1
FIRST_DAY = date(2000, 1, 1)
LAST_DAY = date(2099, 12, 31)


class EntryKind(StrEnum):
    """The closed list of kinds; `ledger.entry_rule` says which classes may face each other in each."""

    bill_confirmed = "bill_confirmed"
    bill_withdrawn = "bill_withdrawn"
    payment_received = "payment_received"
    remitted_onward = "remitted_onward"
    line_arrived = "line_arrived"
    channel_settled = "channel_settled"
    surplus_received = "surplus_received"
    surplus_applied = "surplus_applied"
    shortage_found = "shortage_found"
    shortage_cleared = "shortage_cleared"
    refund_approved = "refund_approved"
    refund_paid = "refund_paid"
    line_redirected = "line_redirected"


@dataclass(frozen=True, slots=True)
class Transfer:
    """One amount in fen from one account (credit) to another (debit), by their codes."""

    debit: str
    credit: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One business event in the book.

    `key` makes it happen once; `effective_on` is the business day it counts for; `reference` says what caused it
    (a bill number, a channel's transaction number), in one line; `reverses` is the key of the entry that this one
    takes back.

    With `pending_until` the entry is a hold: its transfers wait, and are seen in the pending counters only. An
    entry with `ends` ends the hold of that key: its transfers, none beyond those held, are posted, the rest is
    released. Without transfers it voids the hold.
    """

    key: UUID
    kind: EntryKind
    effective_on: date
    reference: str
    transfers: tuple[Transfer, ...]
    reverses: UUID | None = None
    pending_until: datetime | None = None
    ends: UUID | None = None

    def check(self) -> None:
        """Raises the first error that can be seen without the book (see `ledger.errors`)."""
        if not self.transfers and not self.ends:
            raise EntryWithoutTransfers("transfers", self.transfers, "one transfer or more")
        if (self.reverses, self.pending_until, self.ends).count(None) < 2:
            raise PurposesMixed(
                "reverses, pending_until, ends", "several of them", "one of them, or none, in one entry"
            )
        if not 0 < len(self.reference) <= 128 or not self.reference.isprintable():
            raise ReferenceNotAllowed("reference", self.reference, "one printable line of 1 to 128 characters")
        if not FIRST_DAY <= self.effective_on <= LAST_DAY:
            raise EffectiveDayOutOfRange("effective_on", self.effective_on.isoformat(), f"{FIRST_DAY} to {LAST_DAY}")
        for transfer in self.transfers:
            amount = transfer.amount_fen
            if type(amount) is not int or not 0 < amount <= LARGEST_AMOUNT:
                raise AmountNotAllowed("amount_fen", amount, f"whole fen from 1 to {LARGEST_AMOUNT}")
            if transfer.debit == transfer.credit:
                raise SameAccountTwice("credit", transfer.credit, "another account than the one that is debited")

    def canonical(self) -> bytes:
        """The entry as lines of UTF-8 text: the form that is hashed and shown in a proof.

        No field can hold a line break (codes and references are checked), so that the form is unambiguous.
        """
        until = microseconds(self.pending_until) if self.pending_until else "-"
        head = (
            f"heyi entry 1\n{self.key}\n{self.kind}\n{self.effective_on.isoformat()}\n{self.reference}\n"
            f"{self.reverses or '-'}\n{until}\n{self.ends or '-'}\n"
        )
        return (head + "".join([f"{one.debit} {one.credit} {one.amount_fen}\n" for one in self.transfers])).encode()

    def digest(self) -> bytes:
        """The entry's leaf hash in the form of RFC 6962 (sha256 over a zero byte and the canonical form)."""
        return sha256(b"\0" + self.canonical()).digest()


@dataclass(frozen=True, slots=True)
class Posted:
    """An entry in the book: its number, when it was recorded, and whether it was there before."""

    key: UUID
    entry_id: int
    recorded_at: datetime
    replayed: bool


def microseconds(instant: datetime) -> int:
    """An instant as hashes write it: whole microseconds since 1970 in UTC, exactly."""
    return timegm(instant.utctimetuple()) * 1_000_000 + instant.microsecond
