"""Checks of parameters: declared, used, set only by the levels that the law leaves them to, one value a day."""

from collections.abc import Iterator
from datetime import date
from itertools import combinations
from typing import Any

from settlement.assessment.errors import BadRules
from settlement.assessment.resolution import kind_of_level
from settlement.assessment.rule_files import ParameterEntry, ParameterValue, RuleFiles
from settlement.assessment.rule_set import RuleSet


def check_parameters(loaded: RuleSet) -> None:
    """Raises BadRules for the first parameter that is wrong."""
    files = loaded.files
    declared = {each.id: each for item in files.national.values() for each in item.parameters}
    used = set(_mentions(files))
    for entry in declared.values():
        if entry.id not in used:
            raise BadRules(f"parameters.{entry.id} is declared, but no rule uses it")
        _check_values(entry, entry.values, "national")
    for level, by_item in files.regional.items():
        if level not in files.regions:
            raise BadRules(f"{level}: the folder is not a region of regions.yaml")
        for item, local in by_item.items():
            here = {each.id for each in files.national[item].parameters} if item in files.national else set()
            for name, values in local.parameters.items():
                if name not in here:
                    raise BadRules(f"{level}/{item}.yaml: {name} is not a parameter of {item}")
                _check_left_to(declared[name].left_to, level, f"{level}/{item}.yaml: {name}")
                _check_values(declared[name], values, level)
            for rule in local.rules:
                charges = {each.id: each for each in files.national[item].charges}
                if rule.charge not in charges or rule.payer not in charges[rule.charge].payers:
                    raise BadRules(f"{level}/{item}.yaml: {rule.id}: no charge {rule.charge} of {rule.payer}")
                _check_left_to(charges[rule.charge].left_to, level, f"{level}/{item}.yaml: {rule.id}")


def _check_left_to(left_to: tuple[str, ...], level: str, where: str) -> None:
    kind = kind_of_level(level)
    if kind not in left_to:
        raise BadRules(f"{where}: the law leaves this to {', '.join(left_to) or 'nobody'}, not to a {kind}")


def _check_values(entry: ParameterEntry, values: tuple[ParameterValue, ...], level: str) -> None:
    for each in values:
        if not _fits(entry, each.value):
            raise BadRules(f"{level}: {entry.id}: {each.value!r} is not a {entry.kind}")
    for one, other in combinations(values, 2):
        if other.from_ < (one.to or date.max) and one.from_ < (other.to or date.max):
            raise BadRules(f"{level}: {entry.id}: values from {one.from_} and from {other.from_} overlap")


def _fits(entry: ParameterEntry, value: str | int | bool) -> bool:
    match entry.kind:
        case "rate":
            return isinstance(value, str)
        case "flag":
            return isinstance(value, bool)
        case "choice":
            return value in entry.among
    return type(value) is int


def _mentions(files: RuleFiles) -> Iterator[str]:
    for item in (*files.national.values(), *(each for local in files.regional.values() for each in local.values())):
        yield from _in(item.model_dump(mode="python"))
    for item in files.national.values():
        yield from (each.otherwise for each in item.parameters if each.otherwise)


def _in(raw: Any) -> Iterator[str]:
    if isinstance(raw, str) and raw.startswith("parameters."):
        yield raw.removeprefix("parameters.")
    elif isinstance(raw, dict):
        for key, value in raw.items():
            yield from _in(key)
            yield from _in(value)
    elif isinstance(raw, list | tuple):
        for each in raw:
            yield from _in(each)
