"""Reading the book: filters, sides, statements and their bounds."""

from datetime import date, datetime, timedelta

import pytest

from foundation.database import transaction
from foundation.errors import BadInput, NotFound
from ledger import AccountClass, Balance, Posted, StatementLine, balances, balances_as_of, post, statement
from tests.ledger.book import DAY, REGION, Book, reversal


def test_a_balance_is_on_the_normal_side() -> None:
    assert Balance("341502:bank:x", AccountClass.bank, 7, 5).balance == 2
    assert Balance("341502:surplus:x", AccountClass.surplus, 7, 5).balance == -2
    assert (Balance("341502:bank:x", AccountClass.bank, 7, 5).pending_debits, 0) == (0, 0)


async def test_balances_are_chosen_by_prefix_and_region(book: Book) -> None:
    async with transaction(book.made) as db:
        await post(db, [book.confirmed(5), book.paid(2)])
        code = book.code("receivable")
        for read in (balances, lambda db, **by: balances_as_of(db, DAY, **by)):
            (found,) = await read(db, prefix=code)  # type: ignore[operator]
            assert (found.code, found.cls, found.debits, found.credits) == (code, AccountClass.receivable, 5, 2)
            assert (found.pending_debits, found.pending_credits) == (0, 0)
            assert await read(db, prefix=code, region="110105") == []  # type: ignore[operator]
            ours = [one.code for one in await read(db, region=REGION) if one.code.endswith(book.mark)]  # type: ignore[operator]
            assert ours == sorted(book.code(cls) for cls in AccountClass)
            assert code in [one.code for one in await read(db)]  # type: ignore[operator]


async def test_what_was_recorded_at_that_instant_is_known(book: Book) -> None:
    async with transaction(book.made) as db:
        first = await post(db, [book.confirmed(5)])
    async with transaction(book.made) as db:
        second = await post(db, [book.confirmed(7, on=DAY - timedelta(days=1)), book.paid(1)])

    async def known(at: datetime, on: date = DAY) -> tuple[int, int]:
        async with transaction(book.made) as db:
            (found,) = await balances_as_of(db, on, at, prefix=book.code("receivable"))
            return found.debits, found.credits

    at = [one[0].recorded_at for one in (first, second)]
    assert await known(at[0] - timedelta(microseconds=1)) == (0, 0)
    assert await known(at[0]) == (5, 0)
    assert await known(at[1]) == (12, 1)
    assert await known(at[1], DAY - timedelta(days=1)) == (7, 0)
    assert await known(at[0], DAY - timedelta(days=1)) == (0, 0)


async def test_a_statement_line_by_line(book: Book) -> None:
    confirmed, paid = book.confirmed(9, on=DAY - timedelta(days=1)), book.paid(4)
    taken_back = reversal(paid, DAY + timedelta(days=1))
    posted: list[Posted] = []
    for entry in (paid, confirmed, taken_back):
        async with transaction(book.made) as db:
            posted += await post(db, [entry])
    async with transaction(book.made) as db:
        made = await statement(db, book.code("receivable"), DAY - timedelta(days=1), DAY + timedelta(days=1))
        only = await statement(db, book.code("receivable"), DAY, DAY)
        due = await statement(db, book.code("due_treasury"), DAY - timedelta(days=1), DAY)
    facing = book.code("due_treasury"), book.code("channel_transit")
    first, second, third = posted[1], posted[0], posted[2]
    test = "test"
    assert made.lines == (
        StatementLine(
            first.entry_id, first.key, confirmed.kind, DAY - timedelta(days=1), first.recorded_at, test, facing[0],
            9, 0, 9,
        ),
        StatementLine(second.entry_id, second.key, paid.kind, DAY, second.recorded_at, test, facing[1], 0, 4, 5),
        StatementLine(
            third.entry_id, third.key, paid.kind, DAY + timedelta(days=1), third.recorded_at, "taken back", facing[1],
            4, 0, 9, paid.key, DAY,
        ),
    )  # fmt: skip
    assert (made.opening, made.closing, made.code, made.cls) == (0, 9, book.code("receivable"), AccountClass.receivable)
    assert (made.start, made.end) == (DAY - timedelta(days=1), DAY + timedelta(days=1))
    assert (only.opening, only.closing, len(only.lines)) == (9, 5, 1)
    assert (due.opening, due.closing, due.lines[0].credit, due.lines[0].balance) == (0, 9, 9, 9)


async def test_a_statement_opens_with_all_days_before_it(book: Book) -> None:
    async with transaction(book.made) as db:
        await post(db, [book.confirmed(5, on=DAY - timedelta(days=2)), book.confirmed(7, on=DAY - timedelta(days=1))])
        await post(db, [book.paid(1, on=DAY - timedelta(days=2)), book.paid(2, on=DAY - timedelta(days=1))])
        made = await statement(db, book.code("receivable"), DAY, DAY)
        assert (made.opening, made.closing) == (9, 9)


async def test_the_bounds_of_a_statement(book: Book) -> None:
    async with transaction(book.made) as db:
        code = book.code("bank")
        assert (await statement(db, code, DAY, DAY + timedelta(days=366))).lines == ()
        for end in (DAY + timedelta(days=367), DAY - timedelta(days=1)):
            with pytest.raises(BadInput) as caught:
                await statement(db, code, DAY, end)
            assert (caught.value.field, caught.value.value) == ("end", end.isoformat())
            assert caught.value.allowed == f"a day from {DAY} to a year after it"
        with pytest.raises(NotFound) as unknown:
            await statement(db, "341502:bank:nowhere", DAY, DAY)
        assert "341502:bank:nowhere" in unknown.value.detail
        assert unknown.value.facts == {"account": "341502:bank:nowhere"}
