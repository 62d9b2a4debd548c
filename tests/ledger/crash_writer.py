"""A process that posts without end through group commit and writes down what was acknowledged; it is to be killed.

python -m tests.ledger.crash_writer ADDRESS MARK FILE
"""

import asyncio
import os
import sys
from collections.abc import Sequence

from foundation.database import engine, transaction
from foundation.errors import HeyiError
from foundation.group_commit import CommitUnknown, GroupCommit
from ledger import Entry, Posted, post_each
from tests.ledger.book import Book

CALLERS = 8


async def work(url: str, mark: str, path: str) -> None:
    made = engine(url)
    book = Book(made, mark=mark)
    acknowledged = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    async def write(entries: list[Entry]) -> Sequence[Posted | HeyiError]:
        async with transaction(made) as db:
            return await post_each(db, entries)

    async def caller(group: GroupCommit[Entry, Posted]) -> None:
        while True:
            entry = book.confirmed(1)
            while True:
                try:
                    await group.submit(entry)
                    break
                except CommitUnknown:
                    await asyncio.sleep(0.01)  # its fate is unknown: the same key again
            os.write(acknowledged, f"{entry.key}\n".encode())

    async with GroupCommit(write, writers=2) as group:
        await asyncio.gather(*(caller(group) for _ in range(CALLERS)))


if __name__ == "__main__":
    asyncio.run(work(*sys.argv[1:]))
