"""The match against a slow, plain one, row for row; and what may never happen to a row."""

from collections import Counter
from datetime import timedelta

import ibis
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciliation.columns import hold_together, keyed_pass
from reconciliation.explanation import explain
from reconciliation.judgement import Judgement
from reconciliation.matching import SIDE_SCHEMA
from reconciliation.ports import BookRow
from settlement.ports.columns import columns_of
from settlement.ports.statements import Source, StatementRow
from tests.reconciliation.conftest import DAY, REGION

KEYS = st.sampled_from(["", "k1", "k2", "k3", "k4"])
ACCOUNTS = st.sampled_from(["", "a", "b"])
AMOUNTS = st.sampled_from([100, 200, 300, -100])
SECOND = st.sampled_from(["", "o1", "o2"])

book_rows = st.builds(
    BookRow, KEYS, SECOND, AMOUNTS, ACCOUNTS, st.none(), st.none(), st.sampled_from([DAY, DAY + timedelta(days=1)])
)
statement_rows = st.builds(StatementRow, st.integers(1, 99), KEYS, SECOND, AMOUNTS, ACCOUNTS)
side_rows = st.lists(st.tuples(KEYS, ACCOUNTS, AMOUNTS), max_size=8)


def plainly_matched(sides: list[list[tuple[str, str, int]]]) -> set[tuple[str, str, int]]:
    """Rows of a key and account of which every side has the same amounts, each once: the slow way, by looking."""
    matched = set()
    for key, account, fen in sides[0]:
        amounts = [sorted(other[2] for other in side if other[:2] == (key, account)) for side in sides]
        if key and all(one == sorted(set(amounts[0])) for one in amounts):
            matched.add((key, account, fen))
    return matched


@given(st.lists(side_rows, min_size=2, max_size=4))
@settings(deadline=None, max_examples=60)
def test_any_number_of_sides_matches_as_the_plain_matcher_does(sides: list[list[tuple[str, str, int]]]) -> None:
    engine = ibis.duckdb.connect()
    tables = {
        f"side{number}": ibis.memtable([(row_no, *row) for row_no, row in enumerate(side)], schema=SIDE_SCHEMA)
        for number, side in enumerate(sides)
    }
    found = hold_together(engine, tables)
    agreed = {(row["key"], row["account"], row["amount_fen"]) for row in engine.to_pyarrow(found.agreed).to_pylist()}
    engine.disconnect()
    wanted = plainly_matched(sides)
    assert agreed == wanted
    assert (found.count, found.fen) == (len(wanted), sum(row[2] for row in wanted))
    for number, side in enumerate(sides):
        rest = found.rest[f"side{number}"]["row_no"].to_pylist()
        assert rest == [row_no for row_no, row in enumerate(side) if row not in wanted]


@given(st.lists(book_rows, max_size=10), st.lists(statement_rows, max_size=10))
@settings(deadline=None, max_examples=60)
def test_every_row_ends_in_exactly_one_bucket(book: list[BookRow], statement: list[StatementRow]) -> None:
    rest = keyed_pass(book, columns_of(statement))
    found = explain(rest.ours, rest.theirs, [], Judgement(REGION, Source.treasury, DAY, None))
    ours = [row for one in found.breaks for row in one.ours] + [one.row for one in found.pool] + found.matched
    assert Counter(ours) == Counter(rest.ours)
    named = Counter(row for one in found.breaks for row in one.theirs)
    missing = Counter(rest.theirs) - named
    assert not named - Counter(rest.theirs)
    assert sum(missing.values()) == len(found.matched)
    assert rest.matched_fen + sum(row.amount_fen for row in found.matched) + sum(
        one.their_fen for one in found.breaks
    ) == sum(row.amount_fen for row in statement)
    assert len({one.fingerprint for one in found.breaks}) == len(found.breaks)
    assert all(one.row.expected_on > DAY for one in found.pool)


@given(st.lists(book_rows, max_size=8), st.lists(statement_rows, max_size=8), st.randoms())
@settings(deadline=None, max_examples=60)
def test_the_order_of_rows_does_not_matter(book: list[BookRow], statement: list[StatementRow], shuffle) -> None:  # type: ignore[no-untyped-def]
    def names(ours: list[BookRow], theirs: list[StatementRow]) -> list[tuple[str, int, int]]:
        rest = keyed_pass(ours, columns_of(theirs))
        found = explain(rest.ours, rest.theirs, [], Judgement(REGION, Source.treasury, DAY, None))
        return sorted((one.kind, one.our_fen, one.their_fen) for one in found.breaks)

    before = names(book, statement)
    book, statement = list(book), list(statement)
    shuffle.shuffle(book)
    shuffle.shuffle(statement)
    assert names(book, statement) == before
