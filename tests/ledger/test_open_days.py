from datetime import date
from uuid import uuid4

import pytest

from foundation.database import transaction
from ledger import (
    Account,
    AccountClass,
    Entry,
    EntryKind,
    Transfer,
    approve_reopening,
    balances_as_of,
    close_days,
    first_open_day,
    open_accounts,
    post_on_open_days,
    propose_reopening,
)
from ledger.errors import UnknownAccount
from tests.ledger.book import Book


def day(number: int) -> date:
    return date(2026, 8, number)


class Two:
    """Two regions of a test's own."""

    def __init__(self) -> None:
        first = 500_000 + uuid4().int % 200_000
        self.here, self.there = str(first), str(first + 200_000)

    def entry(self, region: str, on: date, fen: int) -> Entry:
        move = Transfer(f"{region}:receivable:all", f"{region}:due_treasury:all", fen)
        return Entry(uuid4(), EntryKind.bill_confirmed, on, "test", (move,))


@pytest.fixture
async def two(book: Book) -> Two:
    made = Two()
    async with transaction(book.made) as db:
        for region in (made.here, made.there):
            for cls in (AccountClass.receivable, AccountClass.due_treasury):
                await open_accounts(db, [Account(f"{region}:{cls}:all", region, cls)])
    return made


async def test_the_first_open_day(book: Book, two: Two) -> None:
    async with transaction(book.made) as db:
        assert await first_open_day(db, two.here, day(3)) == day(3)
        await close_days(db, two.here, day(3), day(5), "finance")
        await close_days(db, two.here, day(7), day(7), "finance")
        assert [await first_open_day(db, two.here, day(n)) for n in range(2, 9)] == [
            day(n) for n in (2, 6, 6, 6, 6, 8, 8)
        ]
        assert await first_open_day(db, two.there, day(3)) == day(3)
        proposal = await propose_reopening(db, two.here, day(4), day(4), "ann", "a file came late")
        await approve_reopening(db, two.here, proposal.id, "bob")
        assert await first_open_day(db, two.here, day(3)) == day(4)


async def test_what_comes_after_the_close_is_dated_on_an_open_day(book: Book, two: Two) -> None:
    async with transaction(book.made) as db:
        await close_days(db, two.here, day(3), day(3), "finance")
        await close_days(db, two.here, day(5), day(6), "finance")
        entries = [
            two.entry(two.here, day(3), 1),
            two.entry(two.here, day(4), 10),
            two.entry(two.here, day(5), 100),
            two.entry(two.there, day(3), 1000),
        ]
        posted = await post_on_open_days(db, entries)
        assert [one.key for one in posted] == [one.key for one in entries]

        async def held(region: str) -> list[int]:
            days = [await balances_as_of(db, day(n), region=region) for n in range(3, 8)]
            return [book[1].balance for book in days]

        assert await held(two.here) == [0, 11, 11, 11, 111]
        assert await held(two.there) == [1000] * 5


async def test_other_refusals_stay_what_they_are(book: Book, two: Two) -> None:
    async with transaction(book.made) as db:
        await close_days(db, two.here, day(3), day(3), "finance")
        wrong = two.entry(two.here, day(3), 1)
        nowhere = Transfer(f"{two.here}:receivable:none", wrong.transfers[0].credit, 1)
        with pytest.raises(UnknownAccount):
            await post_on_open_days(db, [wrong, Entry(uuid4(), wrong.kind, day(3), "test", (nowhere,))])
