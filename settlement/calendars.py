"""When each source works: statutory holidays and make-up workdays, its cut-off, and when its statement is due.

The days are data, `holidays.yaml` beside the region files, as the State Council publishes them for a year; in a year
that is not there only Saturday and Sunday are free. Whether a source works on such days is the region's to say.
"""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

import pendulum
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from foundation import clock
from foundation.errors import BadInput
from foundation.yaml_text import parse_yaml
from settlement.ports.statements import Source

_SATURDAY = 6
_MIDNIGHT = time(0)
_DAY = timedelta(days=1)


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Year(_Section):
    """One year as published: stretches of days off, first and last, and weekend days that are worked."""

    published: str
    free: tuple[tuple[date, date], ...]
    worked: tuple[date, ...]

    @model_validator(mode="after")
    def _makes_sense(self) -> "Year":
        for first, last in self.free:
            if first > last:
                raise ValueError(f"free: {first} is after {last}")
        for day in self.worked:
            if day.isoweekday() < _SATURDAY:
                raise ValueError(f"worked: {day} is no Saturday or Sunday")
        return self


class Holidays(_Section):
    """Which days are worked in China."""

    years: Mapping[int, Year] = {}

    def is_workday(self, day: date) -> bool:
        """Whether offices and banks work on a day."""
        year = self.years.get(day.year)
        if year is not None:
            if day in year.worked:
                return True
            if any(first <= day <= last for first, last in year.free):
                return False
        return day.isoweekday() < _SATURDAY


class SourceHours(_Section):
    """How a source keeps time, in China.

    `cut_off`: what it takes at or after this hour is of its next day; 00:00 is midnight. `works`: on all days, or on
    workdays only; of other days it need not give a statement. `due`: by this hour of its next day the statement should
    be there. `batches`: at these hours a batch of its running day is handed out, and the last one when the day turns;
    `batches_every`: it hands them out when it likes, and is asked every so many minutes. With neither there are none.
    """

    cut_off: time = _MIDNIGHT
    works: Literal["every_day", "workdays"] = "every_day"
    due: time = time(12)
    batches: tuple[time, ...] = ()
    batches_every: Annotated[int, Field(ge=1, le=60)] | None = None

    @property
    def has_batches(self) -> bool:
        """Whether it hands out its day while it runs."""
        return bool(self.batches) or self.batches_every is not None


class Hours(_Section):
    """The hours of every source of a region."""

    of: Mapping[Source, SourceHours] = {}
    holidays: Holidays = Holidays()

    def source(self, source: Source) -> SourceHours:
        """A source's hours: those configured, else until midnight, due at noon; a bank on workdays, others always."""
        return self.of.get(source) or SourceHours(works="workdays" if source is Source.bank else "every_day")

    def works(self, source: Source, day: date) -> bool:
        """Whether a source works on a day."""
        return self.source(source).works == "every_day" or self.holidays.is_workday(day)

    def day_after(self, source: Source, day: date) -> date:
        """The first day after `day` on which a source works."""
        day += _DAY
        while not self.works(source, day):
            day += _DAY
        return day

    def expected(self, source: Source, paid_on: date, paid_at: datetime | None = None) -> date:
        """The day of a source's statement in which what was paid should stand by then.

        `paid_on` is the clearing day. What was paid after the cut-off is taken on the next day, and what was taken on
        a day arrives by the next one on which the source works.
        """
        taken_on = paid_on
        if paid_at is not None:
            local = pendulum.instance(paid_at).in_timezone(clock.CHINA)
            cut_off = self.source(source).cut_off
            late = cut_off != _MIDNIGHT and local.time() >= cut_off
            taken_on = max(paid_on, local.date() + _DAY if late else local.date())
        if not self.works(source, taken_on):
            taken_on = self.day_after(source, taken_on)
        return self.day_after(source, taken_on)

    def is_batch_due(self, source: Source, day: date, there: int, has_turned: bool) -> bool:
        """Whether a batch of a running day should be there beside those that are `there`."""
        own, now = self.source(source), clock.local_now()
        if has_turned or not self.works(source, day):
            return False
        if own.batches_every is not None:
            return now.minute % own.batches_every == 0
        turns = day + _DAY if own.cut_off == _MIDNIGHT else day
        over = [_at(day, hour) for hour in own.batches] + ([_at(turns, own.cut_off)] if own.batches else [])
        return there < sum(now >= moment for moment in over)

    def running_days(self, source: Source) -> tuple[date, ...]:
        """The days of a source of which batches may come now: the last, today, and, after the cut-off, the next."""
        today = clock.today()
        cut_off = self.source(source).cut_off
        late = cut_off != _MIDNIGHT and clock.local_now().time() >= cut_off
        return (today - _DAY, today, *((self.day_after(source, today),) if late else ()))

    def is_late(self, source: Source, day: date) -> bool:
        """Whether a statement of a day that is not there should be."""
        due, on = self.source(source).due, self.day_after(source, day)
        return clock.now() >= _at(on, due)


def _at(day: date, hour: time) -> pendulum.DateTime:
    return pendulum.datetime(day.year, day.month, day.day, hour.hour, hour.minute, tz=clock.CHINA)


def load_holidays(folder: Path) -> Holidays:
    """The `holidays.yaml` of a folder, or none where there is no such file. BadInput names the field that is wrong."""
    path = folder / "holidays.yaml"
    if not path.exists():
        return Holidays()
    content: Any = parse_yaml(path.read_text(encoding="utf-8"))
    try:
        return Holidays(years=content)
    except ValidationError as error:
        first = error.errors()[0]
        raise BadInput(f"{path.name}: {'.'.join(map(str, first['loc']))}", first.get("input"), first["msg"]) from None
