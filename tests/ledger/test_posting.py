import asyncio
from dataclasses import replace
from datetime import date, timedelta

import pytest

from foundation.database import transaction
from ledger import Entry, EntryKind, Posted, balances, post, post_each, statement
from ledger.entries import LARGEST_AMOUNT
from ledger.errors import BatchTooLarge, KeyConflict, KindForbids
from ledger.posting import LARGEST_BATCH
from tests.ledger.book import DAY, Book, reversal


async def test_a_bill_goes_its_way(book: Book) -> None:
    bill = book.entry(
        EntryKind.bill_confirmed, ("receivable", "due_treasury", 1_500_000), ("receivable", "due_non_tax", 8_000)
    )
    arrived = book.entry(EntryKind.line_arrived, ("due_treasury", "channel_transit", 1_500_000))
    async with transaction(book.made) as db:
        posted = await post(db, [bill, book.paid(1_508_000), arrived])
        left = await book.balances(db)
    assert [one.replayed for one in posted] == [False] * 3
    assert [one.entry_id for one in posted] == sorted({one.entry_id for one in posted})
    assert {cls: one.balance for cls, one in left.items() if one.balance} == {
        "due_non_tax": 8_000,
        "channel_transit": 8_000,
    }


async def test_the_same_entry_again_answers_the_first_result(book: Book) -> None:
    entry = book.confirmed()
    async with transaction(book.made) as db:
        first = await post(db, [entry])
    async with transaction(book.made) as db:
        again = await post(db, [entry, book.paid()])
        left = await book.balances(db)
    assert again[0] == replace(first[0], replayed=True)
    assert not again[1].replayed
    assert left["receivable"].debits == 100


async def test_twice_in_one_batch_is_once_in_the_book(book: Book) -> None:
    entry = book.confirmed()
    async with transaction(book.made) as db:
        first, second = await post(db, [entry, entry])
        left = await book.balances(db)
    assert (first.replayed, second.replayed) == (False, True)
    assert first.entry_id == second.entry_id
    assert left["receivable"].debits == 100


async def test_an_equal_entry_in_one_batch_is_a_replay_and_another_under_its_key_a_conflict(book: Book) -> None:
    entry = book.confirmed()
    async with transaction(book.made) as db:
        with pytest.raises(KeyConflict) as caught:
            await post(db, [entry, replace(entry, reference="another", effective_on=DAY + timedelta(days=1))])
        assert (caught.value.facts["key"], caught.value.facts["fields"]) == (entry.key, ["effective_on", "reference"])
        assert (await book.balances(db))["receivable"].debits == 0
        first, second = await post(db, [entry, replace(entry)])
        assert (first.replayed, second) == (False, replace(first, replayed=True))
        assert (await book.balances(db))["receivable"].debits == 100


async def test_one_refusal_keeps_the_batch_out(book: Book) -> None:
    wrong = book.entry(EntryKind.bill_confirmed, ("bank", "receivable", 5))
    async with transaction(book.made) as db:
        with pytest.raises(KindForbids):
            await post(db, [book.confirmed(), wrong])
        assert {one.debits for one in (await book.balances(db)).values()} == {0}
        await post(db, [book.confirmed()])  # the transaction goes on


async def test_each_by_itself(book: Book) -> None:
    known = book.confirmed()
    async with transaction(book.made) as db:
        await post(db, [known])
        answers = await post_each(
            db,
            [
                book.entry(EntryKind.bill_confirmed, ("bank", "receivable", 5)),
                book.paid(30),
                replace(known, reference="another"),
                known,
                book.entry(EntryKind.payment_received, ("channel_transit", "receivable", 0)),
            ],
        )
        left = await book.balances(db)
    assert [getattr(answer, "code", None) for answer in answers] == [
        "ledger_kind_forbids",
        None,
        "ledger_key_conflict",
        None,
        "ledger_amount_not_allowed",
    ]
    assert isinstance(answers[3], Posted) and answers[3].replayed
    assert left["channel_transit"].debits == 30


async def test_of_two_that_overflow_together_one_fits_alone(book: Book) -> None:
    async with transaction(book.made) as db:
        answers = await post_each(db, [book.confirmed(LARGEST_AMOUNT), book.confirmed(1), book.paid(1)])
        again = await post_each(db, [book.paid(2), book.confirmed(2)])
        left = await book.balances(db)
    assert [getattr(answer, "code", None) for answer in [*answers, *again]] == [
        None,
        "ledger_counter_overflow",
        None,
        None,
        "ledger_counter_overflow",
    ]
    assert (left["receivable"].debits, left["receivable"].credits) == (LARGEST_AMOUNT, 3)


async def test_several_bodies_under_one_key(book: Book) -> None:
    first = book.confirmed()
    others = [replace(first, reference="second"), replace(first, reference="third"), first]
    async with transaction(book.made) as db:
        answers = await post_each(db, [first, *others])
        with pytest.raises(KeyConflict) as caught:
            await post(db, [book.paid(), replace(book.confirmed(), key=first.key, reference="fourth"), first])
        left = await book.balances(db)
    assert [getattr(answer, "code", None) for answer in answers] == [
        None,
        "ledger_key_conflict",
        "ledger_key_conflict",
        None,
    ]
    assert [getattr(answer, "replayed", None) for answer in answers] == [False, None, None, True]
    assert caught.value.facts["fields"] == ["reference"]
    assert (left["receivable"].debits, left["channel_transit"].debits) == (100, 0)


async def test_the_largest_batch_and_one_more(book: Book) -> None:
    def batch(size: int) -> list[Entry]:
        moves = [("receivable", "due_treasury", 1)] * size
        return [book.entry(EntryKind.bill_confirmed, *moves)]

    async with transaction(book.made) as db:
        assert await post(db, []) == []
        assert await post_each(db, []) == []
        with pytest.raises(BatchTooLarge) as refused:
            await post(db, batch(LARGEST_BATCH + 1))
        assert len(await post(db, batch(LARGEST_BATCH))) == 1
    assert refused.value.detail == (
        "entries: 8191 is not allowed; allowed: at most 8190 entries, and transfers, in one batch"
    )


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("kind", EntryKind.bill_withdrawn),
        ("effective_on", date(2026, 3, 18)),
        ("reference", "another"),
        ("transfers", ()),
    ],
)
async def test_a_key_used_for_another_body_says_what_differs(book: Book, field: str, value: object) -> None:
    entry = book.confirmed()
    if field == "transfers":
        value = book.confirmed(101).transfers
    async with transaction(book.made) as db:
        await post(db, [entry])
        with pytest.raises(KeyConflict) as caught:
            await post(db, [replace(entry, **{field: value})])
    assert caught.value.facts["fields"] == [field]


async def test_a_reversal_takes_back_what_was_posted(book: Book) -> None:
    entry = book.confirmed()
    async with transaction(book.made) as db:
        await post(db, [entry])
        await post(db, [reversal(entry)])
        left = await book.balances(db)
    assert {one.balance for one in left.values()} == {0}
    assert left["receivable"].credits == 100


async def test_balances_by_prefix(book: Book) -> None:
    async with transaction(book.made) as db:
        found = await balances(db, prefix=book.code("bank"))
    assert [one.code for one in found] == [book.code("bank")]


async def test_a_statement_opens_where_the_days_before_ended(book: Book) -> None:
    async with transaction(book.made) as db:
        await post(db, [book.confirmed(70, on=date(2026, 2, 28)), book.confirmed(30), book.paid(100)])
        shown = await statement(db, book.code("receivable"), DAY, date(2026, 3, 31))
        due = await statement(db, book.code("due_treasury"), date(2026, 1, 1), DAY)
    assert (shown.opening, shown.closing) == (70, 0)
    assert [(one.debit, one.credit, one.balance) for one in shown.lines] == [(30, 0, 100), (0, 100, 0)]
    assert (due.opening, due.closing) == (0, 100)


async def test_a_new_month_is_opened_by_several_at_once(book: Book) -> None:
    async def caller() -> None:
        async with transaction(book.made) as db:
            await post(db, [book.confirmed(1, on=date(2044, 5, 6))])

    await asyncio.gather(*(caller() for _ in range(8)))
    async with transaction(book.made) as db:
        assert (await book.balances(db))["receivable"].debits == 8
