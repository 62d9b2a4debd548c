"""From rows that did not match to named differences: which kind, which sentence, which fingerprint."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from uuid import UUID

from reconciliation import reasons
from reconciliation.candidates import Candidates
from reconciliation.pairing import Finding, Relation, pair
from reconciliation.ports import BookRow, KnownRow, Standing
from reconciliation.reasons import Sentence
from reconciliation.unread_lines import may_stand_on
from settlement.ports.statements import ADJUSTMENT, DIVIDED_OTHERWISE, FEE, TEST, Beside, Source, StatementRow


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is judged: one source's day.

    `unread` is the latest earlier day whose statement could not be read; `unread_lines` are lines, of this day or
    earlier, that could not be read while the rest of their statement could. `beside` is the statement's, and
    `went_back_fen` what by it went back of each of the payments that it names there.
    """

    region: str
    source: Source
    day: date
    unread: date | None
    unread_lines: Sequence[bytes] = ()
    beside: Beside = field(default_factory=Beside)
    went_back_fen: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Break:
    """A difference with its name. `ours` or `theirs` may be empty, not both.

    The fingerprint stands for what differs, not for how: it is the same when a second run or a statement issued
    again finds another amount or another kind.
    """

    kind: str
    fingerprint: str
    ours: tuple[BookRow, ...]
    theirs: tuple[StatementRow, ...]
    bill_id: UUID | None
    reason: Sentence
    candidates: tuple[tuple[str, ...], ...] = ()
    """For money that nobody knows: open rows of ours, by number, that it could be."""
    came_back_of: str = ""
    """For money of a refund of ours that was returned: the number under which it went."""

    @property
    def our_fen(self) -> int:
        """What our book says, in fen."""
        return sum(row.amount_fen for row in self.ours)

    @property
    def their_fen(self) -> int:
        """What the statement says, in fen."""
        return sum(row.amount_fen for row in self.theirs)

    @property
    def key(self) -> str:
        """The number of what differs: ours, else theirs; "" where ours has none yet."""
        return self.ours[0].key if self.ours else self.theirs[0].key

    @property
    def second_key(self) -> str:
        """The second number, likewise."""
        return self.ours[0].second_key if self.ours else self.theirs[0].second_key


@dataclass(frozen=True, slots=True)
class Pooled:
    """A row of ours that waits, and for what."""

    row: BookRow
    reason: Sentence


@dataclass(slots=True)
class Explained:
    """Three buckets: rows of ours that matched after all, rows that wait, differences."""

    matched: list[BookRow]
    pool: list[Pooled]
    breaks: list[Break]


_RELATED = {
    Source.channel: {Relation.account: "P-18", Relation.parts: "P-18", Relation.repeated: "P-7"},
    Source.treasury: {Relation.account: "T-4", Relation.parts: "T-6", Relation.repeated: "T-7"},
    Source.non_tax: {Relation.account: "N-4", Relation.parts: "N-4", Relation.repeated: "N-8"},
    Source.bank: {Relation.account: "S-6", Relation.parts: "S-3", Relation.repeated: "S-4"},
    Source.tax_status: {Relation.repeated: "X-1"},
    Source.e_receipts: {Relation.repeated: "N-6"},
}
_FEE = "P-13"
_FLAGGED = {TEST: "P-19", DIVIDED_OTHERWISE: "R-7"}
"""What a channel's row is for the flag that it carries instead of an account."""
_NUMBERS = {Source.tax_status: "T-11", Source.e_receipts: "E-1"}
_AMOUNT = {
    Source.channel: ("P-10", "P-11"),
    Source.treasury: ("T-12", "T-12"),
    Source.non_tax: ("N-7", "N-7"),
    Source.bank: ("S-4", "S-3"),
    Source.tax_status: ("T-11", "T-11"),
    Source.e_receipts: ("E-1", "E-1"),
}
"""Too much, too little."""
_MISSING = {
    Source.channel: ("P-9", "R-2"),
    Source.treasury: ("T-8", "R-6"),
    Source.non_tax: ("N-2", "N-10"),
    Source.bank: ("S-2", "S-2"),
    Source.tax_status: ("X-2", "X-2"),
    Source.e_receipts: ("N-5", "N-5"),
}
"""Money in, money out."""
_RETURNED = {
    Source.channel: ("P-15", "R-4"),
    Source.treasury: ("T-3", "T-5"),
    Source.non_tax: ("N-9", "N-9"),
    Source.bank: ("S-6", "S-6"),
    Source.tax_status: ("T-11", "X-1"),
    Source.e_receipts: ("E-1", "N-6"),
}
"""Money out by the statement only: of something known, of something unknown."""
_REFUND = {
    Standing.pending: "R-1",
    Standing.failed: "R-3",
    Standing.closed: "R-3",
    Standing.replaced: "R-3",
    Standing.done: "P-7",
}
"""A refund of ours that the channel has carried out, by what our book says of it."""
_BOUNCED = {Source.channel: "R-8", Source.non_tax: "N-10"}
"""Money in under the number of something that we gave back: it came back."""
_UNHEARD = {
    Source.channel: ("P-2", "R-1"),
    Source.treasury: ("T-9", "R-6"),
    Source.non_tax: ("N-3", "N-10"),
    Source.bank: ("S-5", "S-6"),
    Source.tax_status: ("X-1", "X-1"),
    Source.e_receipts: ("N-6", "N-6"),
}
"""Theirs has ours under a number that ours has not been told yet: money in, money out."""
_UNCOUNTED = {
    (Source.channel, Standing.pending): "P-2",
    (Source.channel, Standing.closed): "P-3",
    (Source.channel, Standing.failed): "P-4",
    (Source.channel, Standing.replaced): "P-21",
    (Source.channel, Standing.done): "P-6",
    (Source.treasury, Standing.pending): "T-9",
    (Source.treasury, Standing.done): "T-7",
    (Source.non_tax, Standing.done): "N-8",
}
_NOT_OURS = {
    Source.channel: "P-5",
    Source.treasury: "T-5",
    Source.non_tax: "N-3",
    Source.bank: "S-5",
    Source.tax_status: "X-1",
    Source.e_receipts: "N-6",
}


def explain(
    ours: Sequence[BookRow], theirs: Sequence[StatementRow], known: Iterable[KnownRow], judgement: Judgement
) -> Explained:
    """Names everything that the keyed pass left over. Each row ends in exactly one bucket."""
    paired = pair(ours, theirs)
    name = _Namer(judgement, list(known))
    explained = Explained([], [], [])
    for finding in paired.findings:
        if finding.relation is Relation.equal:
            explained.matched += finding.ours
        else:
            explained.breaks.append(name.finding(finding))
    missing = []
    on_a_line = may_stand_on(judgement.unread_lines, paired.ours)
    for our, unread in zip(paired.ours, on_a_line, strict=True):
        waits = _waits(our, judgement) or (reasons.may_stand_on_an_unread_line() if unread else None)
        if waits:
            explained.pool.append(Pooled(our, waits))
        else:
            missing.append(our)
    explained.breaks += map(name.missing, _together(missing, judgement.source))
    candidates = Candidates(paired.ours)
    explained.breaks += (name.unknown(their, candidates) for their in paired.theirs)
    return explained


def _together(missing: Sequence[BookRow], source: Source) -> list[tuple[BookRow, ...]]:
    """What is missing for one reason: where a bank has not settled a day, its fee is not there either."""
    if source is not Source.bank:
        return [(row,) for row in missing]
    ordered = sorted(missing, key=lambda row: (row.key, row.account))
    return [tuple(rows) for _, rows in groupby(ordered, key=lambda row: row.key)]


def _waits(our: BookRow, judgement: Judgement) -> Sentence | None:
    if our.expected_on > judgement.day:
        is_to_be_recorded = our.amount_fen < 0 and not our.key
        return reasons.not_carried_out() if is_to_be_recorded else reasons.not_due(our)
    if judgement.unread and our.expected_on <= judgement.unread:
        return reasons.waits_for_statement(judgement.unread)
    return None


class _Namer:
    """Gives each difference its kind; remembers which fingerprints it gave, so that equal rows get different ones."""

    def __init__(self, judgement: Judgement, known: list[KnownRow]) -> None:
        self._judgement = judgement
        self._source = judgement.source
        known = sorted(known, key=lambda row: row.standing is Standing.done)  # of several, the one that was counted
        self._by_key = {row.key: row for row in known if row.key}
        self._by_second_key = {row.second_key: row for row in known if row.second_key}
        self._given: Counter[tuple[str, ...]] = Counter()

    def finding(self, finding: Finding) -> Break:
        """Rows of both sides that belong together and differ."""
        kind = self._finding_kind(finding)
        reason = reasons.of_finding(finding, self._source, self._judgement.beside)
        bill_id = finding.ours[0].bill_id
        if finding.relation is Relation.repeated:
            return Break(kind, self._theirs(finding.theirs[0]), (), finding.theirs, bill_id, reason)
        return Break(kind, self._ours(finding.ours[0]), finding.ours, finding.theirs, bill_id, reason)

    def missing(self, ours: tuple[BookRow, ...]) -> Break:
        """Ours, due, and not in the statement."""
        our = ours[0]
        kind = _FEE if self._is_fee(our) else _MISSING[self._source][our.amount_fen < 0]
        return Break(kind, self._ours(our), ours, (), our.bill_id, reasons.of_missing(our, self._source))

    def unknown(self, their: StatementRow, candidates: Candidates) -> Break:
        """Theirs, with no row of ours that is open."""
        original = self._judgement.beside.originals.get(their.key, "")
        known = self._by_key.get(their.key) or self._by_second_key.get(their.second_key) or self._by_key.get(original)
        reason = reasons.of_unknown(their, self._source, known, self._judgement.beside)
        kind = _FEE if known and self._is_fee(their) else self._unknown_kind(their, known)
        fingerprint = self._theirs(their)
        if known:
            came_back_of = known.key if kind == _BOUNCED.get(self._source) else ""
            return Break(kind, fingerprint, (), (their,), known.bill_id, reason, came_back_of=came_back_of)
        return Break(kind, fingerprint, (), (their,), None, reason, candidates.of(their.amount_fen))

    def _is_fee(self, row: BookRow | StatementRow) -> bool:
        return self._source is Source.bank and row.account == FEE

    def _finding_kind(self, finding: Finding) -> str:
        if self._is_fee(finding.theirs[0]):
            return _FEE
        if self._source is Source.channel and finding.theirs[0].account in _FLAGGED:
            return _FLAGGED[finding.theirs[0].account]
        if finding.relation is Relation.numbers:
            our = finding.ours[0]
            return _NUMBERS.get(self._source, "P-17") if our.key else _UNHEARD[self._source][our.amount_fen < 0]
        if finding.relation is Relation.amount:
            our, their = finding.ours[0], finding.theirs[0]
            missing_fen = abs(our.amount_fen) - abs(their.amount_fen)
            if 0 < missing_fen == self._judgement.beside.discounts.get(their.key):
                return "P-12"
            return _AMOUNT[self._source][missing_fen > 0]
        return _RELATED[self._source][finding.relation]

    def _unknown_kind(self, their: StatementRow, known: KnownRow | None) -> str:
        if their.account == ADJUSTMENT:
            return "P-20"
        if their.account == TEST:
            return "P-19"
        if their.amount_fen < 0:
            return self._returned_kind(their, known)
        if known is None:
            return _NOT_OURS[self._source]
        if (kind := _BOUNCED.get(self._source)) and known.amount_fen < 0:
            return kind
        if self._source is Source.channel and their.account:
            return "P-18"
        if (self._source, known.standing, known.key) == (Source.channel, Standing.done, their.key):
            return "P-7"  # the very payment, not a second one for the same order
        return _UNCOUNTED.get((self._source, known.standing), _NOT_OURS[self._source])

    def _returned_kind(self, their: StatementRow, known: KnownRow | None) -> str:
        """Money out that no row of ours matches: `known` is the refund, or else the payment that it is of."""
        if known is None or self._source is not Source.channel:
            return _RETURNED[self._source][known is None]
        if known.amount_fen < 0:
            return _FLAGGED.get(their.account, _REFUND[known.standing])
        went_back_fen = self._judgement.went_back_fen.get(self._judgement.beside.originals.get(their.key, ""), 0)
        return "R-5" if went_back_fen > known.amount_fen else _RETURNED[self._source][False]

    def _ours(self, row: BookRow) -> str:
        return self._fingerprint("ours", row.key or row.second_key, row.account)

    def _theirs(self, row: StatementRow) -> str:
        return self._fingerprint("theirs", self._judgement.day.isoformat(), row.key, row.second_key, row.account)

    def _fingerprint(self, *what: str) -> str:
        self._given[what] += 1
        whole = (self._judgement.region, self._source.value, *what, str(self._given[what]))
        return hashlib.sha256("\x1f".join(whole).encode()).hexdigest()
