"""Unknown facts: every value that could make a difference is tried, and the answers span the range."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from settlement.assessment.bounds import Bounds
from settlement.assessment.errors import BadRules, NeedsFact
from settlement.assessment.evaluation import Decision, Evaluation
from settlement.assessment.periods import months_later
from settlement.assessment.resolution import Timetable
from settlement.assessment.rule_files import ParameterEntry
from settlement.assessment.trace import Number, Value
from settlement.assessment.vocabulary import Vocabulary, number

_TRIES = 50_000
_LIFETIME_MONTHS = 12 * 70


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What a charge can come to: each amount in fen with its rule, and the facts it turned on.

    Where no line arises at all the amount is 0 without a rule. `line` is a decision that makes a line, with the run it
    was made in; None where there can be none.
    """

    found: frozenset[tuple[int, str]]
    line: tuple[Decision, Evaluation] | None
    needs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Candidates:
    """The values worth trying for an unknown: both ends, and both sides of every bound that a rule compares with."""

    vocabulary: Vocabulary
    parameters: Mapping[str, ParameterEntry]
    bounds: Bounds

    def of(self, name: str, run: Evaluation) -> list[Value]:
        if name.startswith("parameters."):
            return [
                parameter_value(self.parameters[name.removeprefix("parameters.")].kind, raw)
                for raw in self.parameters[name.removeprefix("parameters.")].among
            ]
        entry = self.vocabulary[name]
        bounds = self.bounds.of(name)
        match entry.kind:
            case "flag":
                return [True, False]
            case "choice":
                return list(self.bounds.told_apart(name, entry.values))
            case "day":
                return sorted(self._days(name, run, bounds))
            case _:
                step: Number = Fraction(1, 10_000) if entry.kind in ("area", "rate") else 1
                low, high = Fraction(entry.low), Fraction(entry.high)
                near = {number(bound) for bound in bounds}
                near |= {number(bound) - step for bound, sides in bounds.items() if "below" in sides}
                near |= {number(bound) + step for bound, sides in bounds.items() if "above" in sides}
                tried = {value for value in near if low <= value <= high}
                if name in self.bounds.calculated or not tried:
                    tried |= {low, high}
                return [_whole(value) for value in sorted(tried)]

    def _days(self, name: str, run: Evaluation, bounds: Iterable[Value]) -> Iterator[Value]:
        until = run.day("contract_date")
        if until is None:
            raise BadRules(f"{name} cannot be assumed without a contract date")
        months = {b for b in self.bounds.of("transferor.held_months") if isinstance(b, int)}
        for count in {0, _LIFETIME_MONTHS, *months}:
            yield months_later(until, -count)
            if count:
                yield months_later(until, -count) + timedelta(days=1)
        for bound in bounds:
            if isinstance(bound, date):
                yield from (bound - timedelta(days=1), bound)


def _whole(value: Number) -> Number:
    return value.numerator if isinstance(value, Fraction) and value.denominator == 1 else value


def parameter_value(kind: str, raw: str | int | bool) -> Value:
    """A parameter's value as its kind wants it; rates are exact."""
    if kind == "rate":
        return Fraction(str(raw))
    return raw


def outcomes(run: Evaluation, timetable: Timetable, assumptions: Callable[[Timetable], Candidates]) -> Outcomes:
    """Decides a charge, and where facts are missing, under everything that the charge's `assumptions` say of them."""
    charge, payer = timetable.definition.id, timetable.definition.payer
    found: set[tuple[int, str]] = set()
    line: tuple[Decision, Evaluation] | None = None
    needs: dict[str, None] = {}
    waiting = [run]
    tries = 0
    while waiting:
        current = waiting.pop()
        tries += 1
        if tries > _TRIES:
            raise BadRules(f"{charge}: too many unknown facts to try: {', '.join(needs)}")
        try:
            decision = current.decision(charge, payer)
        except NeedsFact as need:
            needs[need.name] = None
            values = assumptions(timetable).of(need.name, current)
            waiting.extend(current.assuming(need.name, value) for value in values)
            continue
        if decision is None:
            found.add((0, ""))
            continue
        found.add((int(number(decision.step.value)), decision.active.rule.id))
        if line is None and decision.owed.due:
            line = decision, current
    return Outcomes(frozenset(found), line, tuple(needs))
