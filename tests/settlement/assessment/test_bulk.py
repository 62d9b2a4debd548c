"""The bulk path gives the amounts of the one-by-one path, to the fen."""

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from foundation.errors import BadInput
from settlement.assessment import RuleSet, Transaction
from settlement.assessment.bulk import Columns, assess_columns, days, exact
from settlement.assessment.bulk.exact import Exact
from settlement.assessment.periods import months_later, whole_months, whole_years
from tests.settlement.assessment.conftest import CASES, HOME, amounts, changed
from tests.settlement.assessment.test_against_naive import transfers
from tests.settlement.assessment.test_unknown_facts import FORGETTABLE


def assert_equal(rules: RuleSet, transactions: list[Transaction]) -> None:
    """Where a row is determined it is the same; where it is not, the one-by-one path had to try several values."""
    result = assess_columns(rules, Columns.of(transactions, rules))
    for row, transaction in enumerate(transactions):
        assessment = rules.assess(transaction)
        single = amounts(assessment)
        still_open = {(line.item, line.payer) for line in assessment.open}
        for key, column in result.amounts.items():
            if result.determined[key][row]:
                assert key not in still_open
                assert int(column[row]) == single.get(key, 0), key
        assert set(single) <= set(result.amounts)
        assert {key for key in still_open if result.determined[key][row]} == set()


@given(st.lists(transfers(), min_size=1, max_size=6))
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_drawn_transfers(rules: RuleSet, drawn: list[dict[str, Any]]) -> None:
    assert_equal(rules, [Transaction.parse(each) for each in drawn])


@given(st.lists(st.tuples(transfers(), st.sets(st.sampled_from(FORGETTABLE), max_size=3)), min_size=1, max_size=3))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_with_facts_missing(rules: RuleSet, drawn: list[tuple[dict[str, Any], set[str]]]) -> None:
    assert_equal(rules, [Transaction.parse(changed(each, dict.fromkeys(missing))) for each, missing in drawn])


def test_the_worked_cases(rules: RuleSet) -> None:
    mappings = [case["transaction"] for case in CASES if "transaction" in case]
    assert_equal(rules, [Transaction.parse(each) for each in mappings if not each.get("attachments")])


def test_what_is_known_is_determined(rules: RuleSet) -> None:
    result = assess_columns(rules, Columns.of([Transaction.parse(HOME)], rules))
    assert result.amounts["deed_tax", "transferee"].tolist() == [1_500_000]
    assert all(known.all() for known in result.determined.values())


def test_a_separate_unit_is_refused(rules: RuleSet) -> None:
    attachments = [{"use": "parking", "price_fen": 1, "separate_unit": True}]
    with pytest.raises(BadInput) as refused:
        Columns.of([Transaction.parse(changed(HOME, {"attachments": attachments}))], rules)
    assert refused.value.field == "attachments"


@given(st.dates(), st.dates(), st.integers(0, 11))
def test_periods_are_counted_alike(one: Any, other: Any, over: int) -> None:
    since, until = min(one, other), max(one, other)
    first, last = np.array([since.toordinal()]), np.array([until.toordinal()])
    assert days.whole_months(first, last)[0] == whole_months(since, until)
    if until.year < 9998:
        assert days.whole_years(first, last, over)[0] == whole_years(since, until, over)
        assert days.months_later(first, over)[0] == months_later(since, over).toordinal()


@given(st.integers(-(10**30), 10**30), st.integers(1, 10**20), st.sampled_from((1, 10, 100)))
def test_rounding_is_exact_beyond_64_bits(above: int, below: int, unit: int) -> None:
    column = exact.rounded(Exact(np.array([above], dtype=object), below), unit)
    exactly = abs(Fraction(above, below * unit))
    units = int(exactly + Fraction(1, 2))
    assert int(np.asarray(column.num)[0]) == (units if above >= 0 else -units) * unit


def test_a_product_leaves_64_bits_before_it_overflows() -> None:
    large = np.array([2**40, -(2**40)], dtype=np.int64)
    assert exact.product(large, large).tolist() == [2**80, 2**80]  # type: ignore[union-attr]
