"""Which of our open rows could money be that nobody knows? One row of its amount, else a few that sum to it.

A suggestion for a person, never a match. Bounded: at most four rows, among the first sixty.
"""

from collections.abc import Sequence
from itertools import combinations, product

import numpy as np

from settlement.ports.book import BookRow

_ROWS_MAX = 60
_SINGLES_MAX = 5


class Candidates:
    """Open rows of ours, ready to be searched by amount."""

    def __init__(self, open_rows: Sequence[BookRow]) -> None:
        rows = [row for row in open_rows if row.amount_fen > 0]
        self._of: dict[int, list[BookRow]] = {}
        for row in rows:
            self._of.setdefault(row.amount_fen, []).append(row)
        self._few = few = rows[:_ROWS_MAX]
        self._pairs: dict[int, list[tuple[BookRow, BookRow]]] = {}
        for pair in combinations(few, 2):
            self._pairs.setdefault(pair[0].amount_fen + pair[1].amount_fen, []).append(pair)
        self._sums = np.array(sorted(self._pairs), dtype=np.int64)

    def of(self, amount_fen: int) -> tuple[tuple[str, ...], ...]:
        """Sets of numbers (key, or second key) of rows that sum to an amount: several single rows, or one set."""
        singles = self._of.get(amount_fen, [])[:_SINGLES_MAX]
        if singles:
            return tuple((_number(row),) for row in singles)
        found = self._two(amount_fen) or self._three(amount_fen) or self._four(amount_fen)
        return (tuple(map(_number, found)),) if found else ()

    def _two(self, amount_fen: int) -> Sequence[BookRow]:
        return self._pairs.get(amount_fen, [()])[0]

    def _three(self, amount_fen: int) -> Sequence[BookRow]:
        for one in self._few:
            for pair in self._pairs.get(amount_fen - one.amount_fen, ()):
                if all(one is not other for other in pair):
                    return (one, *pair)
        return ()

    def _four(self, amount_fen: int) -> Sequence[BookRow]:
        others = amount_fen - self._sums
        places = np.searchsorted(self._sums, others).clip(max=len(self._sums) - 1)
        for sum_fen in self._sums[self._sums[places] == others].tolist():
            for first, second in product(self._pairs[sum_fen], self._pairs[amount_fen - sum_fen]):
                if all(one is not other for one, other in product(first, second)):
                    return (*first, *second)
        return ()


def _number(row: BookRow) -> str:
    return row.key or row.second_key
