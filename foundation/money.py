"""Money: whole fen inside, yuan where people read.

The one place where a fraction of a fen becomes fen (`round_half_up`) and where an amount is divided among
several (`divide`). No float comes near either.
"""

import re
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from foundation.errors import BadInput

_YUAN = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,2})?")
_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_UNITS = ("", "拾", "佰", "仟")
_GROUPS = ("", "万", "亿", "万亿")


def round_half_up(fen: Fraction) -> int:
    """Rounds an exact amount in fen to whole fen; a half goes away from zero."""
    doubled = abs(fen) * 2
    whole = (doubled.numerator // doubled.denominator + 1) // 2
    return whole if fen >= 0 else -whole


def divide(fen: int, weights: Sequence[Fraction]) -> list[int]:
    """Divides an amount by weights into whole fen that sum to it exactly.

    Largest remainder: each part is rounded down, and the fen that are left go one by one to the parts with
    the largest remainder; of equal remainders the earlier part gets it, so that the owner of the rest is fixed.
    """
    total = sum(weights)
    if fen < 0 or total <= 0 or any(weight < 0 for weight in weights):
        raise BadInput("weights", [str(weight) for weight in weights], "not negative, with a sum above zero")
    exact = [fen * weight / total for weight in weights]
    parts = [share.numerator // share.denominator for share in exact]
    by_remainder = sorted(range(len(parts)), key=lambda i: (parts[i] - exact[i], i))
    for i in by_remainder[: fen - sum(parts)]:
        parts[i] += 1
    return parts


def yuan(fen: int) -> str:
    """An amount as people read it: 1234567 → '12,345.67'."""
    sign = "-" if fen < 0 else ""
    whole, rest = divmod(abs(fen), 100)
    return f"{sign}{whole:,}.{rest:02d}"


def plain_yuan(fen: int) -> str:
    """An amount as wire formats want it, without separators: 1234567 → '12345.67'."""
    return yuan(fen).replace(",", "")


def fen_of(yuan_text: str, field: str = "amount") -> int:
    """Parses an amount in yuan with at most two decimals into fen."""
    plain = yuan_text.replace(",", "")
    if not _YUAN.fullmatch(plain):
        raise BadInput(field, yuan_text, "an amount in yuan with at most two decimals, such as 12345.67")
    return int(Decimal(plain) * 100)


def capital_yuan(fen: int) -> str:
    """An amount in capital characters, as on a receipt: 1500050 → '壹万伍仟元伍角'."""
    if fen < 0:
        return "负" + capital_yuan(-fen)
    whole, rest = divmod(fen, 100)
    jiao, cents = divmod(rest, 10)
    text = _capital_integer(whole) + "元" if whole else ""
    if rest == 0:
        return (text or "零元") + "整"
    if jiao:
        text += _DIGITS[jiao] + "角"
    elif whole:
        text += "零"
    return text + (_DIGITS[cents] + "分" if cents else "")


def _capital_integer(number: int) -> str:
    groups = []
    while number:
        number, group = divmod(number, 10_000)
        groups.append(group)
    text = ""
    for place in reversed(range(len(groups))):
        group = groups[place]
        if group == 0:
            continue
        if text and (group < 1000 or groups[place + 1] == 0):
            text += "零"
        text += _capital_group(group) + _GROUPS[place]
    return text


def _capital_group(group: int) -> str:
    text = ""
    for place in reversed(range(4)):
        digit = group // 10**place % 10
        if digit:
            text += _DIGITS[digit] + _UNITS[place]
        elif text and group % 10**place:
            text += "" if text.endswith("零") else "零"
    return text
