"""A small book of one's own for a test: one account of each class, and short ways to make entries."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from foundation.database import engine, transaction
from ledger import Account, AccountClass, Balance, Entry, EntryKind, Transfer, balances, open_accounts

REGION = "341502"
DAY = date(2026, 3, 17)


@dataclass
class Book:
    """Accounts that no other test touches; `made` is the application's engine."""

    made: AsyncEngine
    region: str = REGION
    mark: str = field(default_factory=lambda: uuid4().hex[:12])

    def code(self, cls: AccountClass | str) -> str:
        return f"{self.region}:{cls}:{self.mark}"

    def entry(
        self,
        kind: EntryKind,
        *moves: tuple[str, str, int],
        on: date = DAY,
        key: UUID | None = None,
        reference: str = "test",
        reverses: UUID | None = None,
    ) -> Entry:
        transfers = tuple(Transfer(self.code(debit), self.code(credit), fen) for debit, credit, fen in moves)
        return Entry(key or uuid4(), kind, on, reference, transfers, reverses)

    def confirmed(self, fen: int = 100, on: date = DAY) -> Entry:
        return self.entry(EntryKind.bill_confirmed, ("receivable", "due_treasury", fen), on=on)

    def paid(self, fen: int = 100, on: date = DAY) -> Entry:
        return self.entry(EntryKind.payment_received, ("channel_transit", "receivable", fen), on=on)

    async def balances(self, db: AsyncConnection) -> dict[str, Balance]:
        """The balances of this book's accounts, by the name of their class."""
        return {one.cls.value: one for one in await balances(db, region=self.region) if one.code.endswith(self.mark)}


def reversal(original: Entry, on: date = DAY) -> Entry:
    mirrored = tuple(Transfer(one.credit, one.debit, one.amount_fen) for one in original.transfers)
    return Entry(uuid4(), original.kind, on, "taken back", mirrored, original.key)


@asynccontextmanager
async def opened(database_url: str, region: str = REGION) -> AsyncIterator[Book]:
    made = engine(database_url)
    book = Book(made, region)
    async with transaction(made) as db:
        await open_accounts(db, [Account(book.code(cls), region, cls) for cls in AccountClass])
    yield book
    await made.dispose()
