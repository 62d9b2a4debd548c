"""Processes killed and connections cut under load: what was acknowledged is there, and nothing is there twice.

HEYI_CRASH_ROUNDS says how many rounds (3 without it).
"""

import asyncio
import os
import random
import signal
import sys
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from foundation.database import transaction
from ledger import verify
from tests.ledger.book import Book

ROOT = Path(__file__).resolve().parents[2]


def lines(path: Path) -> int:
    return path.read_bytes().count(b"\n") if path.exists() else 0


async def wait_for_lines(path: Path, count: int) -> None:
    async with asyncio.timeout(120):
        while lines(path) < count:  # noqa: ASYNC110 - the other side is a process
            await asyncio.sleep(0.02)


@pytest.mark.parametrize("seed", range(int(os.environ.get("HEYI_CRASH_ROUNDS", "3"))))
async def test_nothing_acknowledged_is_lost(book: Book, database_url: str, tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    path = tmp_path / "acknowledged"
    command = (sys.executable, "-m", "tests.ledger.crash_writer", database_url, book.mark, str(path))
    writer = await asyncio.create_subprocess_exec(*command, cwd=ROOT)
    owner = create_async_engine(database_url)
    try:
        await wait_for_lines(path, 50)
        for _ in range(3):
            await asyncio.sleep(chance.uniform(0, 0.2))
            async with owner.begin() as db:
                await db.execute(
                    text("""
                        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                        WHERE datname = current_database() AND pid <> pg_backend_pid() AND query LIKE '%ledger.post%'
                    """)
                )
        await wait_for_lines(path, lines(path) + 50)  # it went on after its connections were cut
        await asyncio.sleep(chance.uniform(0, 0.2))
    finally:
        writer.send_signal(signal.SIGKILL)
        await writer.wait()
        await owner.dispose()
    acknowledged = {UUID(line) for line in path.read_text().splitlines()}
    async with transaction(book.made) as db:
        found = await db.execute(
            text("SELECT key FROM ledger.entry_key WHERE key = ANY(:keys)"), {"keys": list(acknowledged)}
        )
        assert set(found.scalars()) == acknowledged
        posted = (await book.balances(db))["receivable"].debits
    assert len(acknowledged) <= posted <= len(acknowledged) + 8  # the callers' last entries may have made it too
    assert (await verify(book.made)).findings == ()
