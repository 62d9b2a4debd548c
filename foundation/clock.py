"""The time. Everything asks here, so that a test, or the demonstration, can set it.

Instants are UTC (`now`), people and business dates live in Asia/Shanghai (`local_now`, `today`).
"""

from datetime import UTC, date, datetime, timedelta

import pendulum

CHINA = "Asia/Shanghai"

_ZONE = pendulum.timezone(CHINA)  # looked up once: by name it is read from disk at every call

_offset = timedelta(0)


def now() -> pendulum.DateTime:
    """The present instant, in UTC, with the offset that was set."""
    # Put together by hand: pendulum's own addition costs ten times as much, and everything asks for the time.
    at = datetime.now(UTC) + _offset
    return pendulum.DateTime(
        at.year, at.month, at.day, at.hour, at.minute, at.second, at.microsecond, tzinfo=pendulum.UTC
    )


def instant() -> datetime:
    """The present instant, in UTC, for the database's driver: pendulum's arithmetic costs it 20 µs a value."""
    return datetime.now(UTC) + _offset


def local_now() -> pendulum.DateTime:
    """The present instant on a clock in China."""
    return now().in_timezone(_ZONE)


def today() -> date:
    """The calendar day in China, the day on which laws and counters turn."""
    return local_now().date()


def local(instant: datetime) -> pendulum.DateTime:
    """An instant as a clock in China shows it."""
    return pendulum.instance(instant).in_timezone(_ZONE)


def in_china(wall: datetime) -> pendulum.DateTime:
    """The instant at which a clock in China shows this; a time with an offset of its own is that instant."""
    return pendulum.instance(wall, tz=_ZONE)


def travel(to: datetime) -> None:
    """Sets this process's clock to an instant; it goes on running from there."""
    global _offset  # noqa: PLW0603 - the clock is the one thing that every floor shares
    # As so much time: pendulum's own difference would be added month by month, and come out days off.
    _offset = (pendulum.instance(to) - pendulum.now(pendulum.UTC)).as_timedelta()


def come_back() -> None:
    """Puts the clock back to the real time."""
    global _offset  # noqa: PLW0603
    _offset = timedelta(0)
