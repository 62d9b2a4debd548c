"""What accounts are, and how they open and close."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from foundation import clock
from foundation.database import transaction
from foundation.errors import Conflict, NotFound
from ledger import Account, AccountClass, AccountKind, Side, close_account, open_accounts, post
from ledger.errors import AccountNotAllowed, LimitReached
from tests.ledger.book import REGION, Book


async def test_the_database_knows_the_same_classes(book: Book) -> None:
    async with transaction(book.made) as db:
        rows = await db.execute(text("SELECT name, kind, normal_side FROM ledger.account_class ORDER BY name"))
        assert [tuple(row) for row in rows] == [
            (one.value, one.kind.value, one.normal_side.value) for one in sorted(AccountClass)
        ]


def test_kinds_sides_and_names() -> None:
    assert {one for one in AccountClass if one.normal_side is Side.credit} == {
        AccountClass.due_treasury,
        AccountClass.due_non_tax,
        AccountClass.surplus,
        AccountClass.refunds_payable,
    }
    assert {one for one in AccountClass if one.kind is AccountKind.memo} == {
        AccountClass.bank,
        AccountClass.channel_fee,
    }
    assert AccountClass.channel_transit.chinese == "渠道在途"
    assert len({one.chinese for one in AccountClass}) == len(AccountClass)


@pytest.mark.parametrize("code", ["bank", "bank:x:Y_9.-z", "bank:" + "x" * 116])
def test_codes_that_are_allowed(code: str) -> None:
    assert Account(f"{REGION}:{code}", REGION, AccountClass.bank).code == f"{REGION}:{code}"


@pytest.mark.parametrize("code", ["341502:bank:" + "x" * 117, "34150:bank", "341502:bank:", "341502:bank:中", ""])
def test_codes_that_are_not(code: str) -> None:
    with pytest.raises(AccountNotAllowed) as caught:
        Account(code, REGION, AccountClass.bank)
    assert (caught.value.field, caught.value.value) == ("code", code)
    assert caught.value.allowed == "region (6 digits), class, and further parts, with colons between"


@pytest.mark.parametrize(
    ("region", "cls"), [("341503", AccountClass.bank), (REGION, AccountClass.surplus), ("", AccountClass.bank)]
)
def test_a_code_says_its_region_and_class(region: str, cls: AccountClass) -> None:
    with pytest.raises(AccountNotAllowed, match=f"begins with {region}:{cls}"):
        Account(f"{REGION}:bank:x", region, cls)


@pytest.mark.parametrize(("lowest", "highest"), [(0, 0), (None, 0), (0, None), (-1, 1)])
def test_zero_is_within_the_bounds(lowest: int | None, highest: int | None) -> None:
    made = Account(f"{REGION}:bank:x", REGION, AccountClass.bank, lowest, highest)
    assert (made.lowest, made.highest) == (lowest, highest)


@pytest.mark.parametrize(("lowest", "highest"), [(1, None), (None, -1), (1, 2), (-2, -1)])
def test_bounds_that_leave_out_zero(lowest: int | None, highest: int | None) -> None:
    with pytest.raises(AccountNotAllowed) as caught:
        Account(f"{REGION}:bank:x", REGION, AccountClass.bank, lowest, highest)
    assert (caught.value.field, caught.value.value) == ("lowest, highest", (lowest, highest))
    assert caught.value.allowed == "bounds with 0, where every account starts, between"


async def test_an_account_is_opened_once_with_its_bounds(book: Book) -> None:
    codes = [f"{REGION}:{cls}:limited-{book.mark}" for cls in ("due_treasury", "receivable")]
    before = clock.now()
    async with transaction(book.made) as db:
        await open_accounts(db, [])
        bounded = [
            Account(codes[0], REGION, AccountClass.due_treasury, highest=99),
            Account(codes[1], REGION, AccountClass.receivable, lowest=-5, highest=200),
        ]
        await open_accounts(db, [*bounded, bounded[0]])
        await open_accounts(db, [Account(codes[0], REGION, AccountClass.due_treasury)])  # stays as it is
        rows = await db.execute(
            text("""
                SELECT account.code, class.name, account.region, lowest, highest, opened_at
                FROM ledger.account JOIN ledger.account_class class ON class.id = account.class
                LEFT JOIN ledger.account_limit ON account_limit.account_id = account.id
                WHERE code = ANY (:codes) ORDER BY code
            """),
            {"codes": codes},
        )
        found = rows.all()
        assert [tuple(row[:5]) for row in found] == [
            (codes[0], "due_treasury", REGION, None, 99),
            (codes[1], "receivable", REGION, -5, 200),
        ]
        assert all(before <= row.opened_at <= clock.now() + timedelta(seconds=1) for row in found)
        entry = book.confirmed(100)
        there = entry.transfers[0].__class__(codes[1], codes[0], 100)
        with pytest.raises(LimitReached, match="not above 99"):
            await post(db, [type(entry)(entry.key, entry.kind, entry.effective_on, "x", (there,))])


async def test_closing_is_for_good_and_says_who(book: Book) -> None:
    code = book.code("bank")
    async with transaction(book.made) as db:
        await close_account(db, code, "ann", "merged")
        await close_account(db, code, "bob", "again")
        row = (
            await db.execute(
                text("""
                    SELECT actor, reason, closed_at FROM ledger.account_closing
                    JOIN ledger.account ON account.id = account_id WHERE code = :code
                """),
                {"code": code},
            )
        ).one()
        assert tuple(row[:2]) == ("ann", "merged")
        assert abs(row[2] - clock.now()) < timedelta(minutes=1)


async def test_what_cannot_be_closed_is_named(book: Book) -> None:
    async with transaction(book.made) as db:
        await post(db, [book.confirmed(7)])
        for name in ("receivable", "due_treasury"):
            with pytest.raises(Conflict) as held:
                await close_account(db, book.code(name), "ann", "over")
            assert held.value.detail == f"the account {book.code(name)} holds 7 fen; clear it before it is closed"
            assert held.value.facts == {"account": book.code(name)}
        with pytest.raises(NotFound) as unknown:
            await close_account(db, "341502:bank:nowhere", "ann", "over")
        assert unknown.value.detail == "there is no account 341502:bank:nowhere"
        assert unknown.value.facts == {"account": "341502:bank:nowhere"}
