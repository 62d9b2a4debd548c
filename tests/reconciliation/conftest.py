"""A book and statements in memory, and a database for what reconciliation keeps."""

import csv
import io
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from foundation import clock
from foundation.database import engine as make_engine
from reconciliation.ports import BookRow, KnownRow, Standing, Transit, TransitRow
from settlement.cases import office_case
from settlement.ports.columns import columns_of
from settlement.ports.statements import RawStatement, Source, Statement, StatementRow, UnreadableStatement, UnreadLine

REGION = "341502"
DAY = date(2026, 3, 2)
NEXT = DAY + timedelta(days=1)


def ours(
    key: str,
    fen: int,
    *,
    second: str = "",
    account: str = "",
    due: date = DAY,
    bill: UUID | None = None,
) -> BookRow:
    """One row of our book."""
    return BookRow(key, second, fen, account, bill, None, due)


def theirs(key: str, fen: int, *, second: str = "", account: str = "", line: int = 1) -> StatementRow:
    """One row of a statement."""
    return StatementRow(line, key, second, fen, account)


@dataclass
class MemoryBook:
    """Keeps the promises of the Book port over lists."""

    held: dict[Source, list[BookRow]] = field(default_factory=dict)
    others: list[KnownRow] = field(default_factory=list)
    in_transit: list[TransitRow] = field(default_factory=list)
    closing_fen: int = 0
    opening_fen: int = 0
    refunded_fen: int = 0

    def holds(self, source: Source, *rows: BookRow) -> None:
        self.held.setdefault(source, []).extend(rows)

    async def rows(self, _db: AsyncConnection, _region: str, source: Source, day: date) -> list[BookRow]:
        return [row for row in self.held.get(source, []) if row.matched_on is None or row.matched_on >= day]

    async def find(
        self, _db: AsyncConnection, _region: str, source: Source, keys: Sequence[str], second_keys: Sequence[str]
    ) -> list[KnownRow]:
        done = [
            KnownRow(row.key, row.second_key, row.amount_fen, row.bill_id, Standing.done)
            for row in self.held.get(source, [])
        ]
        return [row for row in (*done, *self.others) if row.key in keys or row.second_key in second_keys]

    async def mark_matched(
        self, _db: AsyncConnection, _region: str, source: Source, day: date, keys: Sequence[tuple[str, str]]
    ) -> None:
        open_keys = list(keys)
        marked = []
        for row in self.held.get(source, []):
            if (row.key, row.account) in open_keys and row.matched_on in (None, day):
                open_keys.remove((row.key, row.account))
                marked.append(replace(row, matched_on=day))
            else:
                marked.append(replace(row, matched_on=None) if row.matched_on == day else row)
        assert not open_keys
        self.held[source] = marked

    async def transit(self, _db: AsyncConnection, _region: str, _day: date) -> Transit:
        received_fen = self.closing_fen - self.opening_fen + self.refunded_fen
        rows = tuple(self.in_transit)
        return Transit(self.opening_fen, received_fen, self.refunded_fen, 0, self.closing_fen, rows)


@dataclass
class MemorySource:
    """A source whose statements are CSV: key, second key, amount in fen, account; the last line is the count."""

    source: Source
    region: str = REGION
    files: dict[date, bytes] = field(default_factory=dict)
    unread: dict[date, tuple[UnreadLine, ...]] = field(default_factory=dict)

    def shows(self, day: date, *rows: StatementRow) -> None:
        out = io.StringIO()
        csv.writer(out).writerows([row.key, row.second_key, row.amount_fen, row.account] for row in rows)
        self.files[day] = (out.getvalue() + f"{len(rows)}\n").encode()

    async def fetch(self, day: date) -> RawStatement | None:
        return RawStatement(f"{self.source}-{day}.csv", self.files[day]) if day in self.files else None

    def parse(self, raw: RawStatement, day: date) -> Statement:
        *lines, trailer = list(csv.reader(io.StringIO(raw.raw.decode())))
        if trailer != [str(len(lines))]:
            raise UnreadableStatement(f"the trailer says {trailer}, there are {len(lines)} rows")
        rows = tuple(
            StatementRow(number, key, second, int(fen), account)
            for number, (key, second, fen, account) in enumerate(lines, start=1)
        )
        return Statement(
            self.source, self.region, day, raw.file_name, raw.raw, columns_of(rows), self.unread.get(day, ())
        )


async def empty(database: AsyncEngine) -> None:
    """Takes out what other tests left in these tables."""
    async with database.begin() as db:
        await db.exec_driver_sql("SET LOCAL ROLE NONE")
        await db.execute(
            text(
                "TRUNCATE reconciliation_day, statement_file, source_result, day_transit, pooled_row, "
                "reconciliation_break, day_preparation, day_signature, case_proposal, office_case CASCADE"
            )
        )


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[AsyncEngine]:
    """The migrated database, with nothing in these tables."""
    made = make_engine(database_url)
    await empty(made)
    yield made
    await made.dispose()


@pytest.fixture(autouse=True)
def afternoon_after() -> Iterator[None]:
    """The clock stands on the afternoon after DAY, when its statements are due."""
    at = clock.pendulum.datetime(DAY.year, DAY.month, DAY.day, 15, tz=clock.CHINA) + timedelta(days=1)
    clock.travel(at)
    yield
    clock.come_back()


@pytest.fixture
def book() -> MemoryBook:
    return MemoryBook()


@pytest.fixture
def channel() -> MemorySource:
    return MemorySource(Source.channel)


async def cases(database: AsyncEngine) -> list[tuple[str, str, int]]:
    """Kind, state and how often it was seen of every case, as they were opened."""
    async with database.begin() as db:
        found = await db.execute(select(office_case).order_by(office_case.c.opened_at, office_case.c.fingerprint))
        return [(case.kind, case.state, case.seen) for case in found]
