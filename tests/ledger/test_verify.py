"""Whoever gets past all doors and triggers is found out: one byte, one row, one batch."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from foundation import clock
from foundation.database import transaction
from ledger import (
    Account,
    AccountClass,
    Entry,
    EntryKind,
    Transfer,
    close_days,
    open_accounts,
    post,
    seal_day,
    verify,
)
from tests.ledger.book import DAY, REGION, Book, opened, reversal


@pytest.fixture
async def whole_book(own_database_url: str) -> AsyncIterator[tuple[Book, AsyncEngine]]:
    """A database of its own with a little of everything in it, and the power to do what nobody may."""
    owner = create_async_engine(own_database_url)
    async with opened(own_database_url) as book:
        entry, hold = book.confirmed(), replace(book.paid(), pending_until=clock.now() + timedelta(hours=1))
        async with transaction(book.made) as db:
            await post(db, [entry, book.paid(), hold])
        async with transaction(book.made) as db:
            await post(db, [reversal(entry), Entry(uuid4(), hold.kind, DAY, "void", (), ends=hold.key)])
            await post(db, [book.confirmed(5, on=date(2026, 4, 1)), book.confirmed(6)])
            await seal_day(db, DAY)
        yield book, owner
    await owner.dispose()


TAMPERED = {
    "nothing": ("SELECT 1", set()),
    "an amount": (
        "UPDATE ledger.entry SET amounts[1] = amounts[1] + 1 WHERE id = 8193",
        {"entry_differs_from_digest", "counter_differs", "day_total_differs"},
    ),
    "a reference": ("UPDATE ledger.entry SET reference = 'Test' WHERE id = 8193", {"entry_differs_from_digest"}),
    "a digest": (
        "UPDATE ledger.entry_key SET digest = sha256(digest) WHERE entry_id = 8194",
        {"entry_differs_from_digest", "batch_hash_differs", "day_head_differs"},
    ),
    "a deleted transfer": (
        "UPDATE ledger.entry SET amounts = '{}', debits = '{}', credits = '{}' WHERE id = 8194",
        {"entry_differs_from_digest", "counter_differs", "day_total_differs", "trail_differs"},
    ),
    "a deleted entry": (
        "DELETE FROM ledger.entry WHERE id = 8194",
        {
            "key_without_entry",
            "batch_count_differs",
            "batch_hash_differs",
            "day_head_differs",
            "counter_differs",
            "day_total_differs",
            "trail_differs",
        },
    ),
    "a deleted key": (
        "DELETE FROM ledger.entry_key WHERE entry_id = 8194",
        {"entry_without_key", "batch_hash_differs", "day_head_differs"},
    ),
    "a deleted batch": (
        "DELETE FROM ledger.batch WHERE seq = 2",
        {"batch_missing", "batch_off_its_predecessor", "entry_without_batch", "day_head_differs"},
    ),
    "batches in another order": (
        "UPDATE ledger.batch SET seq = 5 - seq + 100 WHERE seq IN (2, 3);"
        "UPDATE ledger.batch SET seq = seq - 100 WHERE seq > 100",
        {"batch_off_its_predecessor", "batch_hash_differs", "day_head_differs"},
    ),
    "a counter": ("UPDATE ledger.balance SET debits = debits + 1 WHERE account_id = 1", {"counter_differs"}),
    "a day's total": ("UPDATE ledger.day_total SET debits = debits + 1", {"day_total_differs"}),
    "a lost day's total": ("DELETE FROM ledger.day_total", {"day_total_differs"}),
    "a trail": ("UPDATE ledger.trail SET last_entry = last_entry + 1", {"trail_differs"}),
    "a lost trail": ("DELETE FROM ledger.trail", {"trail_differs"}),
    "a limit": (
        "INSERT INTO ledger.account_limit SELECT account_id, NULL, 0 FROM ledger.balance WHERE credits > debits",
        {"limit_broken"},
    ),
    "what was held": ("UPDATE ledger.hold_total SET debits = debits + 1", {"hold_total_differs"}),
    "a deadline": ("UPDATE ledger.hold SET deadline = deadline + interval '1 day'", {"hold_differs"}),
    "an end of a hold": ("DELETE FROM ledger.hold_end", {"hold_differs", "hold_total_differs"}),
    "a reversal": ("DELETE FROM ledger.reversal", {"reversal_differs"}),
    "a rule": (
        "DELETE FROM ledger.entry_rule WHERE kind = (SELECT id FROM ledger.entry_kind WHERE name = 'bill_confirmed')",
        {"transfer_against_rules"},
    ),
    "a day's head": ("UPDATE ledger.day_head SET head = sha256(head)", {"day_head_differs"}),
    "a day's predecessor": (
        "UPDATE ledger.day_head SET previous = sha256(previous)",
        {"day_off_its_predecessor", "day_head_differs"},
    ),
    "a day's cut": ("UPDATE ledger.day_cut SET first_seq = 2", {"day_cut_differs", "day_head_differs"}),
}


@pytest.mark.parametrize("what", TAMPERED)
async def test_tampering_is_found(whole_book: tuple[Book, AsyncEngine], what: str) -> None:
    book, owner = whole_book
    change, expected = TAMPERED[what]
    async with owner.begin() as db:
        await db.execute(text("SET LOCAL session_replication_role = replica"))  # no trigger fires
        for statement in change.split(";"):
            await db.execute(text(statement))
    report = await verify(book.made)
    assert {finding.kind.value for finding in report.findings} == expected
    assert report.batches == 3 - (what == "a deleted batch")
    assert report.entries == 7 - (what == "a deleted key")


ARCHIVED = {
    "nothing": ("SELECT 1", set()),
    "an amount": (
        "UPDATE ledger.archived_entry SET amounts[1] = amounts[1] + 1",
        {"entry_differs_from_digest", "counter_differs", "day_total_differs"},
    ),
    "a reference": ("UPDATE ledger.archived_entry SET reference = 'Test'", {"entry_differs_from_digest"}),
    "a deleted entry": (
        "DELETE FROM ledger.archived_entry",
        {
            "key_without_entry",
            "batch_count_differs",
            "batch_hash_differs",
            "day_head_differs",
            "counter_differs",
            "day_total_differs",
            "trail_differs",
        },
    ),
}


@pytest.mark.parametrize("what", ARCHIVED)
async def test_tampering_with_an_archived_month_is_found(own_database_url: str, what: str) -> None:
    owner = create_async_engine(own_database_url)
    change, expected = ARCHIVED[what]
    async with opened(own_database_url) as book:
        async with transaction(book.made) as db:
            await post(db, [book.confirmed(), book.confirmed(5, on=date(2026, 4, 1))])
            await seal_day(db, DAY)
        async with transaction(book.made) as db:
            await close_days(db, book.region, date(2026, 3, 1), date(2026, 3, 31), "ann")
        async with owner.begin() as db:
            assert await db.scalar(text("SELECT ledger.archive_month('2026-03-01', now())")) == 0
            await db.execute(text("SET LOCAL session_replication_role = replica"))
            await db.execute(text(change))
        report = await verify(book.made)
    await owner.dispose()
    assert {finding.kind.value for finding in report.findings} == expected
    assert (report.batches, report.entries) == (1, 2)


async def test_limits_that_are_kept_are_no_finding(own_database_url: str) -> None:
    async with opened(own_database_url) as book:
        receivable, due = (f"{REGION}:{name}:limited" for name in ("receivable", "due_treasury"))
        async with transaction(book.made) as db:
            await open_accounts(
                db,
                [
                    Account(receivable, REGION, AccountClass.receivable, lowest=0, highest=100),
                    Account(due, REGION, AccountClass.due_treasury, lowest=0, highest=100),
                ],
            )
            await post(db, [Entry(uuid4(), EntryKind.bill_confirmed, DAY, "full", (Transfer(receivable, due, 100),))])
        assert (await verify(book.made)).findings == ()
