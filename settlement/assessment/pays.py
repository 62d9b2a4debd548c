"""What a rule says is owed: a rate of a base, an amount, so much a piece, by brackets, or nothing."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple, Protocol

from settlement.assessment.formula_reader import Names, parse
from settlement.assessment.formulas import UNITS, Formula, Literal, Row, Table, rounded
from settlement.assessment.rule_files import Version
from settlement.assessment.run import Run
from settlement.assessment.trace import Number, Step
from settlement.assessment.vocabulary import number


class Owed(NamedTuple):
    """A step with the amount; `base` and `rate` where the rule has them; `due` false where no line arises."""

    step: Step
    base: Number | None = None
    rate: Number | None = None
    due: bool = True


class Pays(Protocol):
    """One of the ways of saying what is owed."""

    def owed(self, run: Run) -> Owed:
        """Works it out; raises NeedsFact where it turns on something unknown."""

    def formulas(self) -> Iterator[Formula]:
        """The formulas it is made of."""


@dataclass(frozen=True, slots=True)
class Rounding:
    """To a unit of money, fixed or left to a parameter; what is below `free_below` is not collected."""

    unit: str | None
    free_below: Number | None = None

    def of(self, step: Step, run: Run) -> Step:
        if self.free_below is not None and number(step.value) < self.free_below:
            return Step("free_below", 0, (step,), detail={"below": str(self.free_below)})
        if self.unit is None:
            return step
        unit = self.unit
        if unit.startswith("parameters."):
            unit = str(run.parameter(unit.removeprefix("parameters.")).value)
        return Step("round", rounded(number(step.value), unit), (step,), detail={"to": unit})


@dataclass(frozen=True, slots=True)
class Rate:
    """A share of a base. With `relief` both the tax and what is taken off are rounded, as the return forms do."""

    rate: Formula
    of: Formula
    share: Formula | None
    relief: Formula | None
    rounding: Rounding

    def owed(self, run: Run) -> Owed:
        base, rate = self.of.evaluate(run), self.rate.evaluate(run)
        factors: tuple[Step, ...] = (base, rate)
        share = number(rate.value)
        if self.share:
            factors = (*factors, part := self.share.evaluate(run))
            share = share * number(part.value)
        tax = self.rounding.of(Step("times", share * number(base.value), factors), run)
        if self.relief:
            off = self.relief.evaluate(run)
            taken = Step("times", number(off.value) * number(tax.value), (tax, off))
            taken = self.rounding.of(taken, run)
            tax = Step("minus", number(tax.value) - number(taken.value), (tax, taken))
            share = share * (1 - number(off.value))
        return Owed(tax, number(base.value), share)

    def formulas(self) -> Iterator[Formula]:
        yield from (each for each in (self.of, self.rate, self.share, self.relief) if each)


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount as a formula gives it."""

    amount: Formula
    rounding: Rounding

    def owed(self, run: Run) -> Owed:
        return Owed(self.rounding.of(self.amount.evaluate(run), run))

    def formulas(self) -> Iterator[Formula]:
        yield self.amount


@dataclass(frozen=True, slots=True)
class Each:
    """So much for each piece."""

    each: Formula
    pieces: Formula

    def owed(self, run: Run) -> Owed:
        each, pieces = self.each.evaluate(run), self.pieces.evaluate(run)
        return Owed(Step("times", number(each.value) * number(pieces.value), (each, pieces)))

    def formulas(self) -> Iterator[Formula]:
        yield self.each
        yield self.pieces


@dataclass(frozen=True, slots=True)
class ByBrackets:
    """The progressive tax on a gain: brackets on gain to deductions, gain × rate − deductions × less."""

    gain: Formula
    deductions: Formula
    rates: Table
    less: Table
    rounding: Rounding

    def owed(self, run: Run) -> Owed:
        gain, deductions = self.gain.evaluate(run), self.deductions.evaluate(run)
        high = number(gain.value)
        low = number(deductions.value)
        ratio = Fraction(high) / low if low else Fraction(high and 10**15)
        place = self.rates.place(ratio)
        rate, less = self.rates.rows[place].value.evaluate(run), self.less.rows[place].value.evaluate(run)
        first = Step("times", high * number(rate.value), (gain, rate), detail={"row": place + 1})
        second = Step("times", low * number(less.value), (deductions, less))
        tax = Step("minus", number(first.value) - number(second.value), (first, second))
        return Owed(self.rounding.of(tax, run), high, number(rate.value))

    def formulas(self) -> Iterator[Formula]:
        yield from (self.gain, self.deductions, self.rates, self.less)


@dataclass(frozen=True, slots=True)
class Nothing:
    """Nothing is owed: exempt keeps the line, otherwise there is none."""

    line: bool

    def owed(self, run: Run) -> Owed:
        return Owed(Step("exempt" if self.line else "not_due", 0), due=self.line)

    def formulas(self) -> Iterator[Formula]:
        return iter(())


def read(version: Version, names: Names, rounding: str | None) -> Pays:
    """Reads what a version says; `rounding` is the unit where it names none."""
    if version.exempt or version.not_due:
        return Nothing(line=version.exempt)
    unit = version.round or rounding
    if unit is not None and unit.startswith("parameters."):
        names.parameter_of(unit.removeprefix("parameters."))
    elif unit is not None and unit not in UNITS:
        raise ValueError(f"round: {unit} is not one of {', '.join(UNITS)}")
    free = None if version.free_below is None else parse(version.free_below, names)
    how = Rounding(unit, free.value if isinstance(free, Literal) else None)
    if version.progressive is not None:
        return _brackets(version, names, how)
    if version.rate is not None:
        share, relief = (None if raw is None else parse(raw, names) for raw in (version.share, version.relief))
        return Rate(parse(version.rate, names), parse(version.of, names), share, relief, how)
    if version.each is not None:
        return Each(parse(version.each, names), parse(version.pieces, names))
    return Amount(parse(version.amount, names), how)


def _brackets(version: Version, names: Names, how: Rounding) -> ByBrackets:
    progressive = version.progressive
    assert progressive is not None
    gain, deductions = parse(progressive.gain, names), parse(progressive.deductions, names)
    keys = [Fraction(row["up_to"]) if "up_to" in row else None for row in progressive.rows]
    ratio = Literal(0)
    tables = [
        Table(
            "brackets",
            ratio,
            tuple(Row(k, Literal(Fraction(r[word]))) for k, r in zip(keys, progressive.rows, strict=True)),
        )
        for word in ("rate", "less")
    ]
    return ByBrackets(gain, deductions, tables[0], tables[1], how)
