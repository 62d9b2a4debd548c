"""What a case would owe, worked out while it is typed; nothing is stored and nobody is asked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from settlement.assessment import Line, OpenLine, RuleSet, Transaction
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


def _sums(choice: str, lines: Sequence[Line]) -> ChoiceSums:
    owed = [Owed(place, one.item, one.payer, one.amount_fen) for place, one in enumerate(lines)]
    pieces = split(Split.model_validate({"choice": choice}), owed)
    sides = (*MAY_AGREE, *(side for side in PAYERS if side not in MAY_AGREE and any(one.payer == side for one in owed)))
    sums = {side: sum(piece.amount_fen for piece in pieces if piece.payer == side) for side in sides}
    return ChoiceSums(choice, sums)
