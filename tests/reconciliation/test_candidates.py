"""Suggestions for money that nobody knows."""

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from reconciliation.candidates import Candidates
from tests.reconciliation.conftest import ours


@given(st.lists(st.integers(1, 30), max_size=9), st.integers(1, 90))
def test_a_set_is_found_when_there_is_one_and_sums_to_the_amount(amounts: list[int], wanted: int) -> None:
    rows = [ours(f"k{number}", fen) for number, fen in enumerate(amounts)]
    fen_of = {row.key: row.amount_fen for row in rows}
    found = Candidates(rows).of(wanted)
    possible = [some for size in (1, 2, 3, 4) for some in combinations(amounts, size) if sum(some) == wanted]
    assert bool(found) == bool(possible)
    for numbers in found:
        assert len(set(numbers)) == len(numbers) == min(map(len, possible))
        assert sum(fen_of[number] for number in numbers) == wanted


def test_money_out_is_no_candidate() -> None:
    assert Candidates([ours("k1", -100), ours("k2", 200)]).of(100) == ()


def test_many_open_rows_are_searched_within_bounds() -> None:
    rows = [ours(f"k{number}", 1_000_003 * number + 17) for number in range(1, 5_000)]
    assert Candidates(rows).of(1_000_003 * 4_999 * 3 + 1) == ()
