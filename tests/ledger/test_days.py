from dataclasses import replace
from datetime import date, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from foundation import clock
from foundation.database import transaction
from foundation.errors import BadInput, Conflict, NotAllowed, NotFound
from ledger import (
    Account,
    AccountClass,
    Entry,
    EntryKind,
    Transfer,
    approve_reopening,
    balances_as_of,
    close_days,
    closed_days,
    open_accounts,
    post,
    post_on_open_days,
    propose_reopening,
    reopenings,
    statement,
)
from ledger.errors import DayClosed
from tests.ledger.book import Book, reversal

APRIL = date(2026, 4, 1), date(2026, 4, 30)


class Region:
    """A region of a test's own, since days are closed for a whole region."""

    def __init__(self, region: str) -> None:
        self.region = region
        self.receivable = f"{region}:receivable:all"
        self.due = f"{region}:due_treasury:all"

    def entry(self, on: date, fen: int = 10) -> Entry:
        return Entry(uuid4(), EntryKind.bill_confirmed, on, "test", (Transfer(self.receivable, self.due, fen),))


@pytest.fixture
async def region(book: Book, request: pytest.FixtureRequest) -> Region:
    made = Region(str(100_000 + abs(hash(request.node.name)) % 200_000))
    async with transaction(book.made) as db:
        await open_accounts(
            db,
            [
                Account(made.receivable, made.region, AccountClass.receivable),
                Account(made.due, made.region, AccountClass.due_treasury),
            ],
        )
    return made


async def test_a_closed_day_takes_no_entries(book: Book, region: Region) -> None:
    before = region.entry(date(2026, 4, 2))
    async with transaction(book.made) as db:
        await post(db, [before])
        assert await close_days(db, region.region, *APRIL, "finance") == 30
        assert await close_days(db, region.region, *APRIL, "finance") == 0
        with pytest.raises(DayClosed) as caught:
            await post(db, [region.entry(date(2026, 4, 30))])
        assert (await post(db, [before]))[0].replayed
        await post(db, [reversal(before, on=date(2026, 5, 1)), region.entry(date(2026, 3, 31))])
        assert len(await closed_days(db, region.region, date(2026, 3, 1), date(2026, 5, 31))) == 30
    assert caught.value.detail.endswith(
        f"2026-04-30 is closed in region {region.region}; date a correction on an open day and refer to the original"
    )


async def test_reopening_takes_two_people_and_a_reason(book: Book, region: Region) -> None:
    day = date(2026, 4, 7)
    async with transaction(book.made) as db:
        await close_days(db, region.region, *APRIL, "finance")
        with pytest.raises(Conflict, match="is closed; nothing to reopen"):
            await propose_reopening(db, region.region, date(2026, 5, 1), date(2026, 5, 2), "ann", "a file came late")
        with pytest.raises(BadInput, match="why the days"):
            await propose_reopening(db, region.region, day, day, "ann", " ")
        proposal = await propose_reopening(db, region.region, day, day, "ann", "a file came late")
        with pytest.raises(NotAllowed, match="second person"):
            await approve_reopening(db, region.region, proposal.id, "ann")
        with pytest.raises(DayClosed):
            await post(db, [region.entry(day)])
        approved = await approve_reopening(db, region.region, proposal.id, "bob")
        assert approved == replace(proposal, approved_by="bob")
        assert await reopenings(db, region.region) == [approved]
        await post(db, [region.entry(day)])
        with pytest.raises(DayClosed):
            await post(db, [region.entry(date(2026, 4, 8))])
        with pytest.raises(Conflict, match="approved before"):
            await approve_reopening(db, region.region, proposal.id, "bob")
        with pytest.raises(NotFound):
            await approve_reopening(db, region.region, uuid4(), "bob")
        with pytest.raises(NotFound):
            await approve_reopening(db, "341502", proposal.id, "cid")
        assert await close_days(db, region.region, *APRIL, "finance") == 1
    with pytest.raises(BadInput, match="a year after"):
        async with transaction(book.made) as db:
            await close_days(db, region.region, day, date(2026, 4, 6), "finance")


async def test_what_is_said_of_a_reopening_that_cannot_be(book: Book, region: Region) -> None:
    day = date(2026, 4, 7)
    async with transaction(book.made) as db:
        await close_days(db, region.region, *APRIL, "finance")
        with pytest.raises(BadInput) as silent:
            await propose_reopening(db, region.region, day, day, "ann", "")
        assert (silent.value.field, silent.value.value) == ("reason", "")
        assert silent.value.allowed == "why the days must be reopened"
        unknown = uuid4()
        with pytest.raises(NotFound) as missing:
            await approve_reopening(db, region.region, unknown, "bob")
        assert missing.value.detail == f"没有重开申请 {unknown}。There is no proposal {unknown} to reopen days."
        assert missing.value.facts == {"proposal": unknown}
        asked = await propose_reopening(db, region.region, day, day, "ann", "late")
        with pytest.raises(NotAllowed) as alone:
            await approve_reopening(db, region.region, asked.id, "ann")
        assert alone.value.detail == (
            "申请人不能批准自己的申请，请另一位财务人员批准。"
            "Whoever proposes to reopen a day does not approve it; ask a second person."
        )
        assert alone.value.facts == {"actor": "ann"}
        await approve_reopening(db, region.region, asked.id, "bob")
        with pytest.raises(Conflict) as twice:
            await approve_reopening(db, region.region, asked.id, "bob")
        assert twice.value.detail == "该申请已批准过，请另行申请。The proposal was approved before; make a new one."
        assert twice.value.facts == {"proposal": asked.id}


async def test_at_most_a_year_is_closed_at_once(book: Book, region: Region) -> None:
    first = date(2027, 1, 1)
    async with transaction(book.made) as db:
        assert await close_days(db, region.region, first, first + timedelta(days=366), "finance") == 367
        for last in (first + timedelta(days=367), first - timedelta(days=1)):
            with pytest.raises(BadInput) as caught:
                await close_days(db, region.region, first, last, "finance")
            assert (caught.value.field, caught.value.value) == ("last", last.isoformat())
            assert caught.value.allowed == "a day from 2027-01-01 to a year after it"


async def test_a_correction_is_dated_on_an_open_day_and_names_its_original(book: Book, region: Region) -> None:
    wrong = region.entry(date(2026, 4, 7), 9)
    async with transaction(book.made) as db:
        await post(db, [wrong])
        await close_days(db, region.region, *APRIL, "finance")
        await post_on_open_days(db, [reversal(wrong, on=date(2026, 4, 7))])
        line = (await statement(db, region.due, date(2026, 5, 1), date(2026, 5, 1))).lines[0]
        assert (line.effective_on, line.debit) == (date(2026, 5, 1), 9)
        assert (line.reverses, line.reversed_day) == (wrong.key, date(2026, 4, 7))
        first = (await statement(db, region.due, *APRIL)).lines[0]
        assert (first.reverses, first.reversed_day) == (None, None)


async def test_balances_as_of_a_day_and_as_known_at_a_time(book: Book, region: Region) -> None:
    async with transaction(book.made) as db:
        await post(db, [region.entry(date(2026, 4, 2), 5), region.entry(date(2026, 4, 4), 7)])
    then = clock.now()
    async with transaction(book.made) as db:
        await post(db, [region.entry(date(2026, 4, 3), 100)])  # dated back

        async def known(on: date, at: object = None) -> list[int]:
            found = await balances_as_of(db, on, at, region=region.region)  # type: ignore[arg-type]
            return [one.balance for one in found]

        assert await known(date(2026, 4, 1)) == [0, 0]
        assert await known(date(2026, 4, 3)) == [105, 105]
        assert await known(date(2026, 4, 3), then) == [5, 5]
        assert await known(date(2026, 4, 30), then) == [12, 12]
        assert await known(date(2026, 4, 30)) == [112, 112]


async def test_an_archived_month_is_still_read(book: Book, region: Region, database_url: str) -> None:
    month = date(2011, 2, 1), date(2011, 2, 28)
    entry = region.entry(date(2011, 2, 3), 9)
    owner = create_async_engine(database_url)

    async def archive() -> int:
        async with owner.begin() as db:
            query = text("SELECT ledger.archive_month(:day, :at)")
            days: int = (await db.execute(query, {"day": month[0], "at": clock.now()})).scalar_one()
            return days

    async with transaction(book.made) as db:
        await post(db, [entry])
    assert await archive() == 1
    async with transaction(book.made) as db:
        await close_days(db, region.region, *month, "finance")
    assert await archive() == 0
    assert await archive() == 0
    async with transaction(book.made) as db:
        assert (await post(db, [entry]))[0].replayed
        with pytest.raises(DayClosed):
            await post(db, [region.entry(date(2011, 2, 20))])
        await post(db, [reversal(entry)])
        assert (await statement(db, region.due, *month)).closing == 9
        proposal = await propose_reopening(db, region.region, *month, "ann", "late")
        with pytest.raises(Conflict, match="archived"):
            await approve_reopening(db, region.region, proposal.id, "bob")
    await owner.dispose()
