"""Can two conditions hold of one case? Decided fact by fact: a sound answer for conjunctions of sets and bounds."""

from collections import defaultdict
from collections.abc import Iterable
from itertools import combinations, product

from settlement.assessment.conditions import Bound, Condition, Demand

_OPPOSITE = {("at_least", "below"), ("above", "at_most"), ("above", "below")}


def can_hold(*conditions: Condition) -> bool:
    """Whether all of the conditions can hold together."""
    return any(
        _consistent([demand for demands in choice for demand in demands])
        for choice in product(*(condition.alternatives or ((),) for condition in conditions))
    )


def _consistent(demands: Iterable[Demand]) -> bool:
    by_fact: dict[str, list[Demand]] = defaultdict(list)
    for demand in demands:
        by_fact[demand.name].append(demand)
    return all(_agree(one, other) for each in by_fact.values() for one, other in combinations(each, 2))


def _agree(one: Demand, other: Demand) -> bool:
    if one.known is not None or other.known is not None:
        return (one.known is not False) == (other.known is not False)
    if one.values is not None and other.values is not None:
        return bool(one.values & other.values)
    if one.values is None and other.values is None:
        return not any(_apart(low, high) for low, high in product(one.bounds, other.bounds))
    values, bounds = (one.values, other.bounds) if one.values is not None else (other.values, one.bounds)
    return any(all(_within(value, bound) for bound in bounds) for value in values or ())


def _apart(one: Bound, other: Bound) -> bool:
    """Whether no value meets both bounds; bounds by one parameter are compared as such."""
    if one.comparison in ("at_most", "below"):
        one, other = other, one
    if one.comparison not in ("at_least", "above") or other.comparison not in ("at_most", "below"):
        return False
    if one.parameter is not None or other.parameter is not None:
        return one.parameter == other.parameter and (one.comparison, other.comparison) in _OPPOSITE
    if one.value == other.value:
        return (one.comparison, other.comparison) != ("at_least", "at_most")
    return bool(one.value > other.value)  # type: ignore[operator]


def _within(value: object, bound: Bound) -> bool:
    if bound.parameter is not None:
        return True
    compared = {
        "at_least": lambda: value >= bound.value,  # type: ignore[operator]
        "above": lambda: value > bound.value,  # type: ignore[operator]
        "at_most": lambda: value <= bound.value,  # type: ignore[operator]
        "below": lambda: value < bound.value,  # type: ignore[operator]
    }
    return bool(compared[bound.comparison]())
