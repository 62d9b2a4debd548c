"""The book as a few dictionaries: what `ledger.post` should answer, written down a second time and simply."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from ledger import Entry

ALLOWED = {
    ("bill_confirmed", "receivable", "due_treasury"),
    ("bill_confirmed", "receivable", "due_non_tax"),
    ("payment_received", "channel_transit", "receivable"),
    ("line_arrived", "due_treasury", "channel_transit"),
    ("line_arrived", "due_non_tax", "channel_transit"),
}


def cls(code: str) -> str:
    return code.split(":")[1]


@dataclass
class Model:
    """One region's book; `closed` are its closed days."""

    entries: dict[UUID, Entry] = field(default_factory=dict)
    reversed: set[UUID] = field(default_factory=set)
    ended: set[UUID] = field(default_factory=set)
    closed: set[date] = field(default_factory=set)
    moves: Counter[tuple[date, str, str]] = field(default_factory=Counter)  # day, code, side
    pending: Counter[tuple[str, str]] = field(default_factory=Counter)  # code, side

    def verdict(self, entry: Entry, now: datetime) -> str:
        """'posted', 'replayed', or the code of the error that comes first."""
        known = self.entries.get(entry.key)
        if known:
            return "replayed" if known == entry else "ledger_key_conflict"
        if not entry.reverses and any(
            (entry.kind.value, cls(one.debit), cls(one.credit)) not in ALLOWED for one in entry.transfers
        ):
            return "ledger_kind_forbids"
        if entry.transfers and entry.effective_on in self.closed:
            return "ledger_day_closed"
        return self._verdict_on_reversal(entry) or self._verdict_on_end(entry, now) or "posted"

    def _verdict_on_reversal(self, entry: Entry) -> str | None:
        if not entry.reverses:
            return None
        original = self.entries.get(entry.reverses)
        if not original:
            return "ledger_unknown_original"
        if entry.reverses in self.reversed:
            return "ledger_already_reversed"
        mirrored = [(one.credit, one.debit, one.amount_fen) for one in entry.transfers]
        given = [(one.debit, one.credit, one.amount_fen) for one in original.transfers]
        if original.pending_until or mirrored != given or original.kind != entry.kind:
            return "ledger_not_a_mirror"
        return None

    def _verdict_on_end(self, entry: Entry, now: datetime) -> str | None:
        if not entry.ends:
            return None
        hold = self.entries.get(entry.ends)
        if not hold or not hold.pending_until:
            return "ledger_unknown_hold"
        if entry.ends in self.ended:
            return "ledger_hold_ended"
        if entry.transfers and hold.pending_until <= now:
            return "ledger_hold_expired"
        held: Counter[tuple[str, str]] = Counter()
        for one in hold.transfers:
            held[one.debit, one.credit] += one.amount_fen
        for one in entry.transfers:
            held[one.debit, one.credit] -= one.amount_fen
        return "ledger_beyond_hold" if min(held.values()) < 0 else None

    def take(self, entry: Entry) -> None:
        """Writes an entry that was posted."""
        self.entries[entry.key] = entry
        if entry.reverses:
            self.reversed.add(entry.reverses)
        if entry.ends:
            self.ended.add(entry.ends)
            self._hold(self.entries[entry.ends], -1)
        if entry.pending_until:
            self._hold(entry, 1)
            return
        for one in entry.transfers:
            self.moves[entry.effective_on, one.debit, "debit"] += one.amount_fen
            self.moves[entry.effective_on, one.credit, "credit"] += one.amount_fen

    def _hold(self, entry: Entry, sign: int) -> None:
        for one in entry.transfers:
            self.pending[one.debit, "debit"] += sign * one.amount_fen
            self.pending[one.credit, "credit"] += sign * one.amount_fen

    def total(self, code: str, side: str, until: date = date.max) -> int:
        return sum(fen for (day, one, of), fen in self.moves.items() if (one, of) == (code, side) and day <= until)
