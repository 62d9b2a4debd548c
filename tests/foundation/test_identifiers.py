"""Bill numbers: short, with a check digit that catches typing slips."""

from datetime import date
from time import time_ns
from uuid import RFC_4122

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
    assert {(one.version, one.variant) for one in ids} == {(7, RFC_4122)}


def test_many_ids_do_not_run_ahead_of_the_time() -> None:
    before = time_ns() // 1_000_000
    newest = [new_id() for _ in range(5_000)][-1]
    assert before <= newest.int >> 80 <= time_ns() // 1_000_000 + 1_000
