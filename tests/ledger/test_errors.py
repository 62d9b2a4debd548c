"""Every error in its words, and which one comes first when several apply."""

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest

from foundation.database import transaction
from foundation.errors import HeyiError
from ledger import Account, AccountClass, EntryKind, Transfer, close_account, close_days, post, post_each
from tests.ledger.book import DAY, REGION, Book, opened, reversal

KEY = UUID("01890000-0000-7000-8000-000000000001")


async def refused(book: Book, *entries: object) -> str:
    async with transaction(book.made) as db:
        with pytest.raises(HeyiError) as caught:
            await post(db, entries)  # type: ignore[arg-type]
    said = f"{caught.value.code}: {caught.value.detail}".replace(book.mark, "MARK")
    for entry in entries:
        said = said.replace(str(entry.key), "KEY")  # type: ignore[attr-defined]
    return said


@pytest.mark.parametrize("fen", [0, -1, 2**63, True, 1.5])
async def test_amount(book: Book, fen: int) -> None:
    assert await refused(book, book.confirmed(fen)) == (
        f"ledger_amount_not_allowed: amount_fen: {fen!r} is not allowed; "
        "allowed: whole fen from 1 to 9223372036854775807"
    )


async def test_same_account(book: Book) -> None:
    entry = book.entry(EntryKind.line_redirected, ("due_treasury", "due_treasury", 1))
    assert await refused(book, entry) == (
        "ledger_same_account_twice: credit: '341502:due_treasury:MARK' is not allowed; "
        "allowed: another account than the one that is debited"
    )


async def test_no_transfers(book: Book) -> None:
    assert await refused(book, replace(book.confirmed(), transfers=())) == (
        "ledger_entry_without_transfers: transfers: () is not allowed; allowed: one transfer or more"
    )


@pytest.mark.parametrize("reference", ["", "two\nlines", "x" * 129])
async def test_reference(book: Book, reference: str) -> None:
    said = await refused(book, replace(book.confirmed(), reference=reference))
    assert said.startswith("ledger_reference_not_allowed: reference: ")
    assert said.endswith("is not allowed; allowed: one printable line of 1 to 128 characters")


async def test_effective_day(book: Book) -> None:
    assert await refused(book, book.confirmed(on=date(1999, 12, 31))) == (
        "ledger_effective_day_out_of_range: effective_on: '1999-12-31' is not allowed; "
        "allowed: 2000-01-01 to 2099-12-31"
    )


async def test_batch_too_large(book: Book) -> None:
    entry = replace(book.confirmed(), transfers=book.confirmed().transfers * 8_191)
    assert await refused(book, entry) == (
        "ledger_batch_too_large: entries: 8191 is not allowed; "
        "allowed: at most 8190 entries, and transfers, in one batch"
    )


async def test_key_conflict(book: Book) -> None:
    entry = book.confirmed()
    async with transaction(book.made) as db:
        await post(db, [entry])
    other = replace(entry, reference="other", transfers=book.confirmed(7).transfers)
    assert await refused(book, other) == (
        "ledger_key_conflict: entry KEY: already in the book with another reference, transfers; "
        "send the first body again, or a new key for a new entry"
    )


async def test_unknown_account(book: Book) -> None:
    known = book.confirmed()
    entry = replace(known, transfers=(Transfer(known.transfers[0].debit, f"{REGION}:due_treasury:nowhere", 1),))
    assert await refused(book, entry) == (
        "ledger_unknown_account: entry KEY: there is no account 341502:due_treasury:nowhere; open it first"
    )


async def test_closed_account(book: Book) -> None:
    async with transaction(book.made) as db:
        await close_account(db, book.code("due_treasury"), "finance", "replaced")
    assert await refused(book, book.confirmed()) == (
        "ledger_account_closed: entry KEY: the account 341502:due_treasury:MARK is closed; post to its successor"
    )


async def test_kind_forbids(book: Book) -> None:
    entry = book.entry(EntryKind.payment_received, ("bank", "receivable", 1))
    assert await refused(book, entry) == (
        "ledger_kind_forbids: entry KEY: payment_received may not debit 341502:bank:MARK and credit "
        "341502:receivable:MARK; see the table of kinds for the classes that it allows"
    )


async def test_day_closed(own_database_url: str) -> None:
    async with opened(own_database_url) as book:
        async with transaction(book.made) as db:
            await close_days(db, REGION, DAY, DAY, "finance")
        assert await refused(book, book.confirmed()) == (
            "ledger_day_closed: entry KEY: 2026-03-17 is closed in region 341502; "
            "date a correction on an open day and refer to the original"
        )


async def test_unknown_original(book: Book) -> None:
    entry = replace(reversal(book.confirmed()), reverses=KEY)
    assert await refused(book, entry) == (
        f"ledger_unknown_original: entry KEY: there is no entry {KEY} to reverse; post the original first"
    )


async def test_already_reversed(book: Book) -> None:
    entry = replace(book.confirmed())
    async with transaction(book.made) as db:
        await post(db, [entry])
        await post(db, [reversal(entry)])
    said = await refused(book, reversal(entry))
    assert said == (
        f"ledger_already_reversed: entry KEY: entry {entry.key} is reversed already; nothing is left to reverse"
    )


@pytest.mark.parametrize("change", ["amount", "kind", "sides", "more"])
async def test_not_a_mirror(book: Book, change: str) -> None:
    entry = book.confirmed()
    async with transaction(book.made) as db:
        await post(db, [entry])
    good = reversal(entry)
    wrong = {
        "amount": replace(good, transfers=(replace(good.transfers[0], amount_fen=99),)),
        "kind": replace(good, kind=EntryKind.bill_withdrawn),
        "sides": replace(good, transfers=entry.transfers),
        "more": replace(good, transfers=good.transfers * 2),
    }[change]
    assert await refused(book, wrong) == (
        f"ledger_not_a_mirror: entry KEY: does not mirror entry {entry.key}; a reversal has the same kind and "
        "the same transfers in the same order, with debit and credit changed over"
    )


async def test_counter_overflow(book: Book) -> None:
    async with transaction(book.made) as db:
        await post(db, [book.confirmed(2**63 - 1)])
    assert await refused(book, book.confirmed(1)) == (
        "ledger_counter_overflow: entry KEY: would bring an account beyond 92,233,720,368,547,758.07 yuan; "
        "check the amounts"
    )


async def test_account_code() -> None:
    with pytest.raises(HeyiError) as caught:
        Account("341502:bank:x", REGION, AccountClass.surplus)
    assert str(caught.value) == (
        "code: '341502:bank:x' is not allowed; allowed: a code that begins with 341502:surplus"
    )
    with pytest.raises(HeyiError):
        Account("341502:bank:x y", REGION, AccountClass.bank)


async def test_an_account_with_a_balance_stays_open(book: Book) -> None:
    async with transaction(book.made) as db:
        await post(db, [book.confirmed(5)])
        with pytest.raises(HeyiError) as caught:
            await close_account(db, book.code("receivable"), "finance", "over")
        assert caught.value.detail.replace(book.mark, "MARK") == (
            "the account 341502:receivable:MARK holds 5 fen; clear it before it is closed"
        )
        with pytest.raises(HeyiError, match="there is no account"):
            await close_account(db, "341502:bank:nowhere", "finance", "over")


async def test_the_documented_order_of_precedence(book: Book) -> None:
    """An unknown account is named before a forbidden kind, and the first entry before the second."""
    forbidden = book.entry(EntryKind.payment_received, ("bank", "receivable", 1), on=DAY)
    unknown = replace(
        forbidden, transfers=(*forbidden.transfers, Transfer(f"{REGION}:bank:nowhere", book.code("receivable"), 1))
    )
    assert (await refused(book, unknown)).startswith("ledger_unknown_account")
    assert (await refused(book, forbidden, replace(unknown, key=KEY))).startswith("ledger_kind_forbids")


async def test_each_error_gives_way_to_those_before_it(own_database_url: str) -> None:
    """One entry with everything against it: each fault is mended in turn, and the next in the order is named."""
    async with opened(own_database_url) as book:
        first = book.confirmed(5)
        async with transaction(book.made) as db:
            await post(db, [first])
            await close_account(db, book.code("surplus"), "finance", "replaced")
            await close_days(db, REGION, DAY, DAY, "finance")
        wrong = replace(
            book.entry(EntryKind.payment_received, ("bank", "receivable", 0), on=date(1999, 1, 1), key=first.key),
            reference="",
            transfers=(),
            reverses=KEY,
            ends=KEY,
        )
        bank, receivable, transit, surplus = (
            book.code(name) for name in ("bank", "receivable", "channel_transit", "surplus")
        )
        said: list[str] = []
        for mended in (
            {},
            {"reverses": None},
            {"reference": "late"},
            {"effective_on": DAY},
            {"ends": None, "transfers": (Transfer(bank, bank, 0),)},
            {"transfers": (Transfer(bank, bank, 1),)},
            {"transfers": (Transfer(bank, surplus, 1),)},
            {
                "key": UUID(int=7),
                "transfers": (Transfer(bank, surplus, 1), Transfer(bank, f"{REGION}:bank:nowhere", 1)),
            },
            {"transfers": (Transfer(bank, surplus, 1),)},
            {"transfers": (Transfer(bank, receivable, 1),)},
            {"transfers": (Transfer(transit, receivable, 1),)},
            {"effective_on": date(2026, 3, 18), "ends": UUID(int=8)},
            {"ends": None, "transfers": (Transfer(transit, receivable, 2**63 - 1),)},
            {"transfers": (Transfer(transit, receivable, 1),)},
        ):
            wrong = replace(wrong, **mended)
            async with transaction(book.made) as db:
                said.append(getattr((await post_each(db, [wrong]))[0], "code", "posted"))
        assert said == [
            "ledger_purposes_mixed",
            "ledger_reference_not_allowed",
            "ledger_effective_day_out_of_range",
            "ledger_key_conflict",
            "ledger_amount_not_allowed",
            "ledger_same_account_twice",
            "ledger_key_conflict",
            "ledger_unknown_account",
            "ledger_account_closed",
            "ledger_kind_forbids",
            "ledger_day_closed",
            "ledger_unknown_hold",
            "posted",
            "ledger_key_conflict",
        ]


async def test_an_overflow_harms_no_neighbour(book: Book) -> None:
    async with transaction(book.made) as db:
        await post(db, [book.confirmed(2**63 - 10)])
        answers = await post_each(db, [book.confirmed(5), book.confirmed(7), book.confirmed(4), book.paid(1)])
    assert [getattr(answer, "code", "posted") for answer in answers] == [
        "posted",
        "ledger_counter_overflow",
        "posted",
        "posted",
    ]
