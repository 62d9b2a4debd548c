"""Writers side by side: each has a lane of its own, with a chain and counters that nobody else moves."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from foundation.database import transaction
from ledger import balances_as_of, post
from ledger.verify import verify
from tests.ledger.book import DAY, Book


@pytest.fixture
async def opened(book: Book) -> Book:
    """The book with the month opened, which one writer does while the others wait."""
    async with transaction(book.made) as db:
        await post(db, [book.paid()])
    return book


async def hot(book: Book, db: AsyncConnection, counters: str) -> list[tuple[Any, ...]]:
    query = f"SELECT lane, debits, credits FROM ledger.{counters} c JOIN ledger.account ON id = account_id"
    rows = await db.execute(text(f"{query} WHERE code = :code ORDER BY lane"), {"code": book.code("due_treasury")})
    return [tuple(row) for row in rows]


async def test_two_writers_move_one_account_at_once(opened: Book) -> None:
    book = opened
    async with transaction(book.made) as one, transaction(book.made) as other:
        await other.execute(text("SET LOCAL lock_timeout = '2s'"))
        await post(one, [book.confirmed(100)])
        await post(other, [book.confirmed(20), book.confirmed(3)])
        assert (await book.balances(one))["due_treasury"].balance == 100
        assert (await book.balances(other))["due_treasury"].balance == 23
    async with transaction(book.made) as db:
        assert await hot(book, db, "balance") == [(0, 0, 100), (1, 0, 23)]
        assert await hot(book, db, "day_total") == [(0, 0, 100), (1, 0, 23)]
        assert (await book.balances(db))["due_treasury"].balance == 123
        found = await balances_as_of(db, DAY, prefix=book.code("due_treasury"))
        assert [one.balance for one in found] == [123]
        before = await balances_as_of(db, DAY - timedelta(days=1), prefix=book.code("due_treasury"))
        assert [one.balance for one in before] == [0]
    assert (await verify(book.made)).findings == ()


async def test_a_transaction_keeps_its_lane(opened: Book) -> None:
    book = opened
    async with transaction(book.made) as one, transaction(book.made) as other:
        await post(one, [book.confirmed(1)])
        await post(other, [book.confirmed(2)])
        await post(one, [book.confirmed(4)])
        await post(other, [book.confirmed(8)])
    async with transaction(book.made) as db:
        assert await hot(book, db, "balance") == [(0, 0, 5), (1, 0, 10)]
