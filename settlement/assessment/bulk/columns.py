"""Transactions as columns: one array a fact, words as small numbers, days as day counts, areas and rates scaled."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from foundation.errors import BadInput
from settlement.assessment.bulk import days
from settlement.assessment.facts import units_of
from settlement.assessment.rule_set import RuleSet
from settlement.assessment.trace import Value
from settlement.assessment.transaction import Transaction
from settlement.assessment.vocabulary import FactEntry

SCALES = {"area": 10**4, "rate": 10**8}
"""By how much the numbers of a kind are multiplied to be whole."""


@dataclass(frozen=True, slots=True)
class Column:
    """The values of one fact, and where it is known. Words are their place in the vocabulary."""

    values: NDArray[np.int64]
    known: NDArray[np.bool_]
    scale: int = 1

    def rows(self, chosen: NDArray[np.intp]) -> "Column":
        """Only some rows."""
        return Column(self.values[chosen], self.known[chosen], self.scale)


@dataclass(frozen=True)
class Columns:
    """Facts and case parameters of many transactions, and the region of each."""

    size: int
    regions: NDArray[np.str_]
    facts: dict[str, Column]
    fixed: dict[str, Column]

    @classmethod
    def of(cls, transactions: Sequence[Transaction], rules: RuleSet) -> "Columns":
        """Turns transactions into columns; raises BadInput for one with a separate unit, which has lines of its own."""
        facts: list[dict[str, Value]] = []
        for transaction in transactions:
            units = units_of(transaction)
            if len(units) > 1:
                raise BadInput("attachments", len(units) - 1, "none that is a unit of its own on the bulk path")
            facts.append(dict(units[0].facts))
        columns = {
            name: _column([each.get(name) for each in facts], entry)
            for name, entry in rules.vocabulary.facts.items()
            if not name.startswith("claim.")
        }
        lineal = rules.vocabulary["transferor.acquired_by"].values.index("gift_lineal")
        _derive(columns, lineal)
        settled = [rules.settled(each) for each in transactions]
        names = sorted({name for each in settled for name in each})
        fixed = {name: _fixed([each.get(name) for each in settled]) for name in names}
        return cls(len(facts), np.array([each.region for each in transactions]), columns, fixed)

    def rows(self, chosen: NDArray[np.intp]) -> "Columns":
        """Only some rows."""
        return Columns(
            len(chosen),
            self.regions[chosen],
            {name: column.rows(chosen) for name, column in self.facts.items()},
            {name: column.rows(chosen) for name, column in self.fixed.items()},
        )


def _column(found: list[Value | None], entry: FactEntry) -> Column:
    absent = None if entry.absent in ("unknown", "none") else entry.absent
    filled = [absent if value is None else value for value in found]
    known = np.array([value is not None for value in filled], dtype=np.bool_)
    scale = SCALES.get(entry.kind, 1)
    words = {word: place for place, word in enumerate(entry.values)}
    values = np.array([0 if value is None else _whole(value, words, scale) for value in filled], dtype=np.int64)
    if scale > 1 and values.any():
        shared = int(np.gcd(np.gcd.reduce(values), scale))
        values, scale = values // shared, scale // shared
    return Column(values, known, scale)


def _whole(value: Value, words: dict[str, int], scale: int) -> int:
    if isinstance(value, str):
        return words[value]
    if isinstance(value, date):
        return value.toordinal()
    return int(Fraction(value) * scale)


def _fixed(found: list[Value | None]) -> Column:
    known = np.array([value is not None for value in found], dtype=np.bool_)
    numbers = [100 if value == "yuan" else 1 if value == "fen" else value for value in found]
    scale = SCALES["rate"]
    scaled = [int(Fraction(value) * scale) if isinstance(value, int | Fraction) else 0 for value in numbers]
    values = np.array(scaled, dtype=np.int64)
    shared = int(np.gcd(np.gcd.reduce(values), scale))
    return Column(values // shared, known, scale // shared)


def _derive(columns: dict[str, Column], word_for_lineal: int) -> None:
    """The facts that follow from others, as `facts.py` derives them."""
    names = ("acquired_on", "title_issued_on", "deed_tax_paid_on", "donor.acquired_on")
    acquired, title, receipt, donor = (columns[f"transferor.{name}"] for name in names)
    both = title.known & receipt.known
    own = _first(Column(np.minimum(title.values, receipt.values), both), acquired, title, receipt)
    acquired_by = columns["transferor.acquired_by"]
    lineal = acquired_by.known & (acquired_by.values == word_for_lineal)
    since = Column(np.where(lineal, donor.values, own.values), np.where(lineal, donor.known, own.known))
    signed = columns["contract_date"]
    months = days.whole_months(np.maximum(since.values, 1), signed.values)
    columns["transferor.own_acquisition"] = own
    columns["transferor.held_since"] = since
    columns["transferor.held_months"] = Column(months, since.known)


def _first(*candidates: Column) -> Column:
    """In each row the first that is known."""
    values, known = candidates[0].values, candidates[0].known
    for column in candidates[1:]:
        values = np.where(known, values, column.values)
        known = known | column.known
    return Column(values, known)
