"""The clock goes where it is set, however far."""

from datetime import timedelta

import pendulum
import pytest

from foundation import clock


@pytest.mark.parametrize("months", [-27, -9, -1, 0, 1, 5, 14])
def test_the_clock_shows_the_instant_that_was_set(months: int) -> None:
    wanted = pendulum.now(pendulum.UTC).add(months=months)
    try:
        clock.travel(wanted)
        assert abs(clock.now() - wanted) < timedelta(minutes=1)
    finally:
        clock.come_back()
