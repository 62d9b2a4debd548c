"""What is closed and reopened as a whole: a day, or a month."""

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from foundation.errors import BadInput

_MONTH = re.compile(r"([0-9]{4})-([0-9]{2})")


@dataclass(frozen=True, slots=True)
class Period:
    """The days from `first` to `last`, both included."""

    first: date
    last: date

    @classmethod
    def of(cls, text: str) -> "Period":
        """A day (`2026-03-17`) or a month (`2026-03`). Raises `BadInput`."""
        try:
            if month := _MONTH.fullmatch(text):
                return cls.month_of(date(int(month[1]), int(month[2]), 1))
            return cls(date.fromisoformat(text), date.fromisoformat(text))
        except ValueError:
            raise BadInput("period", text, "a day such as 2026-03-17, or a month such as 2026-03") from None

    @classmethod
    def month_of(cls, day: date) -> "Period":
        """The month in which a day is."""
        return cls(day.replace(day=1), day.replace(day=monthrange(day.year, day.month)[1]))

    def days(self) -> Iterator[date]:
        """Its days, in order."""
        return (self.first + timedelta(days=after) for after in range((self.last - self.first).days + 1))

    def __str__(self) -> str:
        if self.first == self.last:
            return self.first.isoformat()
        if self == Period.month_of(self.first):
            return self.first.isoformat()[:7]
        return f"{self.first} – {self.last}"
