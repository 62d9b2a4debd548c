"""Nobody changes the book but through its door: not the application, and by trigger not the owner either."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from foundation.database import transaction
from ledger import AccountClass, EntryKind, post
from tests.ledger.book import Book

APPEND_ONLY = [
    "account_class",
    "entry_kind",
    "entry_rule",
    "account",
    "entry_key",
    "entry",
    "entry_202603",
    "batch",
]
DOORS = [
    "approve_reopening",
    "batch_hash",
    "canonical_forms",
    "close_account",
    "close_days",
    "cut_day",
    "open_accounts",
    "post",
    "propose_reopening",
    "seal_day",
]
COUNTERS = ["balance", "day_total"]


@pytest.fixture
async def posted(book: Book) -> Book:
    async with transaction(book.made) as db:
        await post(db, [book.confirmed()])
    return book


COLUMN = {"account_class": "name", "entry_kind": "name", "entry_rule": "kind", "account": "code"}


def changes(table: str) -> list[str]:
    column = COLUMN.get(table) or {"batch": "hash", "entry_key": "digest"}.get(table, "effective_on")
    column = "debits" if table in COUNTERS else column
    lower = " - 1" if table in COUNTERS else ""
    return [
        f"UPDATE ledger.{table} SET {column} = {column}{lower}",
        f"DELETE FROM ledger.{table}",
        f"TRUNCATE ledger.{table} CASCADE",
    ]


@pytest.mark.parametrize("table", APPEND_ONLY + COUNTERS)
async def test_the_application_may_not_write(posted: Book, table: str) -> None:
    insert = f"INSERT INTO ledger.{table} OVERRIDING SYSTEM VALUE SELECT * FROM ledger.{table} LIMIT 1"
    for change in [insert, *changes(table)]:
        with pytest.raises(DBAPIError, match="permission denied"):
            async with transaction(posted.made) as db:
                await db.execute(text(change))


@pytest.mark.parametrize("table", APPEND_ONLY + COUNTERS)
async def test_the_owner_may_not_change_what_is_there(posted: Book, database_url: str, table: str) -> None:
    owner = create_async_engine(database_url)
    for change in changes(table):
        with pytest.raises(DBAPIError, match=r"append-only|counters only grow"):
            async with owner.begin() as db:
                await db.execute(text("SET LOCAL ROLE heyi_ledger"))
                await db.execute(text(change))
    await owner.dispose()


async def test_the_application_may_execute_only_the_doors(book: Book) -> None:
    async with transaction(book.made) as db:
        doors = await db.execute(
            text("""
                SELECT proname FROM pg_proc
                WHERE pronamespace = 'ledger'::regnamespace AND has_function_privilege('heyi_app', oid, 'EXECUTE')
                ORDER BY proname
            """)
        )
        assert doors.scalars().all() == DOORS


async def test_the_lists_in_code_are_the_lists_in_the_book(book: Book) -> None:
    async with transaction(book.made) as db:
        classes = await db.execute(text("SELECT name, kind, normal_side FROM ledger.account_class"))
        kinds = await db.execute(text("SELECT name FROM ledger.entry_kind"))
        assert {tuple(row) for row in classes} == {(one.value, one.kind, one.normal_side) for one in AccountClass}
        assert set(kinds.scalars()) == set(EntryKind)


async def test_no_table_is_left_unguarded(posted: Book) -> None:
    """Row triggers of partitions come from their parents; against truncation each needs its own."""
    async with transaction(posted.made) as db:
        tables = await db.execute(
            text("""
                SELECT relname, array_agg(tgname ORDER BY tgname)
                    FILTER (WHERE tgenabled = 'O' AND (tgparentid <> 0 OR NOT tgisinternal))
                FROM pg_class LEFT JOIN pg_trigger ON tgrelid = pg_class.oid
                WHERE relnamespace = 'ledger'::regnamespace AND relkind IN ('r', 'p') GROUP BY relname
            """)
        )
        for name, triggers in tables:
            grows = name in {*COUNTERS, "hold_total"}
            assert triggers == (["growing", "kept"] if grows else ["append_only"]) + ["no_truncate"], name
