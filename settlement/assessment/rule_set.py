"""The rule set: read from the content of its files, named by its hash, and asked for assessments."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any

from foundation.errors import BadInput
from settlement.assessment.assessment import Assessment, Explanation, Line, OpenLine
from settlement.assessment.bounds import bounds_of
from settlement.assessment.claim import Claim
from settlement.assessment.definitions import Reader
from settlement.assessment.errors import BadRules
from settlement.assessment.evaluation import Decision, Evaluation
from settlement.assessment.explanation import question, sentence
from settlement.assessment.facts import Unit, facts_of_claim, units_of
from settlement.assessment.formula_reader import Names
from settlement.assessment.formulas import rounded
from settlement.assessment.loading import read_files
from settlement.assessment.resolution import RegionRules, Setting, Timetable
from settlement.assessment.rule_files import ParameterEntry, ParameterValue, RuleFiles
from settlement.assessment.trace import Trace, Value, exact_text
from settlement.assessment.transaction import Transaction
from settlement.assessment.unknowns import Candidates, Outcomes, outcomes, parameter_value
from settlement.assessment.vocabulary import Name, Vocabulary, number


@dataclass(frozen=True)
class RuleSet:
    """All rules of all regions. `hash` names the content; two sets with one hash assess to the byte alike."""

    version: str
    hash: str
    files: RuleFiles = field(repr=False)
    _regions: dict[str, RegionRules] = field(default_factory=dict, repr=False)
    _candidates: dict[tuple[str, str, str], Candidates] = field(default_factory=dict, repr=False)

    @classmethod
    def of_content(cls, content: Mapping[str, Any]) -> "RuleSet":
        """A set from the content of its files, as a folder or a kept set gives it."""
        rule_files = read_files(content)
        canonical = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)
        return cls(rule_files.set.version, hashlib.sha256(canonical.encode()).hexdigest(), rule_files)

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The facts that rules may ask for."""
        return Vocabulary(self.files.facts)

    def assess(self, transaction: Transaction) -> Assessment:
        """What the transaction owes.

        Raises BadInput for a region that is not served and for days that the set does not cover, RuleConflict where
        two rules apply without an order. Unknown facts raise nothing: they leave lines open.
        """
        rules = self.region(transaction.region)
        self._check_days(transaction)
        settled = self.settled(transaction)
        return self._assessed(rules, units_of(transaction), settled, self.files.set.items)

    def refund(self, claim: Claim) -> Assessment:
        """What comes back on a claim, as lines of the refund items; raises BadInput as `assess`."""
        rules = self.region(claim.region)
        found = self._assessed(rules, (Unit(0, facts_of_claim(claim, claim.date)),), {}, self.files.set.refunds)
        if not found.lines and not found.open:
            raise BadInput("date", claim.date.isoformat(), "a day on which a rule for this refund is in force")
        return found

    def _assessed(
        self, rules: RegionRules, units: tuple[Unit, ...], settled: Mapping[str, Value], items: tuple[str, ...]
    ) -> Assessment:
        lines: list[Line] = []
        still_open: list[OpenLine] = []
        candidates = partial(self.candidates, rules)
        for unit in units:
            run = Evaluation(rules, self.vocabulary, unit.facts, settled)
            for timetable in rules.charges_for(items, unit.facts):
                found = outcomes(run, timetable, candidates)
                self._add(found, unit, lines, still_open)
        return Assessment(self.hash, tuple(lines), tuple(still_open))

    def region(self, code: str) -> RegionRules:
        """The rules of a district; raises BadInput for one that is not served."""
        if code not in self._regions:
            if len(code) != 6 or code not in self.files.regions:
                known = ", ".join(sorted(code for code in self.files.regions if len(code) == 6))
                raise BadInput("region", code, f"a district that is served: {known}")
            self._regions[code] = _region_rules(self.files, code)
        return self._regions[code]

    def candidates(self, rules: RegionRules, charge: Timetable) -> Candidates:
        """What to assume of facts that are unknown to a charge of a region."""
        key = rules.region, charge.definition.id, charge.definition.payer
        if key not in self._candidates:
            self._candidates[key] = Candidates(self.vocabulary, rules.parameters, bounds_of(rules, charge))
        return self._candidates[key]

    def _check_days(self, transaction: Transaction) -> None:
        first, last = self.files.set.first_day, self.files.set.last_day
        for name in ("contract_date", "declaration_date"):
            day = getattr(transaction, name)
            if day is not None and not first <= day <= last:
                raise BadInput(name, day.isoformat(), f"a day from {first}, the first that the rules cover, to {last}")

    def settled(self, transaction: Transaction) -> dict[str, Value]:
        """The parameters that the transaction fixes, by their names in the rules."""
        given = transaction.parameters.__dict__
        return {
            name: parameter_value(kind, str(given[fixed]))
            for name, kind, fixed in self._fixable
            if given[fixed] is not None
        }

    @cached_property
    def _fixable(self) -> tuple[tuple[str, str, str], ...]:
        entries = [each for item in self.files.national.values() for each in item.parameters]
        return tuple((each.id, each.kind, each.fixed_by_case) for each in entries if each.fixed_by_case)

    def _add(self, found: Outcomes, unit: Unit, lines: list[Line], still_open: list[OpenLine]) -> None:
        if found.line is None:
            return
        decision, run = found.line
        amounts = {amount for amount, _ in found.found}
        if len(amounts) == 1:
            lines.append(_line(decision, run, unit, () if len(found.found) == 1 else found.needs))
            return
        ask = question(found.needs, self.vocabulary, self.parameter_names)
        definition = decision.definition
        still_open.append(OpenLine(definition.item, definition.payer, min(amounts), max(amounts), ask))

    @cached_property
    def parameter_names(self) -> Mapping[str, Name]:
        """What the parameters are called."""
        return {each.id: each.name for item in self.files.national.values() for each in item.parameters}


def _line(decision: Decision, run: Evaluation, unit: Unit, whatever: tuple[str, ...]) -> Line:
    owed, version = decision.owed, decision.active.version
    return Line(
        item=decision.definition.item,
        payer=decision.definition.payer,
        amount_fen=int(number(decision.step.value)),
        base_fen=None if owed.base is None else rounded(owed.base, "fen"),
        rate=None if owed.rate is None else exact_text(owed.rate),
        rule=decision.active.rule.id,
        references=version.references,
        explanation=Explanation.later(partial(sentence, decision, run, unit.attachment, whatever)),
        trace=Trace(decision.step),
    )


def _region_rules(rule_files: RuleFiles, code: str) -> RegionRules:
    names = names_of(rule_files)
    reader = Reader(names, rule_files.documents)
    local = {level: rule_files.regional.get(level, {}) for level in (code[:2], code[:4], code)}
    charges: list[Timetable] = []
    quantities: dict[str, Timetable] = {}
    for item in rule_files.national.values():
        for quantity in item.quantities:
            quantities[quantity.id] = Timetable(reader.quantity(quantity, item.item))
        for entry in item.charges:
            for payer in entry.payers:
                added = tuple(
                    reader.for_payer(payer).rule(rule, level, "fen")
                    for level, by_item in local.items()
                    if item.item in by_item
                    for rule in by_item[item.item].rules
                    if rule.charge == entry.id and rule.payer == payer
                )
                charges.append(Timetable(reader.charge(entry, item.item, item.name, payer).plus(added)))
    parameters = {each.id: each for item in rule_files.national.values() for each in item.parameters}
    values = {
        name: {
            level: tuple(_dated(entry, value, level, reader) for value in set_values)
            for level, set_values in _values_by_level(rule_files, name, local)
        }
        for name, entry in parameters.items()
    }
    return RegionRules(code, tuple(charges), quantities, parameters, values)


def _values_by_level(
    rule_files: RuleFiles, name: str, local: Mapping[str, Mapping[str, Any]]
) -> Iterator[tuple[str, tuple[ParameterValue, ...]]]:
    for item in rule_files.national.values():
        for each in item.parameters:
            if each.id == name:
                yield "national", each.values
    for level, by_item in local.items():
        for regional in by_item.values():
            if name in regional.parameters:
                yield level, regional.parameters[name]


def _dated(entry: ParameterEntry, value: ParameterValue, level: str, reader: Reader) -> tuple[ParameterValue, Setting]:
    try:
        typed = parameter_value(entry.kind, value.value)
    except (ValueError, ArithmeticError) as wrong:
        raise BadRules(f"{level}: {entry.id}: {value.value!r} is not a {entry.kind}") from wrong
    return value, Setting(typed, level, reader.references(value.law), value.certainty)


def names_of(rule_files: RuleFiles) -> Names:
    """Every name that a formula or condition of the set may use."""
    national = rule_files.national.values()
    return Names(
        Vocabulary(rule_files.facts),
        frozenset(each.id for item in national for each in item.quantities),
        frozenset(each.id for item in national for each in item.parameters),
        frozenset(each.id for item in national for each in item.charges),
    )
