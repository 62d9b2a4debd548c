"""What comes to our knowledge after its day was closed is dated on the next open day, in this one place."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import asyncpg
from sqlalchemy.ext.asyncio import AsyncConnection

from foundation.database import raw
from ledger.entries import Entry, Posted
from ledger.errors import DayClosed
from ledger.posting import post


async def first_open_day(db: AsyncConnection, region: str, day: date) -> date:
    """The day itself where it is open in the region, else the first open one after it."""
    return await first_open_day_on(await raw(db), region, day)


async def first_open_day_on(connection: asyncpg.Connection, region: str, day: date) -> date:
    """`first_open_day` on a driver's connection."""
    found: date = await connection.fetchval(_FIRST_OPEN, region, day)
    return found


async def post_on_open_days(db: AsyncConnection, entries: Sequence[Entry]) -> list[Posted]:
    """`post`, with entries of a closed day dated on the first open day after it.

    Costs nothing as long as no day is closed. Only for callers that bring an entry once, and know by their own
    state that it was posted: the same entry on another day is another body under the same key.
    """
    while True:
        try:
            return await post(db, entries)
        except DayClosed as closed:  # no day is closed any more before this transaction ends, so that this ends
            region, day = closed.facts["region"], closed.facts["effective_on"]
            opened = await first_open_day(db, region, day)
            entries = [
                replace(one, effective_on=opened) if one.effective_on == day and _is_of(one, region) else one
                for one in entries
            ]


def _is_of(entry: Entry, region: str) -> bool:
    return any(code.startswith(f"{region}:") for one in entry.transfers for code in (one.debit, one.credit))


_FIRST_OPEN = """
    SELECT min(asked.day) FROM (
        SELECT $2::date AS day
        UNION SELECT day + 1 FROM ledger.day_mark WHERE region = $1 AND day >= $2
    ) AS asked
    WHERE NOT coalesce((
        SELECT mark.closed FROM ledger.day_mark mark
        WHERE mark.region = $1 AND mark.day = asked.day ORDER BY mark.no DESC LIMIT 1
    ), false)
"""
