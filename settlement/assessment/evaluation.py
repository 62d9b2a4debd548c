"""One evaluation: decides which rule applies, works out what it says, and keeps every step."""

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from settlement.assessment.conditions import Demand
from settlement.assessment.definitions import Definition
from settlement.assessment.errors import BadRules, NeedsFact, RuleConflict
from settlement.assessment.facts import DERIVED
from settlement.assessment.formulas import day_value
from settlement.assessment.pays import Owed
from settlement.assessment.resolution import Active, RegionRules, Timetable
from settlement.assessment.trace import Step, Value, exact_text
from settlement.assessment.vocabulary import Vocabulary

Rejected = tuple[Active, Active | tuple[Demand, ...]]
"""A rule that did not decide, with the rule that outranks it or the demands that fail."""


class Decision(NamedTuple):
    """What one definition came to: the rule that applied and what it says is owed."""

    definition: Definition
    active: Active
    owed: Owed
    step: Step


class Why(NamedTuple):
    """Why a decision came out as it did: the rule, the facts it asked for, and the rules that did not apply."""

    definition: Definition
    active: Active
    rejected: list[Rejected]
    day: date
    run: "Evaluation"

    def plain(self) -> dict[str, Any]:
        """As JSON-able fields of the trace."""
        rule, version = self.active.rule, self.active.version
        plain = {
            "rule": rule.id,
            "level": rule.level,
            "on": self.day.isoformat(),
            "decided_by": self.definition.day.decided_by,
            "because": [
                {"demand": str(demand), "found": exact_text(found)}
                for demand in rule.when.demands()
                if (found := self.run.seen(demand.name, self.day)) is not None
            ],
            "law": list(version.references),
            "certainty": version.certainty,
            "rejected": [self._rejection(*each) for each in self.rejected],
        }
        return {**plain, "payer": self.definition.payer} if self.definition.payer else plain

    def _rejection(self, each: Active, cause: Active | tuple[Demand, ...]) -> dict[str, Any]:
        if isinstance(cause, Active):
            return {"rule": each.rule.id, "outranked_by": cause.rule.id}
        failing = []
        for demand in cause:
            found = self.run.seen(demand.name, self.day)
            failing.append({"demand": str(demand), "found": None if found is None else exact_text(found)})
        return {"rule": each.rule.id, "failing": failing}


class Evaluation:
    """Works out charges and quantities of one unit; nothing is worked out twice.

    `settled` holds parameters that the case fixes. A fact that is neither known nor none raises NeedsFact.
    """

    __slots__ = ("_day", "_derived", "_memo", "facts", "rules", "settled", "vocabulary")

    def __init__(
        self,
        rules: RegionRules,
        vocabulary: Vocabulary,
        facts: Mapping[str, Value],
        settled: Mapping[str, Value],
        memo: Mapping[tuple[str, str], Decision | None] | None = None,
    ) -> None:
        self.rules = rules
        self.vocabulary = vocabulary
        self.facts = facts
        self.settled = settled
        self._memo: dict[tuple[str, str], Decision | None] = dict(memo or {})
        self._derived: dict[str, Value | None] = {}
        self._day = date.min

    def assuming(self, name: str, value: Value) -> "Evaluation":
        """The same with an unknown fact or parameter assumed; keeps what did not depend on it."""
        if name.startswith("parameters."):
            settled = {**self.settled, name.removeprefix("parameters."): value}
            return Evaluation(self.rules, self.vocabulary, self.facts, settled, self._memo)
        return Evaluation(self.rules, self.vocabulary, {**self.facts, name: value}, self.settled, self._memo)

    def fact(self, name: str) -> Value | None:
        """A fact; None where there is none; raises NeedsFact where it is unknown."""
        value = self.facts.get(name)
        if value is not None:
            return value
        if name in DERIVED:
            if name not in self._derived:
                self._derived[name] = DERIVED[name](self)
            return self._derived[name]
        absent = self.vocabulary.absent[name]
        if absent == "unknown":
            raise NeedsFact(name)
        return None if absent == "none" else absent

    def day(self, name: str) -> date | None:
        """A fact that is a day."""
        return day_value(self.fact(name))

    def parameter(self, name: str) -> Step:
        """A parameter on the day that decides, as the case or the nearest level sets it."""
        if name in self.settled:
            return Step("parameter", self.settled[name], name=name, detail={"level": "case"})
        setting = self.rules.setting(name, self._day)
        if setting is None:
            raise NeedsFact(f"parameters.{name}")
        detail = {"level": setting.level, "law": list(setting.references), "certainty": setting.certainty}
        return Step("parameter", setting.value, name=name, detail=detail)

    def setting(self, name: str) -> Value:
        """The value of a parameter on the day that decides."""
        if name in self.settled:
            return self.settled[name]
        setting = self.rules.setting(name, self._day)
        if setting is None:
            raise NeedsFact(f"parameters.{name}")
        return setting.value

    def seen(self, name: str, day: date) -> Value | None:
        """A fact or parameter as a decision of that day saw it, for its reasons; None where there is none."""
        before, self._day = self._day, day
        try:
            if name.startswith("parameters."):
                return self.setting(name.removeprefix("parameters."))
            return self.fact(name)
        except NeedsFact:
            return None
        finally:
            self._day = before

    def quantity(self, name: str) -> Step:
        """A named amount."""
        decision = self._decided(self.rules.quantities[name], (name, ""))
        if decision is None:
            raise BadRules(f"{name}: no rule on the day that decides")
        return decision.step

    def charge(self, name: str, payer: str) -> Step:
        """What a payer owes by a charge; 0 where it does not arise."""
        decision = self.decision(name, payer)
        return decision.step if decision else Step("not_due", 0, name=name)

    def decision(self, charge: str, payer: str) -> Decision | None:
        """The decision on a charge; None where it does not apply or has no rule yet on that day."""
        return self._decided(self.rules.by_payer[charge, payer], (charge, payer))

    def _decided(self, timetable: Timetable, key: tuple[str, str]) -> Decision | None:
        if key not in self._memo:
            before = self._day
            try:
                self._memo[key] = self._decide(timetable)
            finally:
                self._day = before
        return self._memo[key]

    def _decide(self, timetable: Timetable) -> Decision | None:
        definition = timetable.definition
        if definition.applies.failing(self) is not None:
            return None
        self._day = self._decisive_day(definition)
        candidates = timetable.on(self._day)
        if not candidates:
            return None
        chosen, rejected = self._choose(candidates, definition)
        owed = chosen.version.pays.owed(self)
        why = Why(definition, chosen, rejected, self._day, self)
        step = Step("decision", owed.step.value, (owed.step,), definition.id, reasons=why)
        return Decision(definition, chosen, owed, step)

    def _decisive_day(self, definition: Definition) -> date:
        day = self.day(definition.day.decided_by)
        if day is None:
            raise NeedsFact(definition.day.decided_by)
        for to, when in definition.day.transitions:
            declared = self.day("declaration_date")
            if declared and day < to <= declared and when.failing(self) is None:
                day = to
        return day

    def _choose(self, candidates: tuple[Active, ...], definition: Definition) -> tuple[Active, list[Rejected]]:
        applying: list[Active] = []
        outranked: frozenset[str] = frozenset()
        rejected: list[Rejected] = []
        for each in candidates:
            if each.rule.id in outranked:
                rejected.append((each, applying[-1]))
                continue
            failing = each.rule.when.failing(self)
            if failing is None:
                applying.append(each)
                outranked |= each.outranks
            else:
                rejected.append((each, failing))
        if len(applying) > 1:
            raise _conflict(definition, applying)
        if not applying:
            raise BadRules(f"{definition.id}: no rule applies on {self._day}", definition=definition.id)
        return applying[0], rejected


def _conflict(definition: Definition, applying: list[Active]) -> RuleConflict:
    names = " and ".join(each.rule.id for each in applying)
    return RuleConflict(
        f"{definition.id}: {names} both apply and neither comes first; say so with `over` or decide by hand",
        charge=definition.id,
        rules=[each.rule.id for each in applying],
    )
