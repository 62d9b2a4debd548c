"""The words of the rule files: every fact that a rule may ask for, its kind, and what its absence means."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from settlement.assessment.trace import Value

Kind = Literal["choice", "flag", "count", "area", "fen", "rate", "day", "months"]


class Name(BaseModel):
    """A name or a sentence in both languages."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    zh: str
    en: str


class FactEntry(BaseModel):
    """One entry of facts.yaml.

    `absent` says what it means that the fact is missing: `unknown` (ask for it), `none` (there is none, which a
    rule can see with `known: false`), or the value that then holds. `low` and `high` bound what can be assumed
    of an unknown number. A `contestable` fact is one that a payer may dispute: they are told what it would change.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    kind: Kind
    zh: str
    en: str
    absent: str | bool | int = "unknown"
    words: Mapping[str, Name] = {}
    low: Decimal = Decimal(0)
    high: Decimal = Decimal(0)
    unit: Name | None = None
    contestable: bool = False

    @property
    def values(self) -> tuple[str, ...]:
        """The words that a choice may be."""
        return tuple(self.words)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """All facts by name; `absent` says of each what it means that it is missing."""

    facts: Mapping[str, FactEntry]
    absent: Mapping[str, str | bool | int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "absent", {name: entry.absent for name, entry in self.facts.items()})

    def __contains__(self, name: str) -> bool:
        return name in self.facts

    def __getitem__(self, name: str) -> FactEntry:
        return self.facts[name]

    def value_of(self, name: str, raw: Any) -> Value:
        """A value written in a rule file, as the kind of the fact wants it; raises ValueError with what is allowed."""
        entry = self.facts[name]
        match entry.kind:
            case "choice" if raw in entry.values:
                return str(raw)
            case "flag" if isinstance(raw, bool):
                return raw
            case "count" | "months" | "fen" if type(raw) is int:
                return raw
            case "area" | "rate" if isinstance(raw, str | int):
                return Fraction(str(raw))
            case "day":
                return raw if type(raw) is date else date.fromisoformat(str(raw))
        raise ValueError(f"{name}: {raw!r} is not a {entry.kind} {entry.values or ''}")


def number(raw: Value) -> int | Fraction:
    """A fact as a number to calculate with."""
    if type(raw) is int or type(raw) is Fraction:
        return raw
    raise TypeError(f"{raw!r} is not a number")
