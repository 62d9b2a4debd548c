"""Exact fractions in columns: whole numerators over a denominator, in 64 bits while they fit, beyond that in Python's.

No float anywhere: before every product the largest values are multiplied first, and where they could leave 64 bits
the column turns into one of Python's integers, slower and just as exact.
"""

from dataclasses import dataclass
from math import gcd
from typing import Any

import numpy as np
from numpy.typing import NDArray

from settlement.assessment.trace import Number

Whole = NDArray[Any] | int
_ROOM = 2**61


@dataclass(frozen=True, slots=True)
class Exact:
    """A column of fractions; numerator and denominator are a column or one number, the denominator above zero."""

    num: Whole
    den: Whole = 1


def of(number: Number) -> Exact:
    """The same fraction in every row."""
    return Exact(number) if isinstance(number, int) else Exact(number.numerator, number.denominator)


def largest(whole: Whole) -> int:
    """The largest absolute value."""
    if isinstance(whole, int):
        return abs(whole)
    return max(abs(int(whole.max())), abs(int(whole.min()))) if whole.size else 0


def product(one: Whole, other: Whole) -> Whole:
    """one × other without overflow."""
    if isinstance(one, int) and isinstance(other, int):
        return one * other
    if largest(one) * largest(other) < _ROOM:
        return one * other
    return _wide(one) * _wide(other)


def _wide(whole: Whole) -> Whole:
    return whole if isinstance(whole, int) else whole.astype(object)


def plus(one: Exact, other: Exact, sign: int = 1) -> Exact:
    """one + other, or with sign -1 one − other."""
    if isinstance(one.den, int) and isinstance(other.den, int):
        shared = gcd(one.den, other.den)
        left, right = other.den // shared, one.den // shared
        return Exact(product(one.num, left) + product(other.num, right * sign), one.den * left)
    crossed = product(product(other.num, one.den), sign)
    return Exact(product(one.num, other.den) + crossed, product(one.den, other.den))


def times(one: Exact, other: Exact) -> Exact:
    """one × other."""
    return Exact(product(one.num, other.num), product(one.den, other.den))


def divide(one: Exact, other: Exact) -> Exact:
    """one / other; a row that divides by zero is one that no rule uses, and gives something."""
    below = other.num
    if isinstance(below, int):
        return Exact(product(one.num, other.den), product(one.den, below or 1))
    return Exact(product(one.num, other.den), product(one.den, np.where(below > 0, below, 1)))


def less(one: Exact, other: Exact) -> NDArray[np.bool_] | bool:
    """Where one < other."""
    return product(one.num, other.den) < product(other.num, one.den)


def where(mask: Any, one: Exact, other: Exact) -> Exact:
    """one where the mask holds, other elsewhere."""
    if isinstance(one.den, int) and isinstance(other.den, int):
        shared = one.den * other.den // gcd(one.den, other.den)
        top, bottom = product(one.num, shared // one.den), product(other.num, shared // other.den)
        return Exact(np.where(mask, top, bottom), shared)
    return Exact(np.where(mask, one.num, other.num), np.where(mask, one.den, other.den))


def rounded(value: Exact, unit: Whole = 1) -> Exact:
    """Half up to a unit; a half goes away from zero, as `foundation.money.round_half_up` has it."""
    below = product(value.den, unit)
    if isinstance(value.num, int) and isinstance(below, int) and isinstance(unit, int):
        units = (2 * abs(value.num) + below) // (2 * below)
        return Exact((units if value.num >= 0 else -units) * unit)
    above: Any = product(value.num, 2)
    sizes = (abs(above) + below) // product(below, 2)
    return Exact(_narrow(product(np.where(np.asarray(above) < 0, -sizes, sizes), unit)))


def _narrow(whole: Whole) -> Whole:
    if not isinstance(whole, int) and whole.dtype == object and largest(whole) < _ROOM:
        return whole.astype(np.int64)
    return whole
