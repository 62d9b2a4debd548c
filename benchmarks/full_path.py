"""The whole way of a notification through one group commit: inbox, bill, ledger, follow-ups, in one transaction.

The inbox and the bills are tables of this benchmark with the columns that matter; the ledger and the queue of
follow-ups are the real ones.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID, uuid4

import asyncpg
from pgqueuer import Queries
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from foundation import clock
from foundation.errors import Conflict
from foundation.group_commit import GroupCommit
from ledger import Entry, Posted
from ledger.posting import post_all_on

_TABLES = """
    DROP TABLE IF EXISTS bench_inbox, bench_bill;
    CREATE TABLE bench_inbox (transaction text PRIMARY KEY, raw bytea NOT NULL, at timestamptz NOT NULL);
    CREATE TABLE bench_bill (id uuid PRIMARY KEY, state text NOT NULL, paid_at timestamptz) WITH (fillfactor = 80);
    GRANT ALL ON bench_inbox, bench_bill TO heyi_app
"""
_RAW = b"accNo=&currencyCode=156&merId=777290058110048&orderId=34150226031700001&respCode=00&signature=" + b"x" * 344


@dataclass(frozen=True, slots=True)
class Notification:
    """One verified notification: its bill, and the entry that books it."""

    bill: UUID
    entry: Entry


async def write(connection: asyncpg.Connection, batch: list[Notification]) -> Sequence[Posted | Exception]:
    """One batch, one transaction; a set for each step."""
    now = clock.now()
    bills = [one.bill for one in batch]
    async with connection.transaction():
        await connection.execute(
            "INSERT INTO bench_inbox SELECT key, $2, $3 FROM unnest($1::text[]) AS key ON CONFLICT DO NOTHING",
            [str(one.entry.key) for one in batch],
            _RAW,
            now,
        )
        paid = await connection.execute(
            "UPDATE bench_bill SET state = 'paid', paid_at = $2 WHERE id = ANY($1) AND state = 'open'", bills, now
        )
        if paid != f"UPDATE {len(batch)}":
            raise Conflict("a bill of the batch is not open")
        posted = await post_all_on(connection, [one.entry for one in batch])
        follow_ups = Queries.from_asyncpg_connection(connection)
        await follow_ups.enqueue(["bench"] * len(batch), [bill.bytes for bill in bills], [0] * len(batch))
    return posted


@asynccontextmanager
async def opened(
    url: str, connection: asyncpg.Connection, made: Callable[[], Entry], bills: int = 200_000
) -> AsyncIterator[Callable[[], Awaitable[Posted]]]:
    """What submits one notification for a fresh open bill, through group commit."""
    owner = create_async_engine(url)
    waiting = [uuid4() for _ in range(bills)]
    async with owner.begin() as db:
        for statement in _TABLES.split(";"):
            await db.execute(text(statement))
        await db.execute(
            text("INSERT INTO bench_bill SELECT id, 'open' FROM unnest(CAST(:ids AS uuid[])) AS id"), {"ids": waiting}
        )
    await owner.dispose()

    async def write_on(batch: list[Notification]) -> Sequence[Posted | Exception]:
        return await write(connection, batch)

    async with GroupCommit(write_on) as group:
        yield lambda: group.submit(Notification(waiting.pop(), made()))
