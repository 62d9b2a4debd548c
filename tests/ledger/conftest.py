from collections.abc import AsyncIterator

import pytest_asyncio

from tests.ledger.book import Book, opened


@pytest_asyncio.fixture
async def book(database_url: str) -> AsyncIterator[Book]:
    async with opened(database_url) as made:
        yield made
