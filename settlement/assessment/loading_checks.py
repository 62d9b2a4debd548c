"""The set proves itself: what can be wrong with rules is found when they are loaded, not in front of a citizen.

Checked for every district that is served, on every day on which something changes: a base rule and only one; no two
exceptions that can meet without an order; brackets that ascend and end open, choices that know every word; names,
documents and parameters that exist and are used; no amount that builds on itself; no rule that can never apply.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from itertools import combinations, pairwise

from settlement.assessment.errors import BadRules
from settlement.assessment.formulas import Charge, Fact, Formula, Quantity, Table, everything_in
from settlement.assessment.joint import can_hold
from settlement.assessment.parameter_checks import check_parameters
from settlement.assessment.pays import ByBrackets
from settlement.assessment.resolution import Active, RegionRules, Timetable
from settlement.assessment.rule_set import RuleSet
from settlement.assessment.vocabulary import Vocabulary
from settlement.assessment.word_checks import check_words


def check(loaded: RuleSet) -> None:
    """Checks the whole set; raises BadRules with the first thing that is wrong."""
    check_words(loaded.files)
    sound: set[tuple[str, ...]] = set()
    for code in loaded.files.regions:
        if len(code) != 6:
            continue
        rules = loaded.region(code)
        for timetable in (*rules.charges, *rules.quantities.values()):
            definition = timetable.definition
            names = (definition.id, definition.payer, *(rule.id for rule in definition.rules))
            if names not in sound:
                _check_definition(timetable, loaded.vocabulary, loaded.files.set.last_day)
                sound.add(names)
        _check_no_circle(rules)
    check_parameters(loaded)


def _check_definition(timetable: Timetable, vocabulary: Vocabulary, last_day: date) -> None:
    definition = timetable.definition
    _check_rules(timetable)
    _check_base(timetable, last_day)
    for rule in definition.rules:
        for version in rule.versions:
            for formula in version.pays.formulas():
                for part in everything_in(formula):
                    if isinstance(part, Table):
                        _check_table(part, rule.id, vocabulary)
            if isinstance(version.pays, ByBrackets):
                _check_ascending(version.pays.rates, rule.id)
    for day in timetable.cuts:
        for one, other in combinations(timetable.on(day), 2):
            _check_order(timetable, one, other, day)


def _check_rules(timetable: Timetable) -> None:
    definition = timetable.definition
    ids = [rule.id for rule in definition.rules]
    for rule in definition.rules:
        if ids.count(rule.id) > 1:
            raise BadRules(f"{rule.id}: two rules of {definition.id} have this id")
        for other in rule.over:
            if other != "everything" and other not in ids:
                raise BadRules(f"{rule.id}: over {other}, which is no rule of {definition.id}")
        if not can_hold(rule.when, definition.applies):
            raise BadRules(f"{rule.id}: can never apply where {definition.id} does")
        for one, other_version in combinations(rule.versions, 2):
            if other_version.from_ < (one.to or date.max) and one.from_ < (other_version.to or date.max):
                raise BadRules(f"{rule.id}: versions from {one.from_} and from {other_version.from_} overlap")


def _check_base(timetable: Timetable, last_day: date) -> None:
    """From the first day on, exactly one rule without a condition; before it there is no rule at all."""
    name = timetable.definition.id
    for day in timetable.cuts:
        bases = [each.rule.id for each in timetable.on(day) if not each.rule.when.alternatives]
        if len(bases) > 1:
            raise BadRules(f"{name}: on {day} both {bases[0]} and {bases[1]} are the base; they overlap")
        if not bases and day <= last_day:
            raise BadRules(f"{name}: on {day} there is no base rule; a gap")


def _check_order(timetable: Timetable, one: Active, other: Active, day: date) -> None:
    if other.rule.id in one.outranks and one.rule.id in other.outranks:
        raise BadRules(f"{one.rule.id} and {other.rule.id} are each said to come before the other")
    if other.rule.id in one.outranks or one.rule.id in other.outranks:
        return
    if can_hold(one.rule.when, other.rule.when, timetable.definition.applies):
        raise BadRules(f"{one.rule.id} and {other.rule.id} can both apply on {day} and neither comes first; add `over`")


def _check_table(table: Table, rule: str, vocabulary: Vocabulary) -> None:
    if table.form == "brackets":
        _check_ascending(table, rule)
        return
    if not isinstance(table.on, Fact) or vocabulary[table.on.name].kind != "choice":
        raise BadRules(f"{rule}: a choice is by a fact that is one of some words")
    known = set(vocabulary[table.on.name].values)
    if {row.key for row in table.rows} != known:
        raise BadRules(f"{rule}: the choice by {table.on.name} needs a row for each of {', '.join(sorted(known))}")


def _check_ascending(table: Table, rule: str) -> None:
    keys = [row.key for row in table.rows]
    if not keys or keys[-1] is not None:
        raise BadRules(f"{rule}: the last bracket has no up_to, or values above it fall through a gap")
    bounds = [key for key in keys[:-1] if key is not None and not isinstance(key, str)]
    if len(bounds) != len(keys) - 1 or any(low >= high for low, high in pairwise(bounds)):
        raise BadRules(f"{rule}: brackets must ascend; a row that does not can never be reached")


def _check_no_circle(rules: RegionRules) -> None:
    """No amount may build on itself, whichever rules apply."""
    timetables = (*rules.charges, *rules.quantities.values())
    below: Mapping[str, set[str]] = {each.definition.id: set(_builds_on(each)) for each in timetables}
    done: set[str] = set()

    def visit(name: str, path: tuple[str, ...]) -> None:
        if name in path:
            raise BadRules(f"builds on itself: {' → '.join((*path[path.index(name) :], name))}")
        if name not in done:
            for other in sorted(below.get(name, ())):
                visit(other, (*path, name))
            done.add(name)

    for name in below:
        visit(name, ())


def _builds_on(timetable: Timetable) -> Iterator[str]:
    for formula in formulas_of(timetable):
        if isinstance(formula, Quantity | Charge):
            yield formula.name


def formulas_of(timetable: Timetable) -> Iterator[Formula]:
    """Every formula of every rule and version, with all below it."""
    for rule in timetable.definition.rules:
        for version in rule.versions:
            for formula in version.pays.formulas():
                yield from everything_in(formula)
