"""Evaluates charges on columns: rows are grouped by the days that decide, so that each group has one set of rules.

Within a group each rule is a mask and each formula a column. A row on which something unknown decides is not
determined; the one-by-one path says its range.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from settlement.assessment.bulk import exact
from settlement.assessment.bulk.columns import Columns
from settlement.assessment.bulk.exact import Exact
from settlement.assessment.bulk.group import Group, Mask
from settlement.assessment.resolution import RegionRules
from settlement.assessment.rule_set import RuleSet

Amounts = NDArray[np.int64]


@dataclass(frozen=True)
class BulkResult:
    """Fen by item and payer, one a row, and where they are determined; 0 where nothing is owed or it is open."""

    amounts: Mapping[tuple[str, str], Amounts]
    determined: Mapping[tuple[str, str], NDArray[np.bool_]]


def assess_columns(rules: RuleSet, columns: Columns) -> BulkResult:
    """Assesses every row; raises BadInput for a region that is not served."""
    amounts: dict[tuple[str, str], Amounts] = {}
    determined: dict[tuple[str, str], NDArray[np.bool_]] = {}
    for group, chosen in _groups(rules, columns):
        for timetable in group.rules.charges:
            definition = timetable.definition
            if definition.item not in rules.files.set.items:
                continue
            key = definition.item, definition.payer
            if key not in amounts:
                amounts[key] = np.zeros(columns.size, dtype=np.int64)
                determined[key] = np.ones(columns.size, dtype=np.bool_)
            value, unknown = group.charge(definition.id, definition.payer)
            amounts[key][chosen] += _as_fen(value, unknown, len(chosen))
            determined[key][chosen] &= ~unknown
    return BulkResult(amounts, determined)


def _as_fen(value: Exact, unknown: Mask, size: int) -> Amounts:
    whole = exact.rounded(value).num
    return np.where(unknown, 0, np.broadcast_to(np.asarray(whole), (size,))).astype(np.int64)


def _groups(rules: RuleSet, columns: Columns) -> Iterator[tuple[Group, NDArray[np.intp]]]:
    """The rows of one region between the same turning days, with those rows' numbers."""
    contract, declared = (columns.facts[name].values for name in ("contract_date", "declaration_date"))
    for region in np.unique(columns.regions):
        local = rules.region(str(region))
        turns = np.array(sorted(day.toordinal() for day in turning_days(local)), dtype=np.int64)
        place = np.searchsorted(turns, contract, side="right") * (len(turns) + 1)
        place += np.searchsorted(turns, declared, side="right")
        place = np.where(columns.regions == region, place, -1)
        for one in np.unique(place[place >= 0]):
            chosen = np.flatnonzero(place == one)
            first = chosen[0]
            on = {"contract_date": contract[first], "declaration_date": declared[first]}
            decisive = {name: date.fromordinal(int(day)) for name, day in on.items()}
            yield Group(rules, local, columns.rows(chosen), decisive), chosen


def turning_days(rules: RegionRules) -> set[date]:
    """Every day on which a rule, a parameter or a transitional clause of a region begins or ends."""
    days: set[date] = set()
    for timetable in (*rules.charges, *rules.quantities.values()):
        days.update(timetable.cuts)
        days.update(to for to, _ in timetable.definition.day.transitions)
    for levels in rules.values.values():
        for dated, _ in (each for settings in levels.values() for each in settings):
            days.add(dated.from_)
            if dated.to:
                days.add(dated.to)
    return days
