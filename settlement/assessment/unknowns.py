"""Unknown facts: every value that could make a difference is tried, and the answers span the range."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from settlement.assessment.errors import BadRules, NeedsFact
from settlement.assessment.evaluation import Decision, Evaluation
from settlement.assessment.periods import months_later
from settlement.assessment.rule_files import ParameterEntry
from settlement.assessment.trace import Number, Value
from settlement.assessment.vocabulary import Vocabulary, number

_TRIES = 50_000
_LIFETIME_MONTHS = 12 * 70


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What a charge can come to: each decision with the run it was made in, and the facts it turned on."""

    decisions: tuple[tuple[Decision | None, Evaluation], ...]
    needs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Candidates:
    """The values worth trying for an unknown: both ends, and both sides of every bound that a rule compares with."""

    vocabulary: Vocabulary
    parameters: Mapping[str, ParameterEntry]
    bounds: Mapping[str, frozenset[Value]]

    def of(self, name: str, run: Evaluation) -> list[Value]:
        if name.startswith("parameters."):
            return [
                parameter_value(self.parameters[name.removeprefix("parameters.")].kind, raw)
                for raw in self.parameters[name.removeprefix("parameters.")].among
            ]
        entry = self.vocabulary[name]
        bounds = self.bounds.get(name, frozenset())
        match entry.kind:
            case "flag":
                return [True, False]
            case "choice":
                return list(entry.values)
            case "day":
                return sorted(self._days(name, run, bounds))
            case _:
                step: Number = Fraction(1, 10_000) if entry.kind in ("area", "rate") else 1
                low, high = Fraction(entry.low), Fraction(entry.high)
                near = {number(b) + d for b in bounds if not isinstance(b, str | date) for d in (-step, 0, step)}
                return [_whole(v) for v in sorted({low, high, *(v for v in near if low <= v <= high)})]

    def _days(self, name: str, run: Evaluation, bounds: frozenset[Value]) -> Iterator[Value]:
        until = run.day("contract_date")
        if until is None:
            raise BadRules(f"{name} cannot be assumed without a contract date")
        months = {b for b in self.bounds.get("transferor.held_months", frozenset()) if isinstance(b, int)}
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


def outcomes(run: Evaluation, charge: str, payer: str, candidates: Candidates) -> Outcomes:
    """Decides a charge, and where facts are missing, under everything that they could be."""
    found: list[tuple[Decision | None, Evaluation]] = []
    needs: dict[str, None] = {}
    waiting = [run]
    tries = 0
    while waiting:
        current = waiting.pop()
        tries += 1
        if tries > _TRIES:
            raise BadRules(f"{charge}: too many unknown facts to try: {', '.join(needs)}")
        try:
            found.append((current.decision(charge, payer), current))
        except NeedsFact as need:
            needs[need.name] = None
            waiting.extend(current.assuming(need.name, value) for value in candidates.of(need.name, current))
    return Outcomes(tuple(found), tuple(needs))
