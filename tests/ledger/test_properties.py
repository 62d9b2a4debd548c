"""What is true of the book after any sequence of batches, right and wrong, alone and side by side."""

import asyncio
from collections import Counter
from collections.abc import Coroutine, Iterator
from contextlib import AsyncExitStack
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from foundation.database import transaction
from ledger import AccountClass, Entry, EntryKind, Posted, post, post_each
from tests.ledger.book import DAY, Book, opened, reversal

CLASSES = [cls.value for cls in AccountClass]
MOVES = st.lists(
    st.tuples(st.sampled_from(CLASSES), st.sampled_from(CLASSES), st.integers(0, 10**13)), min_size=1, max_size=4
)
BATCHES = st.lists(
    st.lists(st.tuples(st.sampled_from(list(EntryKind)), MOVES), min_size=1, max_size=6), min_size=1, max_size=5
)
GOOD = st.lists(st.integers(1, 10**12), min_size=1, max_size=8)
FEW = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


class Desk:
    """A book with an event loop of its own, so that hypothesis can walk through it in plain functions."""

    def __init__(self, database_url: str) -> None:
        self.runner = asyncio.Runner()
        self.stack = AsyncExitStack()
        self.book: Book = self.do(self.stack.enter_async_context(opened(database_url)))

    def do(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.runner.run(work)

    def close(self) -> None:
        self.do(self.stack.aclose())
        self.runner.close()


@pytest.fixture(scope="module")
def desk(database_url: str) -> Iterator[Desk]:
    made = Desk(database_url)
    yield made
    made.close()


async def counted(book: Book) -> dict[str, tuple[int, int]]:
    async with transaction(book.made) as db:
        return {cls: (one.debits, one.credits) for cls, one in (await book.balances(db)).items()}


async def history(book: Book) -> dict[str, tuple[int, int]]:
    """The counters as the transfers themselves give them."""
    async with transaction(book.made) as db:
        rows = await db.execute(
            text("""
                SELECT split_part(account.code, ':', 2),
                    coalesce((SELECT sum(amount) FROM ledger.transfer WHERE debit = account.id), 0),
                    coalesce((SELECT sum(amount) FROM ledger.transfer WHERE credit = account.id), 0)
                FROM ledger.account WHERE account.code LIKE '%:' || :mark
            """),
            {"mark": book.mark},
        )
        return {cls: (int(debits), int(credits)) for cls, debits, credits in rows}


async def day_totals(book: Book) -> dict[str, tuple[int, int]]:
    async with transaction(book.made) as db:
        rows = await db.execute(
            text("""
                SELECT split_part(account.code, ':', 2), sum(total.debits), sum(total.credits)
                FROM ledger.day_total total JOIN ledger.account ON account.id = total.account_id
                WHERE account.code LIKE '%:' || :mark GROUP BY 1
            """),
            {"mark": book.mark},
        )
        return {cls: (int(debits), int(credits)) for cls, debits, credits in rows}


def entries_of(book: Book, drawn: list[tuple[EntryKind, list[tuple[str, str, int]]]]) -> list[Entry]:
    return [book.entry(kind, *moves) for kind, moves in drawn]


async def post_or_not(book: Book, entries: list[Entry]) -> bool:
    async with transaction(book.made) as db:
        answers = await post_each(db, entries)
    return all(isinstance(answer, Posted) for answer in answers)


async def assert_sound(book: Book) -> None:
    counters = await counted(book)
    assert sum(debits for debits, _ in counters.values()) == sum(credits for _, credits in counters.values())
    assert counters == await history(book)
    moved = {cls: pair for cls, pair in counters.items() if pair != (0, 0)}
    assert moved == await day_totals(book)


@FEW
@given(drawn=BATCHES)
def test_debits_equal_credits_after_any_sequence(desk: Desk, drawn: Any) -> None:
    for batch in drawn:
        desk.do(post_or_not(desk.book, entries_of(desk.book, batch)))
    desk.do(assert_sound(desk.book))


@FEW
@given(amounts=GOOD, repeats=st.integers(1, 3))
def test_a_replay_changes_nothing(desk: Desk, amounts: list[int], repeats: int) -> None:
    async def walk() -> None:
        book = desk.book
        entries = [book.confirmed(fen) for fen in amounts]
        async with transaction(book.made) as db:
            first = await post(db, entries)
        before = await counted(book)
        for _ in range(repeats):
            async with transaction(book.made) as db:
                again = await post(db, entries)
            assert [one.entry_id for one in again] == [one.entry_id for one in first]
            assert all(one.replayed for one in again)
        assert await counted(book) == before

    desk.do(walk())


@FEW
@given(amounts=GOOD, place=st.integers(0, 8), wrong=MOVES)
def test_a_refused_batch_changes_nothing(desk: Desk, amounts: list[int], place: int, wrong: Any) -> None:
    async def walk() -> None:
        book = desk.book
        entries = [book.confirmed(fen) for fen in amounts]
        bad = book.entry(EntryKind.bill_confirmed, *wrong, ("surplus", "bank", 1))
        entries.insert(place, bad)
        before = await counted(book)
        async with transaction(book.made) as db:
            with pytest.raises(Exception, match=r"not allowed|may not debit"):
                await post(db, entries)
        assert await counted(book) == before
        async with transaction(book.made) as db:
            first, *_ = await post(db, [entries[1 if place == 0 else 0]])
        assert not first.replayed  # its key was not kept either

    desk.do(walk())


@settings(FEW, max_examples=12)
@given(lists=st.lists(st.lists(st.tuples(st.integers(0, 11), st.integers(1, 9)), max_size=6), min_size=2, max_size=6))
def test_side_by_side_the_counters_stay_equal_to_history(desk: Desk, lists: Any) -> None:
    """Several connections post from the same few entries, and reverse them, at once."""

    async def walk() -> None:
        book = desk.book
        entries = [book.confirmed(fen + 1) if fen % 2 else book.paid(fen + 1) for fen in range(12)]
        outcomes: Counter[Any] = Counter()

        async def caller(choices: list[tuple[int, int]]) -> None:
            for place, turn in choices:
                batch = [entries[place], entries[(place + turn) % 12]]
                if turn > 6:
                    batch = [reversal(entries[place])]
                async with transaction(book.made) as db:
                    for entry, answer in zip(batch, await post_each(db, batch), strict=True):
                        if isinstance(answer, Posted) and not answer.replayed:
                            outcomes[entry.reverses or entry.key, entry.reverses is None] += 1

        await asyncio.gather(*(caller(choices) for choices in lists))
        assert set(outcomes.values()) <= {1}
        await assert_sound(book)

    desk.do(walk())


def test_the_same_notification_from_eight_connections_is_posted_once(desk: Desk) -> None:
    async def walk() -> None:
        entry = desk.book.paid(77)

        async def caller() -> Posted:
            async with transaction(desk.book.made) as db:
                (posted,) = await post(db, [entry])
                return posted

        answers = await asyncio.gather(*(caller() for _ in range(8)))
        assert sorted(one.replayed for one in answers) == [False] + [True] * 7
        assert len({one.entry_id for one in answers}) == 1

    desk.do(walk())


def test_chains_of_several_lanes_hold_together(desk: Desk) -> None:
    async def walk() -> None:
        async def caller() -> None:
            for _ in range(5):
                async with transaction(desk.book.made) as db:
                    await post(db, [desk.book.confirmed(1, on=DAY)])
                    await asyncio.sleep(0.001)

        await asyncio.gather(*(caller() for _ in range(6)))
        async with transaction(desk.book.made) as db:
            broken = await db.scalar(
                text("""
                    SELECT count(*) FROM (
                        SELECT previous, lag(hash) OVER lane AS before, seq, lag(seq) OVER lane AS seq_before
                        FROM ledger.batch WINDOW lane AS (PARTITION BY lane ORDER BY seq)
                    ) AS link WHERE before <> previous OR seq_before + 1 <> seq
                """)
            )
            lanes = await db.scalar(text("SELECT count(DISTINCT lane) FROM ledger.batch"))
        assert broken == 0
        assert lanes > 1

    desk.do(walk())
