"""The trace: every step of a calculation with its exact value, as it was worked out and in that order.

Explanations, the clerk's view and the auditor's tree are all read from these steps; nothing is worked out twice.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple, Protocol

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

Number = int | Fraction
Value = Number | Decimal | bool | str | date


class Reasons(Protocol):
    """Why a decision came out as it did; written out only when someone reads the trace."""

    def plain(self) -> Mapping[str, Any]:
        """The reasons as JSON-able fields."""


class Step(NamedTuple):
    """One step: its form in the rule language, what it is called, its value, and the steps it was made of.

    `detail` holds what a form has beyond that: of a table the row, of a parameter the level that set it; `reasons`
    of a decision its rule and the rules that did not apply.
    """

    form: str
    value: Value
    of: tuple["Step", ...] = ()
    name: str = ""
    detail: Mapping[str, Any] | None = None
    reasons: Reasons | None = None


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
    """The step and all below it as a JSON-able tree.

    A named amount that several steps build on is written out where it comes first; later it stands with its name
    and value only, as `seen`.
    """
    return _tree(step, set())


def _tree(step: Step, seen: set[int]) -> dict[str, Any]:
    if step.form == "decision":
        if id(step) in seen:
            return {"form": "seen", "value": exact_text(step.value), "name": step.name}
        seen.add(id(step))
    node: dict[str, Any] = {"form": step.form, "value": exact_text(step.value)}
    if step.name:
        node["name"] = step.name
    node.update(step.detail or {})
    if step.reasons:
        node.update(step.reasons.plain())
    if step.of:
        node["of"] = [_tree(part, seen) for part in step.of]
    return node


class Trace(Mapping[str, Any]):
    """A step's tree, written out when someone reads it and not before: most lines are never audited."""

    __slots__ = ("_step", "_tree")

    def __init__(self, step: Step) -> None:
        self._step = step
        self._tree: dict[str, Any] | None = None

    def _written(self) -> dict[str, Any]:
        if self._tree is None:
            self._tree = tree(self._step)
        return self._tree

    def __getitem__(self, key: str) -> Any:
        return self._written()[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._written())

    def __len__(self) -> int:
        return len(self._written())

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Leaves through the API as a plain object."""
        plain = core_schema.plain_serializer_function_ser_schema(dict)
        return core_schema.is_instance_schema(cls, serialization=plain)

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"type": "object"}

    def __repr__(self) -> str:
        return f"Trace({self._step.name or self._step.form} = {exact_text(self._step.value)})"
