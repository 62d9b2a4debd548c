"""Holidays as published, and what each source's hours make of them."""

from datetime import date, time
from pathlib import Path

import pendulum
import pytest

from api.wiring import EXAMPLE_REGIONS
from foundation import clock
from foundation.errors import BadInput
from settlement.calendars import Holidays, Hours, SourceHours, load_holidays
from settlement.ports.statements import Source


@pytest.fixture(scope="module")
def holidays() -> Holidays:
    return load_holidays(EXAMPLE_REGIONS)


def hours(holidays: Holidays, **changes: object) -> Hours:
    return Hours(of={Source.treasury: SourceHours.model_validate(changes)}, holidays=holidays)


@pytest.mark.parametrize(
    ("day", "is_workday"),
    [
        (date(2025, 1, 26), True),  # a Sunday worked before the Spring Festival
        (date(2025, 1, 28), False),
        (date(2025, 10, 8), False),
        (date(2025, 10, 11), True),
        (date(2026, 1, 4), True),
        (date(2026, 2, 23), False),
        (date(2026, 2, 28), True),
        (date(2026, 9, 25), False),
        (date(2026, 10, 10), True),
        (date(2026, 11, 21), False),
        (date(2030, 10, 1), True),  # not published yet: only weekends are free
    ],
)
def test_days_are_free_and_worked_as_published(holidays: Holidays, day: date, is_workday: bool) -> None:
    assert holidays.is_workday(day) is is_workday


def test_what_is_paid_before_a_holiday_is_expected_after_it(holidays: Holidays) -> None:
    workdays = hours(holidays, works="workdays")
    assert workdays.expected(Source.treasury, date(2026, 9, 30)) == date(2026, 10, 8)
    assert workdays.expected(Source.treasury, date(2026, 10, 3)) == date(2026, 10, 9)
    assert workdays.expected(Source.treasury, date(2026, 2, 13)) == date(2026, 2, 14)
    assert Hours(holidays=holidays).expected(Source.treasury, date(2026, 9, 30)) == date(2026, 10, 1)
    assert Hours(holidays=holidays).day_after(Source.bank, date(2026, 9, 30)) == date(2026, 10, 8)


def test_what_is_paid_after_the_cut_off_is_taken_on_the_next_day(holidays: Holidays) -> None:
    until = hours(holidays, works="workdays", cut_off=time(16, 30))
    for hour, minute, expected in ((16, 29, date(2026, 3, 4)), (16, 30, date(2026, 3, 5))):
        paid_at = pendulum.datetime(2026, 3, 3, hour, minute, tz=clock.CHINA)
        assert until.expected(Source.treasury, date(2026, 3, 3), paid_at) == expected


def test_a_statement_is_late_after_its_hour_of_the_next_working_day(holidays: Holidays) -> None:
    due = hours(holidays, works="workdays", due=time(10, 30))
    for day, hour, late in ((7, 12, False), (8, 10, False), (8, 11, True)):
        clock.travel(pendulum.datetime(2026, 10, day, hour, tz=clock.CHINA))
        assert due.is_late(Source.treasury, date(2026, 9, 30)) is late
    clock.come_back()


@pytest.mark.parametrize("year", ["free: [[2027-01-03, 2027-01-01]], worked: []", "free: [], worked: [2027-01-04]"])
def test_a_year_that_cannot_be_is_refused(tmp_path: Path, year: str) -> None:
    (tmp_path / "holidays.yaml").write_text(f"2027: {{published: x, {year}}}")
    with pytest.raises(BadInput, match=r"holidays\.yaml"):
        load_holidays(tmp_path)
