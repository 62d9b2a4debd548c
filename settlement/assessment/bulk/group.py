"""One group of rows that the same rules decide: rules as masks, formulas as columns."""

from collections.abc import Callable, Mapping
from datetime import date
from fractions import Fraction
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from settlement.assessment.bulk import days, exact
from settlement.assessment.bulk.columns import Column, Columns
from settlement.assessment.bulk.exact import Exact
from settlement.assessment.conditions import Bound, Condition, Demand
from settlement.assessment.formulas import (
    UNITS,
    Charge,
    Fact,
    Formula,
    IfKnown,
    Literal,
    Operation,
    Parameter,
    Quantity,
    Rounded,
    Table,
    Years,
)
from settlement.assessment.pays import Amount, ByBrackets, Each, Pays, Rate, Rounding
from settlement.assessment.resolution import RegionRules, Timetable
from settlement.assessment.rule_set import RuleSet
from settlement.assessment.trace import Value

Mask = NDArray[np.bool_]
Known = tuple[Exact, Mask]
"""A column of fractions, and where it is unknown."""

Joining = Callable[[Exact, Exact], Exact]
_PLAIN: Mapping[str, Joining] = {"plus": exact.plus, "times": exact.times, "divide": exact.divide}


class Group:
    """Rows of one region whose days lie between the same turning days."""

    def __init__(self, rules: RuleSet, local: RegionRules, columns: Columns, on: dict[str, date]) -> None:
        self.rules = local
        self._vocabulary = rules.vocabulary
        self._columns = columns
        self._on = on
        self._none = np.zeros(columns.size, dtype=np.bool_)
        self._memo: dict[tuple[str, str], Known] = {}
        self._masks: dict[tuple[Demand, date], tuple[Mask, Mask]] = {}

    def charge(self, name: str, payer: str) -> Known:
        """What the payer owes by a charge in each row."""
        return self._decided(self.rules.by_payer[name, payer], (name, payer))

    def _decided(self, timetable: Timetable, key: tuple[str, str]) -> Known:
        if key not in self._memo:
            self._memo[key] = self._decide(timetable)
        return self._memo[key]

    def _decide(self, timetable: Timetable) -> Known:
        definition = timetable.definition
        day = self._on[definition.day.decided_by]
        value, unknown = self._by_rules(timetable, day)
        for to, when in definition.day.transitions:
            if self._on["contract_date"] < to <= self._on["declaration_date"] and day < to:
                moved, unsure = self._holds(when, day)
                later, later_unknown = self._by_rules(timetable, to)
                value, unknown = exact.where(moved, later, value), np.where(moved, later_unknown, unknown) | unsure
        applies, unsure = self._holds(definition.applies, day)
        return exact.where(applies, value, Exact(0)), unsure | (applies & unknown)

    def _by_rules(self, timetable: Timetable, day: date) -> Known:
        """Each rule takes the rows in which it applies and nothing that outranks it does."""
        value, unknown = Exact(0), self._none
        outranked: dict[str, Mask] = {}
        for active in timetable.on(day):
            holds, unsure = self._holds(active.rule.when, day)
            free = ~outranked.get(active.rule.id, self._none)
            mine = holds & free
            unknown = unknown | (unsure & free)
            for other in active.outranks:
                outranked[other] = outranked.get(other, self._none) | mine
            if mine.any():
                owed, missing = self._owed(active.version.pays, day)
                value = exact.where(mine, owed, value)
                unknown = unknown | (mine & missing)
        return value, unknown

    # what is owed -----------------------------------------------------------------------------------------------

    def _owed(self, pays: Pays, day: date) -> Known:
        match pays:
            case Rate():
                return self._rate(pays, day)
            case Amount():
                return self._rounded(self.value(pays.amount, day), pays.rounding, day)
            case Each():
                return _joined(exact.times, self.value(pays.each, day), self.value(pays.pieces, day))
            case ByBrackets():
                return self._brackets(pays, day)
        return Exact(0), self._none

    def _rate(self, pays: Rate, day: date) -> Known:
        tax = _joined(exact.times, self.value(pays.of, day), self.value(pays.rate, day))
        if pays.share:
            tax = _joined(exact.times, tax, self.value(pays.share, day))
        tax = self._rounded(tax, pays.rounding, day)
        if pays.relief:
            off = self._rounded(_joined(exact.times, tax, self.value(pays.relief, day)), pays.rounding, day)
            tax = exact.plus(tax[0], off[0], -1), tax[1] | off[1]
        return tax

    def _brackets(self, pays: ByBrackets, day: date) -> Known:
        (gain, no_gain), (deductions, none) = self.value(pays.gain, day), self.value(pays.deductions, day)
        tax = Exact(0)
        for rate, less in reversed(list(zip(pays.rates.rows, pays.less.rows, strict=True))):
            assert isinstance(rate.value, Literal)
            assert isinstance(less.value, Literal)
            first = exact.times(gain, exact.of(rate.value.value))
            here = exact.plus(first, exact.times(deductions, exact.of(less.value.value)), -1)
            if rate.key is None:
                tax = here
            else:
                limit = exact.times(deductions, exact.of(rate.key))  # type: ignore[arg-type]
                tax = exact.where(~np.asarray(exact.less(limit, gain)), here, tax)
        return self._rounded((tax, no_gain | none), pays.rounding, day)

    def _rounded(self, known: Known, rounding: Rounding, day: date) -> Known:
        value, unknown = known
        if rounding.unit is None:
            return known
        unit: Any = UNITS.get(rounding.unit)
        if unit is None:
            chosen, missing = self._parameter(rounding.unit.removeprefix("parameters."), day)
            unit, unknown = chosen.num, unknown | missing
        result = exact.rounded(value, unit)
        if rounding.free_below is not None:
            result = exact.where(exact.less(value, exact.of(rounding.free_below)), Exact(0), result)
        return result, unknown

    # formulas ---------------------------------------------------------------------------------------------------

    def value(self, formula: Formula, day: date) -> Known:
        """A formula in every row."""
        match formula:
            case Literal():
                return exact.of(formula.value), self._none
            case Fact():
                column = self._columns.facts[formula.name]
                missing = self._none if formula.or_zero else ~column.known
                return Exact(column.values, column.scale), missing
            case Parameter():
                return self._parameter(formula.name, day)
            case Quantity():
                return self._decided(self.rules.quantities[formula.name], (formula.name, ""))
            case Charge():
                return self.charge(formula.name, formula.payer)
            case Operation():
                return self._operation(formula, day)
            case IfKnown():
                value, unknown = self.value(formula.otherwise, day)
                for fact in reversed(formula.facts):
                    column = self._columns.facts[fact.name]
                    value = exact.where(column.known, Exact(column.values, column.scale), value)
                    unknown = np.where(column.known, False, unknown)
                return value, unknown
            case Rounded():
                value, unknown = self.value(formula.of, day)
                return exact.rounded(value, UNITS[formula.unit]), unknown
            case Years():
                since, until = self._columns.facts[formula.since], self._columns.facts[formula.until]
                years = days.whole_years(np.maximum(since.values, 1), until.values, formula.part_counts_over_months)
                return Exact(years), ~(since.known & until.known)
            case Table():
                return self._table(formula, day)
        raise TypeError(f"{formula!r} has no form on columns")

    def _operation(self, formula: Operation, day: date) -> Known:
        parts = [self.value(part, day) for part in formula.of]
        unknown = reduce(np.logical_or, (part[1] for part in parts))
        values = [part[0] for part in parts]
        match formula.form:
            case "minus":
                return reduce(lambda one, other: exact.plus(one, other, -1), values), unknown
            case "greatest":
                return reduce(lambda one, other: exact.where(exact.less(one, other), other, one), values), unknown
            case "least":
                return reduce(lambda one, other: exact.where(exact.less(other, one), other, one), values), unknown
            case "not_below_zero":
                return exact.where(exact.less(values[0], Exact(0)), Exact(0), values[0]), unknown
        return reduce(_PLAIN[formula.form], values), unknown

    def _table(self, table: Table, day: date) -> Known:
        on, unknown = self.value(table.on, day)
        value, missing = self.value(table.rows[-1].value, day)
        for row in reversed(table.rows[:-1]):
            here, here_missing = self.value(row.value, day)
            if table.form == "choice":
                assert isinstance(table.on, Fact)
                place = self._vocabulary[table.on.name].values.index(str(row.key))
                falls = np.asarray(on.num == place)
            else:
                falls = ~np.asarray(exact.less(exact.of(row.key), on))  # type: ignore[arg-type]
            value, missing = exact.where(falls, here, value), np.where(falls, here_missing, missing)
        return value, unknown | missing

    def _parameter(self, name: str, day: date) -> Known:
        setting = self.rules.setting(name, day)
        raw: Any = 0 if setting is None else setting.value
        value = exact.of(UNITS[raw] if isinstance(raw, str) else int(raw) if isinstance(raw, bool) else raw)
        missing = self._none if setting is not None else ~self._none
        fixed = self._columns.fixed.get(name)
        if fixed is None:
            return value, missing
        return exact.where(fixed.known, Exact(fixed.values, fixed.scale), value), missing & ~fixed.known

    # conditions -------------------------------------------------------------------------------------------------

    def _holds(self, condition: Condition, day: date) -> tuple[Mask, Mask]:
        """Where the condition holds, and where that turns on something unknown."""
        if not condition.alternatives:
            return ~self._none, self._none
        holds, unsure = self._none, self._none
        for demands in condition.alternatives:
            every, doubt = ~self._none, self._none
            for demand in demands:
                one, unknown = self._demand(demand, day)
                every, doubt = every & (one | unknown), doubt | unknown
            holds, unsure = holds | (every & ~doubt), unsure | (every & doubt)
        return holds, unsure & ~holds

    def _demand(self, demand: Demand, day: date) -> tuple[Mask, Mask]:
        key = demand, day
        if key not in self._masks:
            self._masks[key] = self._asked(demand, day)
        return self._masks[key]

    def _asked(self, demand: Demand, day: date) -> tuple[Mask, Mask]:
        if demand.name.startswith("parameters."):
            value, unknown = self._parameter(demand.name.removeprefix("parameters."), day)
            wanted = [int(each) for each in demand.values or () if isinstance(each, int)]
            return np.isin(np.broadcast_to(np.asarray(value.num), self._none.shape), wanted) & ~unknown, unknown
        column = self._columns.facts[demand.name]
        entry = self._vocabulary[demand.name]
        unknown = ~column.known if entry.absent == "unknown" else self._none
        if demand.known is not None:
            return column.known == demand.known, unknown & self._none
        if demand.values is not None:
            places = [_place(each, entry.values) for each in demand.values]
            return np.isin(column.values, places) & column.known, unknown
        holds = column.known
        for bound in demand.bounds:
            inside, missing = self._within(column, bound, day)
            holds, unknown = holds & inside, unknown | missing
        return holds & ~unknown, unknown

    def _within(self, column: Column, bound: Bound, day: date) -> tuple[Mask, Mask]:
        if bound.parameter is not None:
            end, missing = self._parameter(bound.parameter, day)
        elif isinstance(bound.value, Fraction):
            end, missing = exact.of(bound.value), self._none
        else:
            end, missing = Exact(_place(bound.value, ())), self._none
        value = Exact(column.values, column.scale)
        match bound.comparison:
            case "at_least":
                return ~np.asarray(exact.less(value, end)), missing
            case "above":
                return np.asarray(exact.less(end, value)), missing
            case "at_most":
                return ~np.asarray(exact.less(end, value)), missing
        return np.asarray(exact.less(value, end)), missing


def _place(value: Value | None, words: tuple[str, ...]) -> int:
    """The number that stands for a value in a column."""
    if isinstance(value, str):
        return words.index(value)
    if isinstance(value, date):
        return value.toordinal()
    assert isinstance(value, int)
    return value


def _joined(operation: Joining, one: Known, other: Known) -> Known:
    return operation(one[0], other[0]), one[1] | other[1]
