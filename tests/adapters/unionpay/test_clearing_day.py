from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.unionpay.clearing_day import clearing_day
from foundation.errors import BadInput


@pytest.mark.parametrize(
    ("mmdd", "near", "day"),
    [
        ("0101", date(2026, 12, 31), date(2027, 1, 1)),
        ("1231", date(2027, 1, 1), date(2026, 12, 31)),
        ("0302", date(2026, 3, 1), date(2026, 3, 2)),
        ("0229", date(2027, 3, 1), date(2028, 2, 29)),
    ],
)
def test_the_year_is_that_of_the_nearest_day(mmdd: str, near: date, day: date) -> None:
    assert clearing_day(mmdd, near) == day


@settings(deadline=None)
@given(st.dates(date(2001, 1, 1), date(2098, 1, 1)), st.integers(-150, 150))
def test_any_day_nearby_is_found_again(near: date, distance: int) -> None:
    day = near + timedelta(days=distance)
    assert clearing_day(f"{day:%m%d}", near) == day


@pytest.mark.parametrize("mmdd", ["", "1301", "0231", "0000", "11", "٠١٠١", "0101x"])
def test_what_is_no_day_is_refused(mmdd: str) -> None:
    with pytest.raises(BadInput, match="settleDate"):
        clearing_day(mmdd, date(2026, 3, 1))
