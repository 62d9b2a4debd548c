"""Which kind a difference is: by its source, how its rows belong together, and what our book knows of a number."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from reconciliation.pairing import Finding, Relation
from reconciliation.ports import BookRow, KnownRow, Standing
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
_NO_MONEY = (ADJUSTMENT, TEST)
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
    (Source.treasury, Standing.returned): "T-14",
    (Source.non_tax, Standing.returned): "N-11",
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


def kind_of_finding(finding: Finding, judgement: Judgement) -> str:
    """The kind of rows of both sides that belong together and differ."""
    source, our, their = judgement.source, finding.ours[0], finding.theirs[0]
    if is_fee(their, source):
        return _FEE
    if source is Source.channel and their.account in _FLAGGED:
        return _FLAGGED[their.account]
    if finding.relation is Relation.numbers:
        return _NUMBERS.get(source, "P-17") if our.key else _UNHEARD[source][our.amount_fen < 0]
    if finding.relation is Relation.amount:
        missing_fen = abs(our.amount_fen) - abs(their.amount_fen)
        if 0 < missing_fen == judgement.beside.discounts.get(their.key):
            return "P-12"
        return _AMOUNT[source][missing_fen > 0]
    return _RELATED[source][finding.relation]


def kind_of_missing(our: BookRow, judgement: Judgement) -> str:
    """The kind of a row of ours that is due and not in the statement."""
    return _FEE if is_fee(our, judgement.source) else _MISSING[judgement.source][our.amount_fen < 0]


def kind_of_unknown(their: StatementRow, known: KnownRow | None, judgement: Judgement) -> str:
    """The kind of a row of theirs with no open row of ours; `known` is what of ours it names."""
    source = judgement.source
    if known and is_fee(their, source):
        return _FEE
    if their.account == ADJUSTMENT:
        return "P-20"
    if their.account == TEST:
        return "P-19"
    if their.amount_fen < 0:
        return _kind_of_returned(their, known, judgement)
    if known is None:
        return _NOT_OURS[source]
    if came_back(their, known, judgement):
        return _BOUNCED[source]
    if source is Source.channel and their.account:
        return "P-18"
    if (source, known.standing, known.key) == (Source.channel, Standing.done, their.key):
        return "P-7"  # the very payment, not a second one for the same order
    return _UNCOUNTED.get((source, known.standing), _NOT_OURS[source])


def came_back(their: StatementRow, known: KnownRow, judgement: Judgement) -> bool:
    """Whether money in is that of a refund of ours, returned."""
    return judgement.source in _BOUNCED and known.amount_fen < 0 < their.amount_fen and their.account not in _NO_MONEY


def is_fee(row: BookRow | StatementRow, source: Source) -> bool:
    """Whether a row of the bank's list is the channel's fee."""
    return source is Source.bank and row.account == FEE


def _kind_of_returned(their: StatementRow, known: KnownRow | None, judgement: Judgement) -> str:
    """Money out that no row of ours matches: `known` is the refund, or else the payment that it is of."""
    if known is None or judgement.source is not Source.channel:
        return _RETURNED[judgement.source][known is None]
    if known.amount_fen < 0:
        return _FLAGGED.get(their.account, _REFUND[known.standing])
    went_back_fen = judgement.went_back_fen.get(judgement.beside.originals.get(their.key, ""), 0)
    return "R-5" if went_back_fen > known.amount_fen else _RETURNED[judgement.source][False]
