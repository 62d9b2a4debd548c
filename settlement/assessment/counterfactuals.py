"""What would change a line: the same transaction run again with one fact that the payer may dispute."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from settlement.assessment.evaluation import Evaluation
from settlement.assessment.facts import units_of
from settlement.assessment.resolution import Timetable
from settlement.assessment.rule_set import RuleSet
from settlement.assessment.trace import Value, exact_text
from settlement.assessment.transaction import Transaction
from settlement.assessment.unknowns import outcomes


@dataclass(frozen=True, slots=True)
class Change:
    """If `fact` were `value`, the payer would owe `amount_fen` of the item by `rule`."""

    item: str
    payer: str
    fact: str
    value: str
    amount_fen: int
    rule: str


def what_would_change(rules: RuleSet, transaction: Transaction) -> list[Change]:
    """For every determined line and contestable fact, the values with which the line would be another amount."""
    region = rules.region(transaction.region)
    unit = units_of(transaction)[0]
    run = Evaluation(region, rules.vocabulary, unit.facts, rules.settled(transaction))
    found: list[Change] = []
    for timetable in region.charges:
        definition = timetable.definition
        if definition.item not in rules.files.set.items:
            continue
        now = _amounts(rules, run, timetable)
        if len(now) != 1:
            continue
        for name, value in _disputable(rules, run, timetable):
            then = _amounts(rules, _with(run, name, value), timetable)
            if len(then) == 1 and {amount for amount, _ in then} != {amount for amount, _ in now}:
                ((amount, rule),) = then
                found.append(Change(definition.item, definition.payer, name, exact_text(value), amount, rule))
    return _first_of_each(found)


def _disputable(rules: RuleSet, run: Evaluation, charge: Timetable) -> Iterator[tuple[str, Value]]:
    candidates = rules.candidates(run.rules, charge)
    for name, entry in rules.vocabulary.facts.items():
        if entry.contestable and name in run.facts:
            for value in candidates.of(name, run):
                if value != run.facts[name]:
                    yield name, value


def _with(run: Evaluation, name: str, value: Value) -> Evaluation:
    return Evaluation(run.rules, run.vocabulary, {**run.facts, name: value}, run.settled)


def _amounts(rules: RuleSet, run: Evaluation, charge: Timetable) -> frozenset[tuple[int, str]]:
    return outcomes(run, charge, partial(rules.candidates, run.rules)).found


def _first_of_each(changes: list[Change]) -> list[Change]:
    """One example of each other amount by each fact: of 2, 3 and 1000 homes only the first."""
    seen: dict[tuple[str, str, str, int, str], Change] = {}
    for each in changes:
        seen.setdefault((each.item, each.payer, each.fact, each.amount_fen, each.rule), each)
    return list(seen.values())
