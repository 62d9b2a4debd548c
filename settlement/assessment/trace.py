"""The trace: every step of a calculation with its exact value, as it was worked out and in that order.

Explanations, the clerk's view and the auditor's tree are all read from these steps; nothing is worked out twice.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

Number = int | Fraction
Value = Number | Decimal | bool | str | date


@dataclass(frozen=True, slots=True)
class Step:
    """One step: its form in the rule language, what it is called, its value, and the steps it was made of.

    `detail` holds what a form has beyond that: of a decision the rule and the rules that did not apply, of a table
    the row, of a parameter the level that set it.
    """

    form: str
    value: Value
    of: tuple["Step", ...] = ()
    name: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)


def exact_text(value: Value) -> str:
    """A value as exact text: a decimal where it ends, otherwise a fraction such as 20/21."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Fraction):
        return _fraction_text(value)
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    return value.isoformat() if isinstance(value, date) else str(value)


def _fraction_text(value: Fraction) -> str:
    rest = value.denominator
    twos = fives = 0
    while rest % 2 == 0:
        rest, twos = rest // 2, twos + 1
    while rest % 5 == 0:
        rest, fives = rest // 5, fives + 1
    if rest != 1:
        return f"{value.numerator}/{value.denominator}"
    places = max(twos, fives)
    digits = str(abs(value.numerator) * 10**places // value.denominator).rjust(places + 1, "0")
    sign = "-" if value < 0 else ""
    return sign + (digits if places == 0 else f"{digits[:-places]}.{digits[-places:]}")


def tree(step: Step) -> dict[str, Any]:
    """The step and all below it as a JSON-able tree."""
    node: dict[str, Any] = {"form": step.form, "value": exact_text(step.value)}
    if step.name:
        node["name"] = step.name
    node.update(step.detail)
    if step.of:
        node["of"] = [tree(part) for part in step.of]
    return node
