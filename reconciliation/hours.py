"""When a day is over."""

from datetime import date, time

import pendulum

from foundation import clock

CLEARING_DAY_ENDS = time(23, 0)
"""UnionPay's cut-off (日切), in China: what is paid later belongs to the next clearing day."""


def is_over(day: date) -> bool:
    """Whether a clearing day has ended."""
    return clock.now() >= _at(day, CLEARING_DAY_ENDS)


def _at(day: date, hour: time) -> pendulum.DateTime:
    return pendulum.datetime(day.year, day.month, day.day, hour.hour, hour.minute, tz=clock.CHINA)
