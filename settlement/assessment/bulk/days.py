"""Periods in columns, counted as in `periods.py`; days are day counts of the calendar (date.toordinal)."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Days = NDArray[np.int64]
_EPOCH = 719_163
"""date(1970, 1, 1).toordinal(), from which NumPy counts."""


def months_later(day: Days, months: Any) -> Days:
    """The same day so many months later; the last of the month where there is none."""
    month, in_month = _split(day)
    target = month + months
    first = _first_of(target)
    length = _first_of(target + 1) - first
    later: Days = first + np.minimum(in_month, length - 1)
    return later


def whole_months(since: Days, until: Days) -> Days:
    """Complete months; none before `since`."""
    months = _split(until)[0] - _split(since)[0]
    months = np.where(months_later(since, months) <= until, months, months - 1)
    return np.where(until < since, 0, months)


def whole_years(since: Days, until: Days, part_counts_over_months: int) -> Days:
    """Complete years, and one more for a rest longer than so many months."""
    years = whole_months(since, until) // 12
    rest_begins = months_later(since, years * 12)
    return years + (until > months_later(rest_begins, part_counts_over_months))


def _split(day: Days) -> tuple[Days, Days]:
    """Months since 1970 and the days into the month, from 0."""
    when = (day - _EPOCH).astype("datetime64[D]")
    month = when.astype("datetime64[M]")
    return month.astype(np.int64), (when - month.astype("datetime64[D]")).astype(np.int64)


def _first_of(month: Days) -> Days:
    first: Days = month.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64) + _EPOCH
    return first
