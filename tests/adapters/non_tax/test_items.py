"""Which items finance sees on a pay code is the region's choice; their sum never changes by it."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.non_tax.items import collected
from settlement.ports.non_tax import FeeItem
from settlement.regions import NonTaxConfig

ITEMS = (FeeItem("1", "登记费", 8_000), FeeItem("2", "工本费", 0), FeeItem("1", "登记费", 55_000))


def config(sums: bool, drops: bool) -> NonTaxConfig:
    return NonTaxConfig(
        address="http://outside.test",
        app_id="heyi",
        secret_file=Path("secret"),
        unit="3415020001",
        items={},
        sums_equal_items=sums,
        drops_zero_items=drops,
    )


@pytest.mark.parametrize(
    ("sums", "drops", "amounts"),
    [
        (True, True, [63_000]),
        (True, False, [63_000, 0]),
        (False, True, [8_000, 55_000]),
        (False, False, [8_000, 0, 55_000]),
    ],
)
def test_items_are_summed_and_dropped_as_finance_wants_it(sums: bool, drops: bool, amounts: list[int]) -> None:
    assert [one.amount_fen for one in collected(config(sums, drops), ITEMS)] == amounts


@given(st.lists(st.builds(FeeItem, st.sampled_from("123"), st.just("费"), st.integers(0, 10**9))), st.booleans())
def test_no_fen_is_lost_by_it(items: list[FeeItem], sums: bool) -> None:
    assert sum(one.amount_fen for one in collected(config(sums, True), items)) == sum(one.amount_fen for one in items)
