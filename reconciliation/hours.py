"""When a day is over and when its statements are due."""

from datetime import date, time, timedelta

import pendulum

from foundation import clock

CLEARING_DAY_ENDS = time(23, 0)
"""UnionPay's cut-off (日切), in China: what is paid later belongs to the next clearing day."""

STATEMENTS_DUE = time(12, 0)
"""By this time on the next day every statement of a day should have arrived."""


def is_over(day: date) -> bool:
    """Whether a clearing day has ended."""
    return clock.now() >= _at(day, CLEARING_DAY_ENDS)


def statements_are_late(day: date) -> bool:
    """Whether a statement of this day that is not there should be."""
    return clock.now() >= _at(day + timedelta(days=1), STATEMENTS_DUE)


def _at(day: date, hour: time) -> pendulum.DateTime:
    return pendulum.datetime(day.year, day.month, day.day, hour.hour, hour.minute, tz=clock.CHINA)
