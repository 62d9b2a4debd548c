import asyncio
from dataclasses import replace
from datetime import date, timedelta
from hashlib import sha256
from itertools import count
from uuid import uuid4

import pytest
from sqlalchemy import text

from foundation import clock
from foundation.database import transaction
from foundation.errors import Conflict, NotFound
from ledger import DayHead, Entry, LaneEnd, day_head, post, prove, seal_day, seal_up_to
from ledger.evidence import leaves_of
from ledger.merkle import root_of
from tests.ledger.book import DAY, Book

DAYS = count()


def next_day() -> date:
    return date.fromordinal(date(2026, 6, 1).toordinal() + next(DAYS))


async def test_a_payer_can_prove_the_payment(book: Book) -> None:
    entries = [book.paid(fen) for fen in range(1, 12)]
    async with transaction(book.made) as db:
        await post(db, entries[:5])
        await post(db, entries[5:])
    async with transaction(book.made) as db:
        sealed = await seal_day(db, next_day())
        proofs = [await prove(db, entry.key) for entry in entries]
    published = sealed.head()
    for entry, proof in zip(entries, proofs, strict=True):
        assert proof.entry == entry.canonical()
        assert proof.holds(published)
        assert not replace(proof, entry=proof.entry.replace(b" 1\n", b" 2\n") + b" ").holds(published)
        assert not replace(proof, index=proof.index + 1).holds(published)
        assert not proof.holds(bytes(32))


async def test_days_follow_each_other(book: Book) -> None:
    first_day, second_day, third_day = next_day(), next_day(), next_day()
    async with transaction(book.made) as db:
        await post(db, [book.paid()])
        first = await seal_day(db, first_day)
        assert await seal_day(db, first_day) == first
        late = book.paid()
        await post(db, [late])
        with pytest.raises(NotFound, match="seal the day"):
            await prove(db, late.key)
        third = await seal_day(db, third_day)
        assert third.previous == first.head()
        assert (await prove(db, late.key)).day == third
        with pytest.raises(Conflict, match="sealed already"):
            await seal_day(db, second_day)
        empty = await seal_day(db, next_day())
        assert (empty.entries, empty.lanes) == (0, ())
        with pytest.raises(NotFound):
            await prove(db, uuid4())


async def test_a_head_names_the_lanes_that_it_covers(book: Book) -> None:
    day = next_day()
    async with transaction(book.made) as db:
        await post(db, [book.paid()])
        sealed = await seal_day(db, day)
        cut = await db.execute(text("SELECT lane, last_seq FROM ledger.day_cut WHERE day = :day"), {"day": day})
        assert {(end.lane, end.seq) for end in sealed.lanes} == {tuple(row) for row in cut}
        assert sealed.lanes


async def test_what_is_not_sealed_is_named(book: Book) -> None:
    first, second = next_day(), next_day()
    key = uuid4()
    async with transaction(book.made) as db:
        with pytest.raises(NotFound) as missing:
            await day_head(db, first)
        with pytest.raises(NotFound) as unknown:
            await prove(db, key)
        await seal_day(db, second)
        with pytest.raises(Conflict) as late:
            await seal_day(db, first)
    assert (missing.value.detail, missing.value.facts) == (f"{first} is not sealed; seal it first", {"day": first})
    assert unknown.value.facts == {"key": key}
    assert late.value.facts == {"day": first}


async def test_an_earlier_day_is_under_the_newest_head(book: Book) -> None:
    early, late, later = next_day(), next_day(), next_day()
    async with transaction(book.made) as db:
        entry = book.paid()
        await post(db, [entry])
        sealed = await seal_up_to(db, late)
        assert (sealed.day, (await prove(db, entry.key)).holds(sealed.head())) == (late, True)
        assert await seal_up_to(db, early) == sealed
        assert await seal_up_to(db, late) == sealed
        assert (await seal_up_to(db, later)).previous == sealed.head()


async def test_a_head_can_be_made_again_from_its_entries(book: Book) -> None:
    day = next_day()
    entries = [book.paid(fen) for fen in range(1, 4)]
    async with transaction(book.made) as db:
        await post(db, entries)
        sealed = await seal_day(db, day)
        leaves = await leaves_of(db, day)
    assert set(leaves) >= {entry.digest() for entry in entries}
    assert sealed.over(leaves) == sealed
    fewer = sealed.over(leaves[:-1])
    assert (fewer.entries, fewer.root) == (sealed.entries - 1, root_of(leaves[:-1]))
    assert (fewer.day, fewer.lanes, fewer.previous) == (sealed.day, sealed.lanes, sealed.previous)
    assert fewer.head() != sealed.head()


def test_a_head_is_a_hash_over_its_lines() -> None:
    ends = (LaneEnd(0, 3, bytes([1]) * 32), LaneEnd(2, 9, bytes([2]) * 32))
    lines = f"{'00' * 32}\n2026-03-17\n0 3 {'01' * 32}\n2 9 {'02' * 32}\n5\n{'03' * 32}\n"
    assert DayHead(DAY, bytes(32), ends, 5, bytes([3]) * 32).head() == sha256(lines.encode()).digest()


async def test_whoever_seals_a_day_at_the_same_time_hears_the_same_head(book: Book) -> None:
    day = next_day()

    async def seal() -> DayHead:
        async with transaction(book.made) as db:
            return await seal_day(db, day)

    async with transaction(book.made) as db:
        await post(db, [book.paid()])
    heads = await asyncio.gather(*(seal() for _ in range(4)))
    async with book.made.connect() as db:
        assert {await day_head(db, day), *heads} == {heads[0]}


async def test_a_proof_names_the_regions_of_its_entry(book: Book) -> None:
    entry = book.paid()
    hold = replace(book.paid(), pending_until=clock.now() + timedelta(hours=1))
    void = Entry(uuid4(), hold.kind, DAY, "void", (), ends=hold.key)
    async with transaction(book.made) as db:
        await post(db, [entry, hold])
        await post(db, [void])
        await seal_day(db, next_day())
        assert (await prove(db, entry.key)).regions == {book.region}
        assert (await prove(db, void.key)).regions == frozenset()
