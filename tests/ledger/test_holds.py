from dataclasses import replace
from datetime import timedelta
from uuid import uuid4, uuid5

import pytest
from sqlalchemy import text

from foundation import clock
from foundation.database import transaction
from foundation.errors import HeyiError
from ledger import Entry, EntryKind, Posted, expire_holds, post, post_each
from ledger.errors import BeyondHold, HoldEnded, HoldExpired, UnknownHold
from tests.ledger.book import DAY, Book, opened, reversal


def held(book: Book, fen: int = 100, hours: float = 1) -> Entry:
    return replace(book.paid(fen), pending_until=clock.now() + timedelta(hours=hours))


def ending(hold: Entry, fen: int = 0) -> Entry:
    transfers = tuple(replace(one, amount_fen=fen) for one in hold.transfers) if fen else ()
    return Entry(uuid4(), hold.kind, DAY, "end", transfers, ends=hold.key)


async def test_a_hold_counts_only_as_pending(book: Book) -> None:
    async with transaction(book.made) as db:
        await post(db, [held(book)])
        left = await book.balances(db)
    assert (left["channel_transit"].debits, left["channel_transit"].pending_debits) == (0, 100)
    assert (left["receivable"].credits, left["receivable"].pending_credits) == (0, 100)


@pytest.mark.parametrize("fen", [100, 40, 0])
async def test_a_hold_is_posted_whole_in_part_or_voided(book: Book, fen: int) -> None:
    hold = held(book)
    async with transaction(book.made) as db:
        await post(db, [hold])
        await post(db, [ending(hold, fen)])
        left = await book.balances(db)
        with pytest.raises(HoldEnded):
            await post(db, [ending(hold, 1)])
    assert (left["channel_transit"].debits, left["channel_transit"].pending_debits) == (fen, 0)


async def test_holds_do_not_stretch(book: Book) -> None:
    hold = held(book)
    async with transaction(book.made) as db:
        await post(db, [hold])
        elsewhere = book.entry(EntryKind.payment_received, ("channel_transit", "receivable", 100))
        with pytest.raises(BeyondHold):
            await post(db, [ending(hold, 101)])
        with pytest.raises(BeyondHold):
            doubled = elsewhere.transfers * 2
            await post(db, [replace(elsewhere, transfers=doubled, ends=hold.key)])
        with pytest.raises(UnknownHold):
            await post(db, [replace(ending(hold), ends=elsewhere.key)])
        with pytest.raises(HeyiError, match="one of them, or none"):
            await post(db, [replace(ending(hold, 1), pending_until=clock.now())])
        left = await book.balances(db)
    assert left["channel_transit"].pending_debits == 100


async def test_only_one_of_two_ends_in_a_batch(book: Book) -> None:
    hold = held(book)
    async with transaction(book.made) as db:
        await post(db, [hold])
        first, second = await post_each(db, [ending(hold, 30), ending(hold, 70)])
        left = await book.balances(db)
    assert isinstance(first, Posted)
    assert isinstance(second, HoldEnded)
    assert left["channel_transit"].debits == 30


async def test_a_hold_expires(book: Book) -> None:
    hold = held(book, hours=-1)
    async with transaction(book.made) as db:
        await post(db, [hold])
        with pytest.raises(HoldExpired):
            await post(db, [ending(hold, 1)])
        assert await expire_holds(db) >= 1
        assert await expire_holds(db) == 0
        left = await book.balances(db)
    assert left["channel_transit"].pending_debits == 0


async def test_a_hold_is_voided_not_reversed(book: Book) -> None:
    hold = held(book)
    async with transaction(book.made) as db:
        await post(db, [hold])
        with pytest.raises(HeyiError, match="does not mirror"):
            await post(db, [reversal(hold)])
        (again,) = await post(db, [hold])
        assert again.replayed
        with pytest.raises(HeyiError, match="another pending_until;"):
            await post(db, [replace(hold, pending_until=None)])


async def test_an_expiry_has_one_key_and_says_why(own_database_url: str) -> None:
    async with opened(own_database_url) as book:
        hold = held(book, hours=-1)
        async with transaction(book.made) as db:
            await post(db, [hold])
        async with transaction(book.made) as db:
            assert await expire_holds(db) == 1
            assert await expire_holds(db) == 0
            ended = await db.execute(
                text(
                    "SELECT key, reference, effective_on, outcome FROM ledger.entry JOIN ledger.hold_end ON hold = ends"
                )
            )
            assert [tuple(row) for row in ended] == [
                (uuid5(hold.key, "expired"), "deadline passed", clock.today(), "expired")
            ]
