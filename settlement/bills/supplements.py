"""What a later assessment adds to a bill or takes from it: for each item and payer, what is due against what stands."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from foundation.money import yuan
from settlement.assessment import Line
from settlement.bills.storing import line_row

Key = tuple[str, str]
"""Item and payer."""


@dataclass(frozen=True, slots=True)
class Change:
    """What was billed for an item of a payer so far, and what is due by the new price; in fen."""

    item: str
    payer: str
    billed_fen: int
    due_fen: int

    @property
    def supplement_fen(self) -> int:
        """What is still owed; 0 where nothing is."""
        return max(self.due_fen - self.billed_fen, 0)

    @property
    def refund_fen(self) -> int:
        """What was billed too much; 0 where nothing was."""
        return max(self.billed_fen - self.due_fen, 0)


def summed(amounts: Iterable[tuple[str, str, int]]) -> dict[Key, int]:
    """The sum of each item and payer, of which there may be several lines (a home and its parking space)."""
    sums: dict[Key, int] = {}
    for item, payer, fen in amounts:
        sums[item, payer] = sums.get((item, payer), 0) + fen
    return sums


def changes(billed: Mapping[Key, int], lines: Sequence[Line]) -> list[Change]:
    """Every item of a payer whose amount changes, in the order of the bill."""
    due = summed((one.item, one.payer, one.amount_fen) for one in lines)
    keys = dict.fromkeys([*due, *billed])
    found = [Change(*key, billed.get(key, 0), due.get(key, 0)) for key in keys]
    return [one for one in found if one.billed_fen != one.due_fen]


def supplement_rows(bill_id: UUID, lines: Sequence[Line], changed: Sequence[Change]) -> list[Mapping[str, Any]]:
    """Rows of `line` for what is still owed. Base and rate are left out: they belong to the whole, not to the rest.

    The trace keeps the new calculation of the first line of the item beside the amount that stood before.
    """
    rows: list[Mapping[str, Any]] = []
    for one in changed:
        if one.supplement_fen:
            decided = next(line for line in lines if (line.item, line.payer) == (one.item, one.payer))
            row = line_row(bill_id, len(rows), decided)
            trace = {"due_fen": one.due_fen, "billed_fen": one.billed_fen, "due": row["trace"]}
            told = {"explanation": _explained(one, row["explanation"]), "trace": trace}
            rows.append({**row, **told, "amount_fen": one.supplement_fen, "base_fen": None, "rate": None})
    return rows


def _explained(one: Change, whole: Mapping[str, str]) -> dict[str, str]:
    due, billed, rest = yuan(one.due_fen), yuan(one.billed_fen), yuan(one.supplement_fen)
    return {
        "zh": f"按核定价格补缴 {rest} 元 = 应缴 {due} 元 − 已计 {billed} 元。{whole['zh']}",
        "en": f"To be paid in addition by the assessed price: {rest} yuan = {due} due − {billed} billed. {whole['en']}",
    }
