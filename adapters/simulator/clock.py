"""The simulator's own clock: it runs like the real one and can be set."""

from datetime import UTC, date, datetime, timedelta, timezone

CHINA = timezone(timedelta(hours=8), "UTC+08:00")
"""Beijing time. China has had no daylight saving since 1991, so a fixed offset is exact for all that is played here."""


class Clock:
    """Time in China, as all the institutions here read it."""

    def __init__(self) -> None:
        self._ahead = timedelta(0)

    def now(self) -> datetime:
        """The present instant, in Beijing time."""
        return datetime.now(CHINA) + self._ahead

    def today(self) -> date:
        """The present day in China."""
        return self.now().date()

    def set(self, to: datetime) -> None:
        """Sets the clock to an instant; it goes on running from there."""
        self._ahead = to - datetime.now(UTC)


def clearing_day(paid_at: datetime) -> date:
    """UnionPay's clearing day, which runs from 23:00 to 23:00: what is paid after 23:00 belongs to the next day."""
    return (paid_at.astimezone(CHINA) + timedelta(hours=1)).date()
