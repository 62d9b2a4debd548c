"""Periods of time as the tax law counts them: to the day, and at the end of a short month to its last day."""

import calendar
from datetime import date


def months_later(day: date, months: int) -> date:
    """The same day so many months later (earlier if negative); the last of the month where there is none."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def whole_months(since: date, until: date) -> int:
    """Complete months; the anniversary itself completes one. Before `since` there are none."""
    if until < since:
        return 0
    months = (until.year - since.year) * 12 + until.month - since.month
    return months if months_later(since, months) <= until else months - 1


def whole_years(since: date, until: date, part_counts_over_months: int) -> int:
    """Complete years, and one more for a rest that is longer than so many months (国税函〔2010〕220号 七)."""
    months = whole_months(since, until)
    years = months // 12
    rest_begins = months_later(since, years * 12)
    return years + (until > months_later(rest_begins, part_counts_over_months))
