"""What reconciliation asks of our own book. The settlement floor answers it (settlement.book)."""

from collections.abc import Sequence
from datetime import date
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from settlement.ports.book import BookRow, KnownRow, Standing, Transit, TransitRow
from settlement.ports.statements import Source

__all__ = ["Book", "BookRow", "KnownRow", "Standing", "Transit", "TransitRow"]


class TransitBook(Protocol):
    """The part of our book that a signature asks."""

    async def transit(self, db: AsyncConnection, region: str, day: date) -> Transit:
        """The in-transit accounts at the end of a day."""


class Book(TransitBook, Protocol):
    """Our book, as reconciliation needs to see it."""

    async def rows(self, db: AsyncConnection, region: str, source: Source, day: date) -> list[BookRow]:
        """All rows that existed by the end of the day and that no earlier day has matched.

        That is: never matched, or matched on this day or a later one, so that a second run of a day sees what the
        first saw. Rows not yet due are among them, and match if the source shows them early.
        """

    async def find(
        self, db: AsyncConnection, region: str, source: Source, keys: Sequence[str], second_keys: Sequence[str]
    ) -> list[KnownRow]:
        """Everything of ours, in whatever state and of whatever day, under any of these numbers."""

    async def mark_matched(
        self, db: AsyncConnection, region: str, source: Source, day: date, keys: Sequence[tuple[str, str]]
    ) -> None:
        """Records that exactly these rows, as (key, account), matched on this day.

        Rows that an earlier run of the same day had marked and that are not among them are open again.
        """
