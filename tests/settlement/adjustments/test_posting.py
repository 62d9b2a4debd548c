"""What two people decide on a case is in the ledger with their decision, and can be taken back by two."""

from datetime import date, timedelta

import pytest

from api.wiring import House
from foundation.errors import BadInput, Conflict
from ledger import balances
from settlement.adjustments import Entry, decide, propose, reopen
from settlement.bills.reading import read_bill
from settlement.cases import list_cases, read_case
from tests.days import REGION, closed
from tests.played import Played
from tests.settlement.adjustments.conftest import LI, WANG, decided, unheard
from tests.signing import signed_by_two


async def held(house: House, cls: str) -> int:
    async with house.office.database.connect() as db:
        return sum(one.balance for one in await balances(db, region=REGION) if one.cls.value == cls)


async def test_money_that_is_not_ours_waits_in_suspense_until_it_is_given_back(
    house: House, played: Played, day: date
) -> None:
    await unheard(house, played)
    row = {"kind": "row", "how": "added", "source": "channel", "region": REGION, "day": str(day)}
    shown = played.control("faults", row)["answer"]["shown_fen"]
    report = await closed(house, played, day)
    case_id = next(one.case_id for one in report.breaks if one.kind == "P-5")
    assert await decided(house, case_id) == "held"
    assert (await held(house, "surplus"), await held(house, "channel_transit")) == (shown, shown)
    async with house.office.database.connect() as db:
        view = await read_case(db, case_id)
    assert [(one.kind, one.amount_fen, one.effective_on) for one in view.postings] == [("surplus_received", shown, day)]
    for one in (one for one in report.breaks if one.kind == "P-2"):
        assert await decided(house, one.case_id) == "closed"
    report = await closed(house, played, day)
    assert all(one.holds for one in report.equations), report.equations
    assert report.balance is not None
    assert (report.balance.book_fen, report.balance.statements_fen) == (report.equations[-1].left_fen,) * 2
    async with house.office.database.begin() as db:
        await signed_by_two(db, REGION, day, house.book)
    assert await decided(house, case_id) == "closed"
    assert await held(house, "surplus") == 0
    async with house.office.database.connect() as db:
        assert (await read_case(db, case_id)).postings[-1].effective_on == day + timedelta(days=1)  # that day is closed


async def test_a_lost_notification_is_taken_from_the_file(house: House, played: Played, day: date) -> None:
    view = await unheard(house, played)
    report = await closed(house, played, day)
    assert [one.kind for one in report.breaks] == ["P-2"]
    assert await decided(house, report.breaks[0].case_id) == "closed"
    assert [one.state for one in (await read_bill(house.office, view.id)).shares] == ["paid"]
    report = await closed(house, played, day)
    assert report.breaks == ()
    assert all(one.holds for one in report.equations), report.equations


async def test_what_was_posted_is_taken_back_by_two_as_well(house: House, played: Played, day: date) -> None:
    await unheard(house, played)
    row = {"kind": "row", "how": "added", "source": "channel", "region": REGION, "day": str(day)}
    shown = played.control("faults", row)["answer"]["shown_fen"]
    report = await closed(house, played, day)
    case_id = next(one.case_id for one in report.breaks if one.kind == "P-5")
    assert await decided(house, case_id) == "held"
    assert await decided(house, case_id) == "closed"
    async with house.office.database.begin() as db:
        await reopen(db, case_id, LI, "付款人账户有误，退汇")
    assert await held(house, "channel_transit") == 0
    assert await decided(house, case_id) == "closed"
    async with house.office.database.connect() as db:
        view = await read_case(db, case_id)
    assert sum(one.reverses is not None for one in view.postings) == 3
    assert [one.event for one in view.history] == [
        *("propose", "hold", "propose", "approve", "reopen", "propose", "approve")
    ]
    assert shown > 0


async def test_receivables_are_never_touched_and_a_changed_difference_is_not_approved(
    house: House, played: Played, day: date
) -> None:
    await unheard(house, played)
    row = {"kind": "row", "how": "added", "source": "channel", "region": REGION, "day": str(day)}
    played.control("faults", row)
    report = await closed(house, played, day)
    one = next(one for one in report.breaks if one.kind == "P-5")
    regions = house.office.regions
    async with house.office.database.begin() as db:
        for debit, credit in (("渠道在途", "应收"), (f"{REGION}:receivable", "长款挂账"), ("长款挂账", "短款挂账")):
            with pytest.raises(BadInput, match="entries"):
                await propose(db, regions, one.case_id, WANG, "入账", [Entry(debit, credit, 5)])
        await propose(db, regions, one.case_id, WANG, "先挂一部分", [Entry("渠道在途", "长款挂账", 5)])
        assert {row.id: row.proposed_by for row in await list_cases(db, REGION)}[one.case_id] == "wang"
    async with house.office.database.begin() as db:
        await db.exec_driver_sql(f"UPDATE office_case SET amount_fen = amount_fen + 1 WHERE id = '{one.case_id}'")
    with pytest.raises(Conflict, match="changed since"):
        async with house.office.database.begin() as db:
            await decide(house.office, db, one.case_id, LI, approve=True)
