"""Formulas of the rule language: a closed set of forms, each a few words of YAML, evaluated exactly.

A name is a fact, a quantity or `parameters.<id>`. Beyond names there are `{yuan: "80"}`, `{number: "0.05"}`,
`{plus: […]}`, `{minus: [a, b, …]}` (a less all others), `{times: […]}`, `{divide: [a, b]}`, `{greatest: […]}`,
`{least: […]}`, `{not_below_zero: x}`, `{or_zero: fact}` (an absent amount counts as nothing), `{if_known: [fact, …,
otherwise]}`, `{round: x, to: fen|jiao|yuan}`, `{years: {since, until, part_counts_over_months}}`,
`{brackets: {by, rows}}`, `{choice: {by, rows}}` and `{charge: id, payer: role}`. There is no other way to calculate.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Protocol

from foundation.money import round_half_up
from settlement.assessment.errors import BadRules, NeedsFact
from settlement.assessment.periods import whole_years
from settlement.assessment.run import Run
from settlement.assessment.trace import Number, Step, Value
from settlement.assessment.vocabulary import number

UNITS = {"fen": 1, "jiao": 10, "yuan": 100}


class Formula(Protocol):
    """Anything that can be worked out in a run."""

    def evaluate(self, run: Run) -> Step:
        """The value as a step; raises NeedsFact where it turns on something unknown."""

    def parts(self) -> Iterator["Formula"]:
        """The formulas directly below."""


@dataclass(frozen=True, slots=True)
class Literal:
    """A number that stands in the rule file; money is in fen."""

    value: Number

    def evaluate(self, run: Run) -> Step:
        return Step("number", self.value)

    def parts(self) -> Iterator[Formula]:
        return iter(())


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact of the transaction; an absent one is asked for, or with `or_zero` counts as nothing."""

    name: str
    or_zero: bool = False

    def evaluate(self, run: Run) -> Step:
        value = run.fact(self.name)
        if value is None and not self.or_zero:
            raise NeedsFact(self.name)
        return Step("fact", 0 if value is None else value, name=self.name)

    def parts(self) -> Iterator[Formula]:
        return iter(())


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter that the law leaves to a level, or that changes by date."""

    name: str

    def evaluate(self, run: Run) -> Step:
        return run.parameter(self.name)

    def parts(self) -> Iterator[Formula]:
        return iter(())


@dataclass(frozen=True, slots=True)
class Quantity:
    """A named amount that has rules of its own."""

    name: str

    def evaluate(self, run: Run) -> Step:
        return run.quantity(self.name)

    def parts(self) -> Iterator[Formula]:
        return iter(())


@dataclass(frozen=True, slots=True)
class Charge:
    """What a payer owes by another charge."""

    name: str
    payer: str

    def evaluate(self, run: Run) -> Step:
        return run.charge(self.name, self.payer)

    def parts(self) -> Iterator[Formula]:
        return iter(())


def _minus(values: Sequence[Number]) -> Number:
    return values[0] - sum(values[1:])


def _times(values: Sequence[Number]) -> Number:
    product: Number = 1
    for value in values:
        product = product * value
    return product


def _divide(values: Sequence[Number]) -> Number:
    above, below = values
    return Fraction(above) / below


OPERATIONS: Mapping[str, Callable[[Sequence[Number]], Number]] = {
    "plus": sum,
    "minus": _minus,
    "times": _times,
    "divide": _divide,
    "greatest": max,
    "least": min,
    "not_below_zero": lambda values: max(values[0], 0),
}


@dataclass(frozen=True, slots=True)
class Operation:
    """One of OPERATIONS on the values below."""

    form: str
    of: tuple[Formula, ...]

    def evaluate(self, run: Run) -> Step:
        steps = tuple([part.evaluate(run) for part in self.of])
        return Step(self.form, OPERATIONS[self.form]([number(step.value) for step in steps]), steps)

    def parts(self) -> Iterator[Formula]:
        return iter(self.of)


@dataclass(frozen=True, slots=True)
class IfKnown:
    """The first of the facts that is there; the last formula where none is."""

    facts: tuple[Fact, ...]
    otherwise: Formula

    def evaluate(self, run: Run) -> Step:
        for fact in self.facts:
            if run.fact(fact.name) is not None:
                return fact.evaluate(run)
        return self.otherwise.evaluate(run)

    def parts(self) -> Iterator[Formula]:
        yield from self.facts
        yield self.otherwise


@dataclass(frozen=True, slots=True)
class Rounded:
    """Half up to a unit of money."""

    of: Formula
    unit: str

    def evaluate(self, run: Run) -> Step:
        step = self.of.evaluate(run)
        return Step("round", rounded(number(step.value), self.unit), (step,), detail={"to": self.unit})

    def parts(self) -> Iterator[Formula]:
        yield self.of


@dataclass(frozen=True, slots=True)
class Years:
    """Whole years between two days; a part of a year counts as one if it is longer than so many months."""

    since: str
    until: str
    part_counts_over_months: int

    def evaluate(self, run: Run) -> Step:
        since, until = run.day(self.since), run.day(self.until)
        if since is None or until is None:
            raise BadRules(f"years: {self.since} and {self.until} must be days that are known or asked for")
        years = whole_years(since, until, self.part_counts_over_months)
        detail = {"since": since.isoformat(), "until": until.isoformat(), "over_months": self.part_counts_over_months}
        return Step("years", years, detail=detail)

    def parts(self) -> Iterator[Formula]:
        yield Fact(self.since)
        yield Fact(self.until)


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table: the value, up to a bound that it includes (brackets) or for one word (choice)."""

    key: Number | str | None
    value: Formula


@dataclass(frozen=True, slots=True)
class Table:
    """`brackets` take the first row whose bound is not exceeded, `choice` the row of the word."""

    form: str
    on: Formula
    rows: tuple[Row, ...]

    def evaluate(self, run: Run) -> Step:
        on = self.on.evaluate(run)
        place = self.place(on.value)
        step = self.rows[place].value.evaluate(run)
        detail = {"row": place + 1, **self._bounds(place)}
        return Step(self.form, step.value, (on, step), detail=detail)

    def place(self, value: Value) -> int:
        """Which row a value falls into."""
        if self.form == "choice":
            return next(i for i, row in enumerate(self.rows) if row.key == value)
        amount = number(value)
        return next(i for i, row in enumerate(self.rows) if row.key is None or amount <= row.key)  # type: ignore[operator]

    def _bounds(self, place: int) -> dict[str, str]:
        if self.form == "choice":
            return {"for": str(self.rows[place].key)}
        bounds = {}
        if place:
            bounds["above"] = str(self.rows[place - 1].key)
        if self.rows[place].key is not None:
            bounds["up_to"] = str(self.rows[place].key)
        return bounds

    def parts(self) -> Iterator[Formula]:
        yield self.on
        for row in self.rows:
            yield row.value


def rounded(value: Number, unit: str) -> int:
    """Rounds half up to whole fen, jiao or yuan; the result is in fen."""
    if unit == "fen":
        return value if type(value) is int else round_half_up(Fraction(value))
    size = UNITS[unit]
    return round_half_up(Fraction(value) / size) * size


def everything_in(formula: Formula) -> Iterator[Formula]:
    """The formula and all below it."""
    yield formula
    for part in formula.parts():
        yield from everything_in(part)


def day_value(value: Value | None) -> date | None:
    """A fact that must be a day, or none."""
    if value is None or isinstance(value, date):
        return value
    raise BadRules(f"{value!r} is not a day")
