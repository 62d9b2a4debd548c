"""What is done to a statement can be seen in it."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from adapters.simulator.damage import damaged


@given(st.lists(st.integers(2, 40), min_size=1, max_size=12), st.sampled_from([b"\n", b"\r\n"]))
def test_a_statement_is_cut_off_in_the_middle_of_a_row(lengths: list[int], end: bytes) -> None:
    rows = [b"x" * length + end for length in lengths]
    *whole, last = damaged(b"".join(rows), "truncated", date(2026, 3, 17)).split(b"\n")
    assert [row + b"\n" for row in whole] == rows[: len(whole)]
    assert 0 < len(last) < lengths[len(whole)]
