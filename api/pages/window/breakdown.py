"""What a case would owe, worked out while it is typed; nothing is stored and nobody is asked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from settlement.assessment import Line, OpenLine, RuleSet, Transaction
from settlement.bills.differences import LineChange, changed_lines
from settlement.bills.reading import BillView, LineView
from settlement.kinds import BusinessKind
from settlement.regions import Region
from settlement.shares import Split, split
from settlement.shares.splitting import MAY_AGREE, PAYERS, Owed

CHOICES = ("each_own", "all_by_transferee", "all_by_transferor")


@dataclass(frozen=True, slots=True)
class ChoiceSums:
    """What each side would pay under one choice of payer, in fen."""

    choice: str
    paid_by: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Breakdown:
    """The lines that this region's bill collects, what is still open, the sum in fen and what each choice makes of it.

    `elsewhere` are lines that the rules find too but that this region does not collect by its bill. Without a price
    (`priced`) the bounds of what is open say nothing.
    """

    lines: tuple[Line, ...]
    open: tuple[OpenLine, ...]
    elsewhere: tuple[Line, ...]
    sum_fen: int
    choices: tuple[ChoiceSums, ...]
    priced: bool


def break_down(rules: RuleSet, facts: Mapping[str, Any], region: Region, kind: BusinessKind) -> Breakdown:
    """Assesses the facts that are there so far under a set of rules. BadInput names a fact that cannot be."""
    transaction = Transaction.parse(facts)
    assessment = rules.assess(transaction)
    lines = tuple(one for one in assessment.lines if kind.collects(region, one.item, one.payer))
    return Breakdown(
        lines=lines,
        open=tuple(one for one in assessment.open if kind.collects(region, one.item, one.payer)),
        elsewhere=tuple(one for one in assessment.lines if one not in lines and one.amount_fen),
        sum_fen=sum(one.amount_fen for one in lines),
        choices=tuple(_sums(choice, lines) for choice in CHOICES) if set(MAY_AGREE) & set(kind.sides) else (),
        priced=transaction.price.amount_fen is not None,
    )


@dataclass(frozen=True, slots=True)
class Comparison:
    """The bill that is being corrected, by its number, beside what the facts typed so far make of it.

    Lines that are still open are left out; the sums are compared only where none is (`complete`).
    """

    number: str
    lines: tuple[LineChange, ...]
    old_fen: int
    new_fen: int
    complete: bool


def compare(last: BillView, owed: Breakdown) -> Comparison:
    """What changes against the last calculation, line by line."""
    still_open = {one.item for one in owed.open}
    old, new = _amounts(last.lines), _amounts(owed.lines)
    changes = tuple(one for one in changed_lines(old, new) if one.item not in still_open)
    return Comparison(last.number, changes, last.amount_fen, owed.sum_fen, not owed.open)


def _amounts(lines: Sequence[Line] | Sequence[LineView]) -> dict[tuple[str, str], int]:
    sums: dict[tuple[str, str], int] = {}
    for one in lines:
        sums[one.item, one.payer] = sums.get((one.item, one.payer), 0) + one.amount_fen
    return sums


def _sums(choice: str, lines: Sequence[Line]) -> ChoiceSums:
    owed = [Owed(place, one.item, one.payer, one.amount_fen) for place, one in enumerate(lines)]
    pieces = split(Split.model_validate({"choice": choice}), owed)
    sides = (*MAY_AGREE, *(side for side in PAYERS if side not in MAY_AGREE and any(one.payer == side for one in owed)))
    sums = {side: sum(piece.amount_fen for piece in pieces if piece.payer == side) for side in sides}
    return ChoiceSums(choice, sums)
