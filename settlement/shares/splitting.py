"""Divides the lines of a bill among its payers, as the parties chose.

The law says who owes a line. Transferee and transferor may agree who pays it; a mortgagee, an owner or an applicant
pays what they owe: a mortgagee's fee may not be passed on (发改价格规〔2016〕2559号 四), and the others stand alone.
Whatever is agreed, the pieces of a line sum to the line. Where a fen is left over it goes by largest remainder, of
equal remainders to the transferee.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from foundation.errors import BadInput
from foundation.money import divide

MAY_AGREE = ("transferee", "transferor")
PAYERS = (*MAY_AGREE, "owner", "applicant", "mortgagee")
"""Everybody who can owe a line of a bill, as the rules name them, in the order in which pages show them."""

_Fen = Annotated[int, Field(ge=0, le=10**14)]
_Weight = Annotated[Decimal, Field(ge=0, le=1_000_000, max_digits=14)]


class SharesNotEven(BadInput):
    """What was given for the payers does not sum to the line."""

    code = "shares_do_not_sum"


class CustomShare(BaseModel):
    """Who pays one line of a custom split: in fen, or in parts of the whole; one of the two."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    item: str
    payer: str = Field(description="who owes the line by law; an item may be owed by both sides")
    transferee_fen: _Fen | None = None
    transferor_fen: _Fen | None = None
    transferee_parts: _Weight | None = None
    transferor_parts: _Weight | None = None


class Split(BaseModel):
    """The parties' choice.

    `custom` takes a ratio for all lines, a list line by line, or both (the list goes first). A line that neither names
    is paid by whoever owes it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    choice: Literal["all_by_transferee", "all_by_transferor", "each_own", "custom"]
    transferee_parts: _Weight | None = None
    transferor_parts: _Weight | None = None
    lines: tuple[CustomShare, ...] = ()


@dataclass(frozen=True, slots=True)
class Owed:
    """A line as far as splitting goes: its place on the bill, item, who owes it, fen."""

    ordinal: int
    item: str
    payer: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class Piece:
    """What one payer pays of one line; never zero."""

    ordinal: int
    payer: str
    amount_fen: int


def split(choice: Split, lines: Sequence[Owed]) -> list[Piece]:
    """The pieces of all lines, summing to each line. SharesNotEven or BadInput where the choice does not fit."""
    _refuse_what_does_not_fit(choice, lines)
    named = {(share.item, share.payer): share for share in choice.lines}
    pieces = []
    for line in lines:
        if line.payer not in MAY_AGREE:
            pieces += [Piece(line.ordinal, line.payer, line.amount_fen)] if line.amount_fen else []
            continue
        amounts = _amounts(choice, named.get((line.item, line.payer)), line)
        if sum(amounts) != line.amount_fen:
            raise SharesNotEven(
                f"split.lines[{line.item}]",
                list(amounts),
                f"amounts that sum to {line.amount_fen} fen; these sum to {sum(amounts)}",
            )
        pieces += [Piece(line.ordinal, payer, fen) for payer, fen in zip(MAY_AGREE, amounts, strict=True) if fen]
    return pieces


def _amounts(choice: Split, custom: CustomShare | None, line: Owed) -> Sequence[int]:
    """What transferee and transferor pay of a line that one of them owes."""
    whole_to = {"all_by_transferee": "transferee", "all_by_transferor": "transferor"}
    if choice.choice in whole_to:
        return [line.amount_fen if payer == whole_to[choice.choice] else 0 for payer in MAY_AGREE]
    if custom and custom.transferee_fen is not None and custom.transferor_fen is not None:
        return [custom.transferee_fen, custom.transferor_fen]
    parts = custom or choice
    if parts.transferee_parts is not None and parts.transferor_parts is not None:
        return divide(line.amount_fen, [Fraction(parts.transferee_parts), Fraction(parts.transferor_parts)])
    return [line.amount_fen if payer == line.payer else 0 for payer in MAY_AGREE]


def _refuse_what_does_not_fit(choice: Split, lines: Sequence[Owed]) -> None:
    if choice.choice != "custom" and (choice.lines or choice.transferee_parts or choice.transferor_parts):
        raise BadInput("split.choice", choice.choice, "'custom' where shares are given line by line or as a ratio")
    _refuse_half(choice.transferee_parts, choice.transferor_parts, "split")
    owed = {(line.item, line.payer) for line in lines if line.payer in MAY_AGREE}
    seen = set()
    for share in choice.lines:
        key = (share.item, share.payer)
        if key not in owed:
            known = ", ".join(f"{item} of the {payer}" for item, payer in sorted(owed))
            raise BadInput(
                "split.lines", f"{share.item} of the {share.payer}", f"a line that these two may divide: {known}"
            )
        if key in seen:
            raise BadInput("split.lines", f"{share.item} of the {share.payer}", "each line once")
        seen.add(key)
        where = f"split.lines[{share.item}]"
        in_fen = _refuse_half(share.transferee_fen, share.transferor_fen, where)
        in_parts = _refuse_half(share.transferee_parts, share.transferor_parts, where)
        if in_fen == in_parts:
            raise BadInput(where, share.model_dump(exclude_none=True), "either both amounts in fen or both parts")


def _refuse_half(one: int | Decimal | None, other: int | Decimal | None, where: str) -> bool:
    if (one is None) != (other is None):
        raise BadInput(where, [one, other], "a figure for the transferee and one for the transferor")
    if isinstance(one, Decimal) and one + (other or 0) == 0:
        raise BadInput(where, [str(one), str(other)], "parts with a sum above zero")
    return one is not None
