"""What the keyed pass left over, put together by weaker evidence: one number, parts of a sum, the other number.

Plain Python over the few rows that remain. Every row of either side ends in exactly one place: in one finding, or
alone. Money in and money out are never paired with each other.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import TypeVar

from reconciliation.ports import BookRow
from settlement.ports.statements import StatementRow

Row = TypeVar("Row", BookRow, StatementRow)


class Relation(StrEnum):
    """How rows of the two sides belong together."""

    equal = "equal"  # the same in every respect; the keyed pass left them because one side has more of them
    amount = "amount"  # same number, another amount
    account = "account"  # same number and amount, another account
    parts = "parts"  # same number and sum, divided differently among accounts
    numbers = "numbers"  # same second number and amount, another first number
    repeated = "repeated"  # theirs, once more than ours has it


@dataclass(frozen=True, slots=True)
class Finding:
    """Rows of both sides that belong together, and how. `repeated` has the rows of ours that were used already."""

    relation: Relation
    ours: tuple[BookRow, ...]
    theirs: tuple[StatementRow, ...]


@dataclass(slots=True)
class Paired:
    """Everything that was left over: findings, and the rows that stand alone."""

    findings: list[Finding] = field(default_factory=list)
    ours: list[BookRow] = field(default_factory=list)
    theirs: list[StatementRow] = field(default_factory=list)


def pair(ours: Sequence[BookRow], theirs: Iterable[StatementRow], known: Collection[str], day: date) -> Paired:
    """Pairs what the keyed pass left over: first by key, then what remains by second key.

    `known` are first numbers that stand for something in our book. A row of theirs under one of them is hardly a row of
    ours whose number was changed: it is taken for it only where no other can be, the amount is the same, and ours was
    due by `day`.
    """
    by_key = Paired()
    numbers = {row.key for row in ours}.union(known) - {""}
    our_groups, their_groups = _grouped(ours, lambda row: row.key), _grouped(theirs, lambda row: row.key)
    for number in sorted(our_groups.keys() | their_groups.keys()):
        pair_group = _pair_by_key if number[0] else _leave
        pair_group(by_key, our_groups.get(number, []), their_groups.get(number, []))
    paired = Paired(by_key.findings)
    our_groups = _grouped(by_key.ours, lambda row: row.second_key)
    their_groups = _grouped(by_key.theirs, lambda row: row.second_key)
    for number in sorted(our_groups.keys() | their_groups.keys()):
        of_ours, of_theirs = our_groups.get(number, []), their_groups.get(number, [])
        if number[0]:
            _pair_by_second_key(paired, of_ours, of_theirs, numbers, day)
        else:
            _leave(paired, of_ours, of_theirs)
    return paired


def _pair_by_key(paired: Paired, ours: list[BookRow], theirs: list[StatementRow]) -> None:
    """Rows of one number and direction."""
    all_ours = tuple(ours)
    _pair_all(paired, Relation.equal, ours, theirs, lambda row: (row.account, row.amount_fen))
    if ours and theirs and _sum(ours) == _sum(theirs):
        _pair_equal_sums(paired, ours, theirs)
    _pair_all(paired, Relation.amount, ours, theirs, lambda row: row.account)
    _pair_all(paired, Relation.account, ours, theirs, lambda row: row.amount_fen)
    _pair_all(paired, Relation.amount, ours, theirs, lambda _: None)
    paired.ours += ours
    if all_ours:
        assert not (ours and theirs)  # the last pairing takes from both until one is empty
        paired.findings += (Finding(Relation.repeated, all_ours, (their,)) for their in theirs)
    else:
        paired.theirs += theirs


def _pair_equal_sums(paired: Paired, ours: list[BookRow], theirs: list[StatementRow]) -> None:
    """Rows whose sums agree: moved to other accounts whole, or divided differently. Uses all of them."""
    elsewhere = {row.account for row in ours}.isdisjoint(row.account for row in theirs)
    amounts_agree = sorted(row.amount_fen for row in ours) == sorted(row.amount_fen for row in theirs)
    if elsewhere and amounts_agree:
        _pair_all(paired, Relation.account, ours, theirs, lambda row: row.amount_fen)
    elif len({row.account for row in ours} | {row.account for row in theirs}) > 1:
        paired.findings.append(Finding(Relation.parts, tuple(ours), tuple(theirs)))
        ours.clear()
        theirs.clear()


def _pair_by_second_key(
    paired: Paired, ours: list[BookRow], theirs: list[StatementRow], known: Collection[str], day: date
) -> None:
    """Rows of one second number and direction, whose first numbers have no counterpart.

    What theirs has once more under a first number that is paired now is a repetition, and no second payment.
    """
    all_ours, found_before = tuple(ours), len(paired.findings)
    strange = [their for their in theirs if their.key not in known]
    named = [their for their in theirs if their.key in known]
    _pair_equal_amounts(paired, ours, strange)
    _pair_all(paired, Relation.amount, ours, strange, lambda row: row.account)
    _pair_all(paired, Relation.amount, ours, strange, lambda _: None)
    due, early = [our for our in ours if our.expected_on <= day], [our for our in ours if our.expected_on > day]
    _pair_equal_amounts(paired, due, named)
    ours, theirs = [*due, *early], [*strange, *named]
    numbers = {finding.theirs[0].key for finding in paired.findings[found_before:]} - {""}
    paired.findings += (Finding(Relation.repeated, all_ours, (their,)) for their in theirs if their.key in numbers)
    _leave(paired, ours, [their for their in theirs if their.key not in numbers])


def _pair_equal_amounts(paired: Paired, ours: list[BookRow], theirs: list[StatementRow]) -> None:
    """Rows that differ in their first number, or in that and the account."""
    _pair_all(paired, Relation.numbers, ours, theirs, lambda row: (row.account, row.amount_fen))
    _pair_all(paired, Relation.numbers, ours, theirs, lambda row: row.amount_fen)


def _leave(paired: Paired, ours: list[BookRow], theirs: list[StatementRow]) -> None:
    """Rows without a number have nothing in common."""
    paired.ours += ours
    paired.theirs += theirs


def _pair_all(
    paired: Paired,
    relation: Relation,
    ours: list[BookRow],
    theirs: list[StatementRow],
    alike: Callable[[BookRow | StatementRow], Hashable],
) -> None:
    """Pairs rows that are alike, one with one, in order, and takes them out of both lists."""
    waiting = defaultdict(list)
    for their in reversed(theirs):
        waiting[alike(their)].append(their)
    alone = []
    for our in ours:
        if waiting[alike(our)]:
            paired.findings.append(Finding(relation, (our,), (waiting[alike(our)].pop(),)))
        else:
            alone.append(our)
    ours[:] = alone
    left = {id(row) for rows in waiting.values() for row in rows}
    theirs[:] = [row for row in theirs if id(row) in left]


def _grouped(rows: Iterable[Row], number: Callable[[Row], str]) -> dict[tuple[str, bool], list[Row]]:
    """Rows by number and direction, in an order that does not depend on the order in which they came."""
    groups = defaultdict(list)
    for row in sorted(rows, key=_rank):
        groups[number(row), row.amount_fen < 0].append(row)
    return groups


def _rank(row: BookRow | StatementRow) -> tuple[str, int, str, str, int]:
    """Of rows that are equal otherwise, ours that was due first and theirs that stands first come first."""
    place = row.expected_on.toordinal() if isinstance(row, BookRow) else row.line_no
    return row.account, row.amount_fen, row.second_key, row.key, place


def _sum(rows: Sequence[BookRow] | Sequence[StatementRow]) -> int:
    return sum(row.amount_fen for row in rows)
