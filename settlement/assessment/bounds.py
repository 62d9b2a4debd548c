"""What a charge, with the amounts it builds on, compares facts with: where an unknown one can make a difference."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from settlement.assessment.conditions import Condition
from settlement.assessment.definitions import Definition
from settlement.assessment.formulas import Charge, Fact, Formula, Quantity, Table
from settlement.assessment.resolution import RegionRules, Timetable
from settlement.assessment.trace import Value

Side = Literal["below", "above"]
"""Where beside a bound a value begins to be treated differently."""


@dataclass(frozen=True, slots=True)
class Compared:
    """What one comparison tells from all else: one of some values, or the values up to or from a bound."""

    fact: str
    values: frozenset[Value]
    sides: tuple[Side, ...] = ("below", "above")


@dataclass(frozen=True, slots=True)
class Bounds:
    """What the rules compare each fact with, and the facts that they calculate with."""

    compared: Mapping[str, frozenset[Compared]]
    calculated: frozenset[str]

    def of(self, fact: str) -> Mapping[Value, frozenset[Side]]:
        """Every single value that a fact is compared with, and on which sides of it something changes."""
        found: dict[Value, frozenset[Side]] = defaultdict(frozenset)
        for each in self.compared.get(fact, ()):
            for value in each.values:
                found[value] |= frozenset(each.sides)
        return found

    def told_apart(self, fact: str, words: Iterable[str]) -> list[str]:
        """One word of each group that the rules treat alike, the first."""
        groups: dict[tuple[bool, ...], str] = {}
        compared = tuple(self.compared.get(fact, ()))
        for word in words:
            groups.setdefault(tuple(word in each.values for each in compared), word)
        return list(groups.values())


def bounds_of(rules: RegionRules, charge: Timetable) -> Bounds:
    """The bounds of a charge and of every charge and quantity that it builds on."""
    found: dict[str, set[Compared]] = defaultdict(set)
    calculated: set[str] = set()
    for timetable in _reached_from(charge, rules):
        for each in _compared(timetable.definition, rules):
            found[each.fact].add(each)
        calculated.update(each.name for each in _formulas(timetable.definition) if isinstance(each, Fact))
    return Bounds({name: frozenset(each) for name, each in found.items()}, frozenset(calculated))


def _reached_from(charge: Timetable, rules: RegionRules) -> Iterator[Timetable]:
    waiting, seen = [charge], {f"{charge.definition.id} {charge.definition.payer}"}
    while waiting:
        current = waiting.pop()
        yield current
        for formula in _formulas(current.definition):
            if isinstance(formula, Quantity):
                key, builds_on = formula.name, rules.quantities[formula.name]
            elif isinstance(formula, Charge):
                key, builds_on = f"{formula.name} {formula.payer}", rules.by_payer[formula.name, formula.payer]
            else:
                continue
            if key not in seen:
                seen.add(key)
                waiting.append(builds_on)


def _formulas(definition: Definition) -> Iterator[Formula]:
    for rule in definition.rules:
        for version in rule.versions:
            for formula in version.pays.formulas():
                yield from _worked_out(formula)


def _worked_out(formula: Formula) -> Iterator[Formula]:
    """The formula and all below it, but not the fact that a table only looks up."""
    yield formula
    for part in formula.parts():
        if not (isinstance(formula, Table) and part is formula.on and isinstance(part, Fact)):
            yield from _worked_out(part)


def _compared(definition: Definition, rules: RegionRules) -> Iterator[Compared]:
    yield from _in_condition(definition.applies, rules)
    for _, when in definition.day.transitions:
        yield from _in_condition(when, rules)
    for rule in definition.rules:
        yield from _in_condition(rule.when, rules)
    for formula in _formulas(definition):
        if isinstance(formula, Table) and isinstance(formula.on, Fact):
            for row in formula.rows:
                if row.key is not None:
                    yield Compared(formula.on.name, frozenset([row.key]), ("above",))


def _in_condition(condition: Condition, rules: RegionRules) -> Iterator[Compared]:
    for demand in condition.demands():
        if demand.values is not None:
            yield Compared(demand.name, demand.values)
        for bound in demand.bounds:
            side: tuple[Side] = ("below",) if bound.comparison in ("at_least", "below") else ("above",)
            if bound.value is not None:
                yield Compared(demand.name, frozenset([bound.value]), side)
            elif bound.parameter is not None:
                for settings in rules.values[bound.parameter].values():
                    for _, setting in settings:
                        yield Compared(demand.name, frozenset([setting.value]), side)
