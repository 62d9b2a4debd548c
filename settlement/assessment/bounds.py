"""The bounds that the rules of a region compare facts with: where an unknown fact can make a difference."""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from settlement.assessment.conditions import Condition
from settlement.assessment.formulas import Fact, Formula, Table, everything_in
from settlement.assessment.resolution import RegionRules, Timetable
from settlement.assessment.trace import Value


def bounds_of(rules: RegionRules) -> Mapping[str, frozenset[Value]]:
    """By fact, every value that a condition or a table of the region compares it with."""
    found: dict[str, set[Value]] = defaultdict(set)
    for timetable in (*rules.charges, *rules.quantities.values()):
        for name, value in _compared(timetable, rules):
            found[name].add(value)
    return {name: frozenset(values) for name, values in found.items()}


def _compared(timetable: Timetable, rules: RegionRules) -> Iterator[tuple[str, Value]]:
    definition = timetable.definition
    yield from _in_condition(definition.applies, rules)
    for rule in definition.rules:
        yield from _in_condition(rule.when, rules)
        for version in rule.versions:
            for formula in version.pays.formulas():
                yield from _in_tables(formula)


def _in_condition(condition: Condition, rules: RegionRules) -> Iterator[tuple[str, Value]]:
    for demand in condition.demands():
        for value in demand.values or ():
            yield demand.name, value
        for bound in demand.bounds:
            if bound.value is not None:
                yield demand.name, bound.value
            elif bound.parameter is not None:
                for settings in rules.values[bound.parameter].values():
                    for _, setting in settings:
                        yield demand.name, setting.value


def _in_tables(formula: Formula) -> Iterator[tuple[str, Value]]:
    for part in everything_in(formula):
        if isinstance(part, Table) and isinstance(part.on, Fact):
            for row in part.rows:
                if row.key is not None:
                    yield part.on.name, row.key
