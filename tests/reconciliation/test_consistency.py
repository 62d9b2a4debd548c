"""The rows I-1 to I-13 of finance's list: each is found where the data is broken, whatever the database refuses."""

from collections.abc import Sequence
from datetime import date, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from api.wiring import House
from foundation import clock
from foundation.errors import HeyiError
from foundation.identifiers import new_id
from ledger import Entry, EntryKind, Transfer, post
from reconciliation.consistency import watch
from reconciliation.kinds import KINDS
from reconciliation.nightly import look_by_night
from settlement.allocation.following import follow_bill
from settlement.bills.reading import BillView
from settlement.cases import CaseFilter, list_cases
from settlement.payments.queries import query_bill
from tests.played import Played, confirmed, home_case, paid

REGION = "341502"


@pytest.fixture
async def view(house: House, played: Played) -> BillView:
    """A bill that was paid and of which nothing has been followed up."""
    played.set_clocks(clock.local_now().replace(hour=10))
    made = await confirmed(house, home_case())
    await paid(house, played, made.id, "transferee")
    await query_bill(house.office, made.id)
    return made


async def broken(house: House, *statements: str) -> None:
    """Breaks the data as no program of ours could: as the owner, with the triggers off."""
    async with house.office.database.begin() as db:
        await db.exec_driver_sql("SET LOCAL ROLE NONE")
        await db.exec_driver_sql("SET LOCAL session_replication_role = replica")
        for statement in statements:
            await db.execute(text(statement))


async def kinds(house: House, state: str | None = None) -> Sequence[str]:
    async with house.office.database.connect() as db:
        return sorted(one.kind for one in await list_cases(db, REGION, CaseFilter(state)) if one.kind.startswith("I-"))


async def test_where_all_is_well_nothing_is_found(house: House, view: BillView) -> None:
    assert await watch(house.office.database) == 0
    assert await look_by_night(house.office, clock.now() - timedelta(days=1)) == 0
    assert await kinds(house) == []


_PROPOSED = (
    "INSERT INTO refund (id, region, bill_id, number, amount_fen, reason, state, proposed_by, proposed_at, "
    "decided_by, decided_at) SELECT gen_random_uuid(), region, id, 'T1', 5, 'x', 'approved', 'Wang', now(), "
    "'wang ', now() FROM bill"
)
_HELD = (
    "INSERT INTO surplus_payment (id, region, bill_id, order_id, kind, channel, query_id, trace_no, clearing_day, "
    "amount_fen, parts, case_id, received_at) SELECT gen_random_uuid(), region, bill_id, id, 'again', channel, 'q9', "
    "'1', clearing_day - 8, 5, '[]', gen_random_uuid(), paid_at FROM channel_order"
)

BREAKS = {
    "a day's debits that gained a fen": (
        "I-1", "UPDATE ledger.day_total SET debits = debits + 1", "UPDATE ledger.day_total SET debits = debits - 1"),
    "paid by a message that never came": (
        "I-4", "UPDATE channel_order SET proved_by = 'notification'", "UPDATE channel_order SET proved_by = 'query'"),
    "paid by no step of the program": (
        "I-4", "UPDATE transition_set SET machine = 'x' WHERE machine = 'channel_order'",
        "UPDATE transition_set SET machine = 'channel_order' WHERE machine = 'x'"),
    "in suspense for more than a week": ("I-7", _HELD, "DELETE FROM surplus_payment"),
    "one person under two spellings": ("I-11", _PROPOSED, "DELETE FROM refund"),
    "lines that gained a fen": (
        "I-2", "UPDATE line SET amount_fen = amount_fen + 1", "UPDATE line SET amount_fen = amount_fen - 1"),
    "a share that gained one": (
        "I-2", "UPDATE share SET amount_fen = amount_fen + 1", "UPDATE share SET amount_fen = amount_fen - 1"),
    "an allocation without its residual": (
        "I-2", "UPDATE allocation_line SET amount_fen = amount_fen - 1",
        "UPDATE allocation_line SET amount_fen = amount_fen + 1"),
    "an order over another amount": (
        "I-2", "UPDATE channel_order SET amount_fen = amount_fen + 1",
        "UPDATE channel_order SET amount_fen = amount_fen - 1"),
    "a proof that paid nothing": (
        "I-5",
        "INSERT INTO inbox (id, region, channel, received_at, source, raw, event_key, outcome, detail) "
        "SELECT gen_random_uuid(), region, channel, paid_at - interval '2 minutes', '127.0.0.1', 'x', "
        "concat_ws(chr(58), merchant, order_id, query_id, 'paid'), 'applied', '' FROM channel_order",
        "UPDATE channel_order SET state = 'paid'"),
    "cleared before it arrived": (
        "I-6", "UPDATE bill SET state = 'cleared', cleared_at = paid_at",
        "UPDATE bill SET state = 'paid', cleared_at = NULL"),
    "settled, and the registry never told": (
        "I-10", "UPDATE bill SET state = 'settled', settled_at = paid_at - interval '2 hours'",
        "UPDATE bill SET state = 'paid', settled_at = NULL"),
    "nobody confirmed it": (
        "I-10", "UPDATE bill SET paid_at = paid_at - interval '45 minutes'", "UPDATE bill SET paid_at = now()"),
    "overdue in transit": (
        "I-13", "UPDATE channel_order SET clearing_day = clearing_day - 4",
        "UPDATE channel_order SET clearing_day = clearing_day + 4"),
}  # fmt: skip


@pytest.mark.parametrize("what", BREAKS)
async def test_what_is_broken_is_a_case_within_the_minute_and_ends_with_its_cause(
    house: House, view: BillView, what: str
) -> None:
    kind, broke, mended = BREAKS[what]
    await broken(house, broke)
    if kind == "I-5":
        await broken(house, "UPDATE channel_order SET state = 'not_paid'")
    await watch(house.office.database)
    found = await kinds(house)
    assert set(found) == {kind}
    await watch(house.office.database)
    assert await kinds(house) == found  # seen again, and not opened again
    await broken(house, mended)
    await watch(house.office.database)
    assert (await kinds(house), await kinds(house, "vanished")) == ([], found)


async def test_what_stays_in_suspense_is_named_again_at_each_limit(house: House, view: BillView) -> None:
    """I-7, by ageing: at 7, 30 and 90 days; a case that was closed does not keep the next from being opened."""
    start = clock.now()
    await broken(house, _HELD.replace("- 8", ""))
    for days, limits in ((7, ()), (8, (7,)), (30, (7,)), (31, (30,)), (91, (90,))):
        clock.travel(start + timedelta(days=days))
        await watch(house.office.database)
        async with house.office.database.connect() as db:
            found = await list_cases(db, REGION, CaseFilter(kind="I-7"))
        assert [one.reason.rpartition("超过 ")[2] for one in found] == [f"{limit} 天" for limit in limits], days
    assert found[0].reason_en == f"0.05 of q9 is in suspense (surplus) since {start.date()}, 91 days, more than 90"


async def test_what_is_not_mended_stays_however_long_ago_it_happened(house: House, view: BillView) -> None:
    await broken(house, "UPDATE line SET amount_fen = amount_fen + 1")
    for days in (0, 5, 40):
        clock.travel(clock.now() + timedelta(days=days))
        await watch(house.office.database)
        assert "I-2" in await kinds(house), days


async def test_by_night_half_an_entry_is_found(house: House, view: BillView) -> None:
    """I-1: a transfer to an account that is none."""
    await broken(house, "UPDATE ledger.entry SET credits[1] = 999999 WHERE amounts[1] = (SELECT amount_fen FROM bill)")
    await look_by_night(house.office, clock.now() - timedelta(days=1))
    assert await kinds(house) == ["I-1", "I-8"]


async def test_by_night_the_book_is_verified_and_bills_are_worked_out_again(house: House, view: BillView) -> None:
    await follow_bill(house.office, view.id)
    since = clock.now() - timedelta(days=1)
    await broken(house, "UPDATE ledger.day_total SET debits = debits + 1, credits = credits + 1")
    assert await look_by_night(house.office, since) > 0
    assert await kinds(house) == ["I-8"]
    await broken(
        house,
        "UPDATE ledger.day_total SET debits = debits - 1, credits = credits - 1",
        "UPDATE ledger.batch SET hash = sha256('x')",
    )
    assert await look_by_night(house.office, since) > 0
    assert await kinds(house) == ["I-8", "I-9"]
    await broken(house, "UPDATE line SET base_fen = base_fen + 100 WHERE ordinal = 0")
    await look_by_night(house.office, since)
    assert await kinds(house) == ["I-12", "I-8", "I-9"]


async def test_an_entry_that_does_not_balance_cannot_be_written(house: House, view: BillView) -> None:
    """I-1: a transfer is one debit, one credit and an amount above zero; there is nothing else to write."""
    own = f"{REGION}:receivable"
    with pytest.raises(HeyiError):
        async with house.office.database.begin() as db:
            transfer = Transfer(own, own, 5)
            await post(db, [Entry(new_id(), EntryKind.bill_confirmed, date(2026, 3, 1), "x", (transfer,))])
    with pytest.raises(DBAPIError, match="permission denied"):
        async with house.office.database.begin() as db:
            await db.execute(text("UPDATE ledger.entry SET debits = '{}'"))


async def test_a_payment_without_proof_cannot_be_written(house: House, view: BillView) -> None:
    """I-4."""
    for column in ("query_id", "proved_by"):
        with pytest.raises(DBAPIError, match="check constraint"):
            await broken(house, f"UPDATE channel_order SET {column} = NULL")


@pytest.mark.parametrize(
    ("table", "first", "second"),
    [
        ("case_proposal", "proposed_by", "decided_by"),
        ("refund", "proposed_by", "decided_by"),
        ("day_signature", "prepared_by", "signed_by"),
    ],
)
async def test_one_person_in_both_roles_is_refused_by_the_database(
    house: House, table: str, first: str, second: str
) -> None:
    """I-11."""
    async with house.office.database.connect() as db:
        checks = await db.execute(
            text("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = CAST(:t AS regclass)"),
            {"t": table},
        )
        assert any(first in one and second in one and "<>" in one for one in checks.scalars())


async def test_every_row_of_the_list_has_a_name() -> None:
    assert {f"I-{number}" for number in range(1, 14)} - KINDS.keys() == {"I-3"}  # a residual without owner is I-2
