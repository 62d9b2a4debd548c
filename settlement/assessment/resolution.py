"""Which rules and parameters hold in a region on a day: national ← province ← city ← district, the nearest wins."""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from settlement.assessment.definitions import Definition, Rule, RuleVersion
from settlement.assessment.rule_files import ParameterEntry, ParameterValue
from settlement.assessment.trace import Value


def levels_of(region: str) -> tuple[str, str, str, str]:
    """The folders that speak for a region, nearest first: 341502 → 341502, 3415, 34, national."""
    return region, region[:4], region[:2], "national"


def kind_of_level(level: str) -> str:
    """What a folder stands for."""
    return {6: "district", 4: "city", 2: "province"}.get(len(level), "national") if level.isdigit() else "national"


@dataclass(frozen=True, slots=True)
class Active:
    """A rule in force on a day, in its version of that day; `outranks` are the rules it comes before."""

    rule: Rule
    version: RuleVersion
    outranks: frozenset[str]


@dataclass(frozen=True, slots=True)
class Setting:
    """A parameter as a level sets it."""

    value: Value
    level: str
    references: tuple[str, ...]
    certainty: str


@dataclass(frozen=True)
class Timetable:
    """The rules of a definition, cut at every day on which one begins or ends."""

    definition: Definition

    @cached_property
    def _cuts(self) -> list[date]:
        days = {v.from_ for r in self.definition.rules for v in r.versions}
        days |= {v.to for r in self.definition.rules for v in r.versions if v.to}
        return sorted(days)

    @cached_property
    def _slices(self) -> dict[int, tuple[Active, ...]]:
        return {}

    def on(self, day: date) -> tuple[Active, ...]:
        """The rules in force, each after those that come before it."""
        place = bisect_right(self._cuts, day)
        if place not in self._slices:
            self._slices[place] = ordered(self.definition.rules, day)
        return self._slices[place]

    @property
    def cuts(self) -> list[date]:
        """The days on which something changes."""
        return self._cuts


def ordered(rules: tuple[Rule, ...], day: date) -> tuple[Active, ...]:
    """The rules of a day so that whatever outranks a rule stands before it."""
    active = {rule.id: (rule, version) for rule in rules if (version := rule.on(day))}
    direct = {rule_id: _directly_over(rule, active) for rule_id, (rule, _) in active.items()}
    closed = {rule_id: frozenset(_closure(rule_id, direct)) for rule_id in active}
    return tuple(
        Active(*active[rule_id], closed[rule_id])
        for rule_id in sorted(active, key=lambda rule_id: (-len(closed[rule_id]), rule_id))
    )


def _directly_over(rule: Rule, active: Mapping[str, tuple[Rule, RuleVersion]]) -> set[str]:
    if not rule.when.alternatives:
        return set()
    base = {other.id for other, _ in active.values() if not other.when.alternatives}
    if "everything" in rule.over:
        return {other.id for other, _ in active.values() if other is not rule and rule.id not in other.over}
    return base | (set(rule.over) & set(active))


def _closure(start: str, direct: Mapping[str, set[str]]) -> set[str]:
    reached: set[str] = set()
    waiting = list(direct[start])
    while waiting:
        rule_id = waiting.pop()
        if rule_id not in reached:
            reached.add(rule_id)
            waiting.extend(direct[rule_id])
    return reached


@dataclass(frozen=True)
class RegionRules:
    """Everything that holds in one region."""

    region: str
    charges: tuple[Timetable, ...]
    quantities: Mapping[str, Timetable]
    parameters: Mapping[str, ParameterEntry]
    values: Mapping[str, Mapping[str, tuple[tuple[ParameterValue, Setting], ...]]]
    _settings: dict[tuple[str, date], Setting | None] = field(default_factory=dict)
    _shortlists: dict[tuple[Value | tuple[str, ...] | None, ...], tuple[Timetable, ...]] = field(default_factory=dict)

    @cached_property
    def by_payer(self) -> Mapping[tuple[str, str], Timetable]:
        """Charges by id and payer."""
        return {(each.definition.id, each.definition.payer): each for each in self.charges}

    def charges_for(self, items: tuple[str, ...], facts: Mapping[str, Value]) -> tuple[Timetable, ...]:
        """The charges of these items that can arise at all with the registration and transfer of the facts."""
        registration, transfer = facts.get("registration"), facts.get("transfer")
        key = (items, registration, transfer)
        if key not in self._shortlists:
            given = {"registration": registration, "transfer": transfer}
            self._shortlists[key] = tuple(
                each
                for each in self.charges
                if each.definition.item in items and each.definition.applies.leaves_room_for(given)
            )
        return self._shortlists[key]

    def setting(self, name: str, day: date) -> Setting | None:
        """A parameter on a day as the nearest level sets it; None where no level does."""
        key = (name, day)
        if key not in self._settings:
            self._settings[key] = self._look_up(name, day)
        return self._settings[key]

    def _look_up(self, name: str, day: date) -> Setting | None:
        for level in levels_of(self.region):
            for dated, setting in self.values.get(name, {}).get(level, ()):
                if dated.from_ <= day and (dated.to is None or day < dated.to):
                    return setting
        otherwise = self.parameters[name].otherwise
        return self.setting(otherwise, day) if otherwise else None
