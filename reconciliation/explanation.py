"""From rows that did not match to named differences: what matched after all, what waits, and what has a name."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from uuid import UUID

from reconciliation import reasons
from reconciliation.candidates import Candidates
from reconciliation.judgement import Judgement, came_back, kind_of_finding, kind_of_missing, kind_of_unknown
from reconciliation.pairing import Finding, Relation, pair
from reconciliation.ports import BookRow, KnownRow, Standing
from reconciliation.reasons import Sentence
from reconciliation.unread_lines import may_stand_on
from settlement.ports.statements import Source, StatementRow


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


def explain(
    ours: Sequence[BookRow], theirs: Sequence[StatementRow], known: Iterable[KnownRow], judgement: Judgement
) -> Explained:
    """Names everything that the keyed pass left over. Each row ends in exactly one bucket."""
    known = list(known)
    paired = pair(ours, theirs, {row.key for row in known}, judgement.day)
    name = _Namer(judgement, known)
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
        kind = kind_of_finding(finding, self._judgement)
        reason = reasons.of_finding(finding, self._source, self._judgement.beside)
        bill_id = finding.ours[0].bill_id
        if finding.relation is Relation.repeated:
            return Break(kind, self._theirs(finding.theirs[0]), (), finding.theirs, bill_id, reason)
        return Break(kind, self._ours(finding.ours[0]), finding.ours, finding.theirs, bill_id, reason)

    def missing(self, ours: tuple[BookRow, ...]) -> Break:
        """Ours, due, and not in the statement."""
        our = ours[0]
        return Break(
            kind_of_missing(our, self._judgement),
            self._ours(our),
            ours,
            (),
            our.bill_id,
            reasons.of_missing(our, self._source),
        )

    def unknown(self, their: StatementRow, candidates: Candidates) -> Break:
        """Theirs, with no row of ours that is open."""
        original = self._judgement.beside.originals.get(their.key, "")
        known = self._by_key.get(their.key) or self._by_second_key.get(their.second_key) or self._by_key.get(original)
        reason = reasons.of_unknown(their, self._source, known, self._judgement.beside)
        kind = kind_of_unknown(their, known, self._judgement)
        fingerprint = self._theirs(their)
        if known:
            came_back_of = known.key if came_back(their, known, self._judgement) else ""
            return Break(kind, fingerprint, (), (their,), known.bill_id, reason, came_back_of=came_back_of)
        return Break(kind, fingerprint, (), (their,), None, reason, candidates.of(their.amount_fen))

    def _ours(self, row: BookRow) -> str:
        return self._fingerprint("ours", row.key or row.second_key, row.account)

    def _theirs(self, row: StatementRow) -> str:
        return self._fingerprint("theirs", self._judgement.day.isoformat(), row.key, row.second_key, row.account)

    def _fingerprint(self, *what: str) -> str:
        self._given[what] += 1
        whole = (self._judgement.region, self._source.value, *what, str(self._given[what]))
        return hashlib.sha256("\x1f".join(whole).encode()).hexdigest()
