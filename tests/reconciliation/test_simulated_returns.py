"""What finance gives back of a fee (退付): it stands in the statement of its day, and what differs has its name."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Row, func, select

from api.wiring import House
from foundation import clock
from reconciliation.report import DayReport
from settlement.allocation.tables import allocation_line
from settlement.bills.tables import pay_code, voucher
from settlement.cases import CaseFilter, list_cases
from settlement.refunds.errands import close_errand
from settlement.refunds.proposing import Wish
from settlement.refunds.tables import refund_line
from tests.played import Played, home_case
from tests.reconciliation.test_simulated import REGION, Town
from tests.settlement.adjustments.conftest import decided
from tests.settlement.refunds.conftest import ASKS, approved, arrived_bill, book, pieces
from tests.signing import signed_by_two


@pytest.fixture
async def town(house: House, played: Played) -> Town:
    """A fee that arrived on one day and of which finance gave some back on the next; the morning after that."""
    morning = clock.local_now().subtract(days=4).replace(hour=9)
    played.set_clocks(morning)
    view = await arrived_bill(house, played, home_case(), "transferee")
    before = Town(house, played, morning.date(), {})
    played.set_clocks(morning + timedelta(days=1, hours=2))
    assert (await before.closed()).breaks == ()
    fees = await pieces(house, view.id, "non_tax")
    await approved(house, view, [Wish(one, fen - 100) for one, fen in fees.items()])
    asked = (
        select(refund_line, pay_code.c.code)
        .join(allocation_line, allocation_line.c.id == refund_line.c.allocation_line_id)
        .join(pay_code, pay_code.c.id == allocation_line.c.pay_code_id)
    )
    async with house.office.database.connect() as db:
        lines = (await db.execute(asked)).all()
    numbers = []
    for line in lines:
        wanted = {"source": "non_tax", "key": line.code, "amount_fen": line.amount_fen}
        given = played.control("hand-backs", wanted | {"item": line.account.split(":")[3]})
        await close_errand(house.office, line.id, given["reference"], f"R{given['reference']}", ASKS)
        numbers.append(given["reference"])
    played.set_clocks(morning + timedelta(days=2, hours=2))
    return Town(house, played, morning.date() + timedelta(days=1), {"non_tax": numbers})


def sums(report: DayReport) -> tuple[int, int]:
    one = next(one for one in report.sources if one.source == "non_tax")
    assert one.ours is not None
    assert one.matched is not None
    return one.ours.fen, one.matched.fen


async def test_what_went_back_agrees_with_its_statement_and_the_balance_is_right(town: Town) -> None:
    report = await town.closed()
    assert (report.state, report.breaks) == ("matched", ())
    ours, matched = sums(report)
    assert ours == matched < 0
    assert all(one.holds for one in report.equations), report.equations


async def test_what_differs_about_a_return_is_found_under_its_name(town: Town) -> None:
    for how, by_fen, kind in (
        ("missing", 0, "N-10"),
        ("late", 0, "N-10"),
        ("bounced", 0, "N-10"),
        ("altered", 7, "N-7"),
        ("repeated", 0, "N-8"),
        ("renumbered", 0, "P-17"),
        ("elsewhere", 0, "N-4"),
    ):
        town.forget()
        key = town.break_row("non_tax", how, by_fen, 0)
        report = await town.closed()
        assert [(one.kind, one.key) for one in report.breaks] == [(kind, key)], how
        assert all(one.holds for one in report.equations), (how, report.equations)


async def test_what_finance_gave_back_is_not_drawn_to_be_taken_back_as_well(town: Town) -> None:
    rows = {"kind": "rows", "source": "non_tax", "region": REGION, "rate": 1.0}
    drawn: dict[int, set[str]] = {}
    for ago in (1, 0):  # the day of the fee, and that of its return
        day = str(town.day - timedelta(days=ago))
        for seed in range(30):
            town.forget()
            answers = town.played.control("faults", rows | {"day": day, "seed": seed})["answers"]
            drawn.setdefault(ago, set()).update(one["how"] for one in answers)
    ordinary = {"missing", "late", "altered", "repeated", "added"}
    assert drawn == {1: ordinary, 0: ordinary | {"bounced"}}


async def test_a_return_that_comes_a_day_late_ends_its_case(town: Town) -> None:
    key = town.break_row("non_tax", "late", 0, 0)
    assert [one.key for one in (await town.closed()).breaks] == [key]
    town.day += timedelta(days=1)
    town.played.set_clocks(clock.now() + timedelta(days=1))
    report = await town.closed()
    assert (report.state, report.breaks) == ("matched", ())
    assert all(one.holds for one in report.equations), report.equations
    async with town.house.office.database.connect() as db:
        assert "N-10" in {one.kind for one in await list_cases(db, REGION, CaseFilter("vanished"))}


@pytest.mark.parametrize("is_signed", [False, True])
@pytest.mark.parametrize(("leg", "kind"), [("non_tax", "N-10"), ("tax", "R-6")])
async def test_what_is_recorded_days_later_agrees_with_the_row_of_its_day_and_ends_its_case(
    house: House, played: Played, leg: str, kind: str, is_signed: bool
) -> None:
    """Paid out on the second day, recorded on the fourth: nothing twice, be the second signed or run again."""
    morning = clock.local_now().subtract(days=6).replace(hour=9)
    played.set_clocks(morning)
    view = await arrived_bill(house, played, home_case(), "transferee")
    town = Town(house, played, morning.date(), {})
    await approved(house, view, [Wish(one, fen - 100) for one, fen in (await pieces(house, view.id, leg)).items()])
    line, number = await open_line(house)

    async def closed() -> DayReport:
        played.set_clocks(max(town.morning_after(), clock.local_now()))
        report = await town.closed()
        assert all(one.holds for one in report.equations), report.equations
        if is_signed:
            async with house.office.database.begin() as db:
                await signed_by_two(db, REGION, town.day, house.book)
        return report

    report = await closed()
    waits = [(one.second_key, one.amount_fen) for source in report.sources for one in source.pool]
    assert (report.breaks, waits) == ((), [(number, -line.amount_fen)])
    wanted = {"source": line.way, "key": number, "amount_fen": line.amount_fen}
    if leg == "tax":
        wanted["key"] = next(one.tax_voucher_no for one in played.simulator.world.vouchers.values())
    town.day += timedelta(days=1)
    played.set_clocks(morning + timedelta(days=1))
    paper = played.control("hand-backs", wanted)["reference"]
    (unrecorded,) = (await closed()).breaks
    assert (unrecorded.kind, unrecorded.second_key) == (kind, number)
    assert f"已按凭证 {paper} 退出，我方尚未登记" in unrecorded.reason.zh
    town.day += timedelta(days=1)
    assert (await closed()).breaks == ()
    await close_errand(house.office, line.id, paper, f"R{paper}" if leg == "non_tax" else None, ASKS)
    town.day += timedelta(days=1)
    report = await closed()
    assert (report.breaks, [one.pool for one in report.sources if one.pool]) == ((), [])
    async with house.office.database.connect() as db:
        assert kind in {one.kind for one in await list_cases(db, REGION, CaseFilter("vanished"))}
        assert await list_cases(db, REGION, CaseFilter("open")) == []
    if not is_signed:
        town.day -= timedelta(days=2)
        report = await closed()
        assert report.breaks == ()
        assert [one.matched.fen for one in report.sources if one.matched and one.matched.fen] == [-line.amount_fen]
        town.day += timedelta(days=2)
        report = await closed()
        assert [one.matched.fen for one in report.sources if one.matched and one.matched.fen] == []


async def open_line(house: House) -> tuple[Row[Any], str]:
    """The one line that a counter has yet to give back, and the number under which it was paid."""
    asked = (
        select(refund_line, func.coalesce(pay_code.c.code, voucher.c.levy_number).label("number"))
        .join(allocation_line, allocation_line.c.id == refund_line.c.allocation_line_id)
        .outerjoin(pay_code, pay_code.c.id == allocation_line.c.pay_code_id)
        .outerjoin(voucher, voucher.c.id == allocation_line.c.voucher_id)
    )
    async with house.office.database.connect() as db:
        row = (await db.execute(asked)).one()
    return row, str(row.number)


async def test_a_return_that_came_back_is_owed_again_and_returned_under_another_paper(town: Town) -> None:
    house = town.house
    town.break_row("non_tax", "bounced", 0, 0)
    (one,) = (await town.closed()).breaks
    assert "被退回" in one.reason.zh
    assert (one.our_fen, one.their_fen > 0) == (0, True)
    before = await book(house)
    assert await decided(house, one.case_id) == "closed"
    changed = {name: fen - before.get(name, 0) for name, fen in (await book(house)).items() if fen != before.get(name)}
    assert changed == {"refunds_payable": one.their_fen, "due_non_tax": -one.their_fen}
    town.forget()
    async with house.office.database.connect() as db:
        asked = select(refund_line.c.id).where(refund_line.c.state == "approved", refund_line.c.way == "non_tax")
        (again,) = (await db.scalars(asked)).all()
    world = town.played.simulator.world
    world.hand_backs.clear()  # the counter has it again, and may give it back once more
    code = next(one.number for one in world.pay_codes.values())
    town.day += timedelta(days=1)
    given = town.played.control("hand-backs", {"source": "non_tax", "key": code, "amount_fen": one.their_fen})
    await close_errand(house.office, again, given["reference"], None, ASKS)
    town.played.set_clocks(town.morning_after())
    report = await town.closed()
    assert report.breaks == ()
    assert sums(report) == (-one.their_fen, -one.their_fen)
    assert all(each.holds for each in report.equations), report.equations
    assert await book(house) == before
