"""ACP's clearing day (23:00 to 23:00), which travels as MMDD without a year."""

import re
from datetime import date, timedelta

from foundation.errors import BadInput

_MMDD = re.compile("[0-9]{4}")
_HALF_A_YEAR = timedelta(182)


def clearing_day(mmdd: str, near: date) -> date:
    """The day MMDD that is nearest to a day known in full: 0101 near 31 December is in the year after."""
    same_year = _day(near.year, mmdd)
    if same_year and abs(same_year - near) < _HALF_A_YEAR:
        return same_year
    candidates = [found for year in (near.year - 1, near.year, near.year + 1) if (found := _day(year, mmdd))]
    if not candidates:
        raise BadInput("settleDate", mmdd, "a day as MMDD")
    return min(candidates, key=lambda day: abs(day - near))


def _day(year: int, mmdd: str) -> date | None:
    if not _MMDD.fullmatch(mmdd):
        return None
    try:
        return date(year, int(mmdd[:2]), int(mmdd[2:]))
    except ValueError:
        return None
