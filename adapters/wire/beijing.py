"""Times of wire formats: fourteen digits, on a clock in China."""

import re
from datetime import date, datetime
from zoneinfo import ZoneInfo

from foundation import clock
from foundation.errors import BadInput

_FOURTEEN = re.compile("([0-9]{4})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})")
_ZONE = ZoneInfo(clock.CHINA)


def stamp(instant: datetime) -> str:
    """An instant as yyyyMMddHHmmss, Beijing time."""
    return clock.local(instant).strftime("%Y%m%d%H%M%S")


def instant_of(text: str, field: str) -> datetime:
    """Reads yyyyMMddHHmmss, Beijing time. BadInput names the field."""
    try:
        if digits := _FOURTEEN.fullmatch(text):
            year, month, day, hour, minute, second = map(int, digits.groups())  # strptime takes three times as long
            return datetime(year, month, day, hour, minute, second, tzinfo=_ZONE)
    except ValueError:
        pass
    raise BadInput(field, text, "a time as yyyyMMddHHmmss")


def day_of(text: str, field: str) -> date:
    """Reads yyyyMMdd. BadInput names the field."""
    return instant_of(text + "000000", field).date()
