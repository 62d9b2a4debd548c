"""Conditions of the rule language: what must hold of the facts for a rule to apply.

A condition is a mapping of facts to what is asked of them, all of which must hold; a list of such mappings holds if
one of them does. A fact is asked to be a value, one of a list, `{at_least, above, at_most, below}` some bounds (each
a value or `parameters.<id>`), or `{known: true|false}`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from settlement.assessment.errors import BadRules, NeedsFact
from settlement.assessment.formula_reader import Names
from settlement.assessment.run import Run
from settlement.assessment.trace import Value, exact_text

COMPARISONS = ("at_least", "above", "at_most", "below")


@dataclass(frozen=True, slots=True)
class Bound:
    """One end of an interval: a value, or the parameter that holds it."""

    comparison: str
    value: Value | None
    parameter: str | None = None

    def holds(self, value: Value, run: Run) -> bool:
        end: Any = self.value if self.parameter is None else run.setting(self.parameter)
        found: Any = value
        match self.comparison:
            case "at_least":
                return bool(found >= end)
            case "above":
                return bool(found > end)
            case "at_most":
                return bool(found <= end)
        return bool(found < end)

    def __str__(self) -> str:
        end = exact_text(self.value) if self.value is not None else f"parameters.{self.parameter}"
        return f"{self.comparison} {end}"


@dataclass(frozen=True, slots=True)
class Demand:
    """What is asked of one fact or of one parameter."""

    name: str
    values: frozenset[Value] | None = None
    bounds: tuple[Bound, ...] = ()
    known: bool | None = None
    parameter: str | None = None

    def holds(self, run: Run) -> bool:
        """Whether it holds; raises NeedsFact where the fact is unknown. A fact that is none is equal to nothing."""
        value = run.fact(self.name) if self.parameter is None else run.setting(self.parameter)
        if self.values is not None:
            return value in self.values
        if self.known is not None:
            return (value is not None) is self.known
        return value is not None and all(bound.holds(value, run) for bound in self.bounds)

    def __str__(self) -> str:
        if self.known is not None:
            return f"{self.name} {'known' if self.known else 'not known'}"
        if self.values is not None:
            return f"{self.name} = {' | '.join(sorted(exact_text(value) for value in self.values))}"
        return f"{self.name} {' and '.join(str(bound) for bound in self.bounds)}"


@dataclass(frozen=True, slots=True)
class Condition:
    """Alternatives, each a conjunction of demands. No alternative at all means: always."""

    alternatives: tuple[tuple[Demand, ...], ...] = ()

    def failing(self, run: Run) -> tuple[Demand, ...] | None:
        """None if the condition holds, otherwise the first demand that fails in each alternative.

        An unknown fact matters only if nothing else decides: then NeedsFact is raised.
        """
        if len(self.alternatives) == 1:
            only = _first_failing(self.alternatives[0], run)
            return None if only is None else (only,)
        failed: list[Demand] = []
        unknown: NeedsFact | None = None
        for demands in self.alternatives:
            try:
                first = _first_failing(demands, run)
            except NeedsFact as need:
                unknown = unknown or need
                continue
            if first is None:
                return None
            failed.append(first)
        if unknown:
            raise unknown
        return tuple(failed) or None

    def leaves_room_for(self, words: Mapping[str, Value | None]) -> bool:
        """Whether it can hold where these facts are these words; None says nothing of a fact."""
        return not self.alternatives or any(
            all(
                demand.values is None or words.get(demand.name) is None or words[demand.name] in demand.values
                for demand in demands
            )
            for demands in self.alternatives
        )

    def demands(self) -> Iterator[Demand]:
        """All demands of all alternatives."""
        for demands in self.alternatives:
            yield from demands


def _first_failing(demands: tuple[Demand, ...], run: Run) -> Demand | None:
    unknown: NeedsFact | None = None
    for demand in demands:
        try:
            if not demand.holds(run):
                return demand
        except NeedsFact as need:
            unknown = unknown or need
    if unknown:
        raise unknown
    return None


def parse(raw: Any, names: Names) -> Condition:
    """Reads a condition from YAML; raises BadRules naming the fact and what is wrong."""
    if not raw:
        return Condition()
    alternatives = raw if isinstance(raw, list) else [raw]
    return Condition(tuple(tuple(_demand(k, v, names) for k, v in each.items()) for each in alternatives))


def _demand(name: str, raw: Any, names: Names) -> Demand:
    if name.startswith("parameters."):
        parameter = names.parameter_of(name.removeprefix("parameters."))
        return Demand(name, frozenset(_listed(raw)), parameter=parameter)
    fact = names.fact_of(name)
    try:
        if isinstance(raw, Mapping):
            if set(raw) == {"known"}:
                return Demand(fact, known=bool(raw["known"]))
            return Demand(fact, bounds=tuple(_bound(fact, k, v, names) for k, v in raw.items()))
        return Demand(fact, frozenset(names.vocabulary.value_of(fact, each) for each in _listed(raw)))
    except ValueError as wrong:
        raise BadRules(str(wrong)) from wrong


def _listed(raw: Any) -> list[Any]:
    return raw if isinstance(raw, list) else [raw]


def _bound(fact: str, comparison: str, raw: Any, names: Names) -> Bound:
    if comparison not in COMPARISONS:
        raise BadRules(f"{fact}: {comparison!r} is not one of {', '.join(COMPARISONS)}, known")
    if isinstance(raw, str) and raw.startswith("parameters."):
        return Bound(comparison, None, names.parameter_of(raw.removeprefix("parameters.")))
    return Bound(comparison, names.vocabulary.value_of(fact, raw))
