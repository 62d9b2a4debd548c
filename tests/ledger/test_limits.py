import asyncio
from uuid import uuid4

import pytest

from foundation.database import transaction
from foundation.errors import HeyiError
from ledger import Account, AccountClass, Entry, EntryKind, Posted, Transfer, balances, open_accounts, post, post_each
from ledger.errors import LimitReached
from tests.ledger.book import DAY, REGION, Book


class Pool:
    """A surplus account that never goes below zero nor above 100 fen, and ways in and out of it."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self.code = f"{REGION}:surplus:pool-{book.mark}"

    def entry(self, fen: int) -> Entry:
        """Money in, or out where `fen` is negative."""
        if fen > 0:
            move = Transfer(self.book.code("bank"), self.code, fen)
            return Entry(uuid4(), EntryKind.surplus_received, DAY, "in", (move,))
        move = Transfer(self.code, self.book.code("receivable"), -fen)
        return Entry(uuid4(), EntryKind.surplus_applied, DAY, "out", (move,))

    async def balance(self) -> int:
        async with transaction(self.book.made) as db:
            (found,) = await balances(db, prefix=self.code)
            return found.balance


@pytest.fixture
async def pool(book: Book) -> Pool:
    made = Pool(book)
    async with transaction(book.made) as db:
        await open_accounts(db, [Account(made.code, REGION, AccountClass.surplus, lowest=0, highest=100)])
    return made


async def test_a_limited_account_stays_within(book: Book, pool: Pool) -> None:
    async with transaction(book.made) as db:
        await post(db, [pool.entry(60)])
        entry = pool.entry(-61)
        with pytest.raises(LimitReached) as caught:
            await post(db, [entry])
        with pytest.raises(LimitReached):
            await post(db, [pool.entry(41)])
        await post(db, [pool.entry(40), pool.entry(-100)])
    assert await pool.balance() == 0
    assert caught.value.detail.replace(book.mark, "MARK") == (
        f"entry {entry.key}: would bring 341502:surplus:pool-MARK to -1 fen; it must stay not below 0 and not above 100"
    )


async def test_a_refused_entry_makes_room(book: Book, pool: Pool) -> None:
    async with transaction(book.made) as db:
        answers = await post_each(db, [pool.entry(fen) for fen in (70, 50, -80, 30, 1, -100)])
    assert [isinstance(answer, Posted) for answer in answers] == [True, False, False, True, False, True]
    assert await pool.balance() == 0


async def test_callers_side_by_side_do_not_pass_the_limit(book: Book, pool: Pool) -> None:
    async def caller() -> int:
        taken = 0
        for _ in range(5):
            async with transaction(book.made) as db:
                (answer,) = await post_each(db, [pool.entry(7)])
                taken += isinstance(answer, Posted)
        return taken

    taken = await asyncio.gather(*(caller() for _ in range(6)))
    assert sum(taken) == 14
    assert await pool.balance() == 98


async def test_bounds_lie_around_zero() -> None:
    with pytest.raises(HeyiError, match="where every account starts"):
        Account("341502:surplus:x", REGION, AccountClass.surplus, lowest=1)
