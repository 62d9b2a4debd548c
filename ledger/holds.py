"""Holds whose deadline has passed."""

from uuid import uuid5

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from foundation import clock
from ledger.entries import Entry, EntryKind, Posted
from ledger.posting import post_each


async def expire_holds(db: AsyncConnection, largest: int = 1_000) -> int:
    """Ends holds whose deadline has passed, at most `largest`, and says how many it ended.

    Safe to run anywhere and at any time: the ending entry's key follows from the hold's, and of several runs side
    by side each hold counts in one.
    """
    rows = await db.execute(
        text("""
            SELECT hold.key, kind.name
            FROM ledger.hold
            JOIN ledger.every_entry entry ON entry.id = hold.entry_id
            JOIN ledger.entry_kind kind ON kind.id = entry.kind
            WHERE hold.deadline <= :now
                AND NOT EXISTS (SELECT FROM ledger.hold_end WHERE hold_end.hold = hold.key)
            ORDER BY hold.deadline LIMIT :largest
        """),
        {"now": clock.now(), "largest": largest},
    )
    ends = [
        Entry(uuid5(key, "expired"), EntryKind(kind), clock.today(), "deadline passed", (), ends=key)
        for key, kind in rows
    ]
    return sum(isinstance(one, Posted) and not one.replayed for one in await post_each(db, ends))
