"""Times of wire formats: fourteen digits, on a clock in China."""

import re
from datetime import date, datetime
from zoneinfo import ZoneInfo

from foundation import clock
from foundation.errors import BadInput

_FOURTEEN = re.compile("[0-9]{14}")


def stamp(instant: datetime) -> str:
    """An instant as yyyyMMddHHmmss, Beijing time."""
    return clock.local(instant).strftime("%Y%m%d%H%M%S")


def instant_of(text: str, field: str) -> datetime:
    """Reads yyyyMMddHHmmss, Beijing time. BadInput names the field."""
    try:
        if not _FOURTEEN.fullmatch(text):
            raise ValueError
        return datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=ZoneInfo(clock.CHINA))
    except ValueError:
        raise BadInput(field, text, "a time as yyyyMMddHHmmss") from None


def day_of(text: str, field: str) -> date:
    """Reads yyyyMMdd. BadInput names the field."""
    return instant_of(text + "000000", field).date()
