"""A period is a day or a month, and says itself as it was written."""

from datetime import date

import pytest

from foundation.errors import BadInput
from ledger import Period


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2026-03-17", date(2026, 3, 17), date(2026, 3, 17)),
        ("2026-03", date(2026, 3, 1), date(2026, 3, 31)),
        ("2028-02", date(2028, 2, 1), date(2028, 2, 29)),
        ("2026-12", date(2026, 12, 1), date(2026, 12, 31)),
    ],
)
def test_days_and_months(text: str, first: date, last: date) -> None:
    period = Period.of(text)
    assert (period.first, period.last) == (first, last)
    assert str(period) == text
    days = list(period.days())
    assert (days[0], days[-1], len(days)) == (first, last, (last - first).days + 1)


def test_any_other_days_are_named_by_both_ends() -> None:
    assert str(Period(date(2026, 3, 1), date(2026, 3, 30))) == "2026-03-01 – 2026-03-30"


@pytest.mark.parametrize("text", ["", "2026", "2026-13", "2026-00", "2026-3", "2026-02-30", "March", " 2026-03"])
def test_what_is_no_period(text: str) -> None:
    with pytest.raises(BadInput) as caught:
        Period.of(text)
    assert (caught.value.field, caught.value.value) == ("period", text)
    assert caught.value.allowed == "a day such as 2026-03-17, or a month such as 2026-03"
