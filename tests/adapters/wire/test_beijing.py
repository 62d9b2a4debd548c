from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.wire.beijing import day_of, instant_of, stamp
from foundation.errors import BadInput


@settings(deadline=None)
@given(st.datetimes(datetime(1992, 1, 1), datetime(2099, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_an_instant_comes_back_to_the_second(instant: datetime) -> None:
    assert instant_of(stamp(instant), "x") == instant.replace(microsecond=0)


def test_the_clock_is_chinas() -> None:
    assert stamp(datetime(2026, 12, 31, 16, 0, tzinfo=UTC)) == "20270101000000"
    assert day_of("20270101", "x") == date(2027, 1, 1)


@pytest.mark.parametrize("text", ["", "2026030212000", "20260231000000", "２0260302120000", "20260302120060"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="txnTime"):
        instant_of(text, "txnTime")
