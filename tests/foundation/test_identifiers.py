"""Bill numbers: short, with a check digit that catches typing slips."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.errors import BadInput
from foundation.identifiers import SERIALS, bill_number, checked_bill_number, new_id


@given(st.integers(0, SERIALS - 1), st.integers(0, 18), st.integers(1, 9))
def test_one_wrong_digit_is_noticed(serial: int, place: int, by: int) -> None:
    number = bill_number("341502", date(2026, 3, 1), serial)
    assert len(number) == 19
    assert checked_bill_number(number) == number
    wrong = number[:place] + str((int(number[place]) + by) % 10) + number[place + 1 :]
    with pytest.raises(BadInput, match="last digit"):
        checked_bill_number(wrong)


def test_ids_are_ordered_by_time() -> None:
    ids = [new_id() for _ in range(1000)]
    assert ids == sorted(ids)
    assert {one.version for one in ids} == {7}
