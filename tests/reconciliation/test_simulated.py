"""Differences planted by the simulator in real files, with its answer key: each found under its name, and no other."""

import random
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import httpx
import pytest
from sqlalchemy import select

from api.closing import close_the_day
from api.wiring import House
from foundation import clock
from foundation.errors import Unavailable
from reconciliation.days import close_day
from reconciliation.report import DayReport
from reconciliation.tables import statement_file
from settlement.allocation.following import follow_bill
from settlement.bills.reading import read_bill
from settlement.cases import CaseFilter, list_cases
from settlement.payments.queries import query_bill
from tests.played import PLAIN, Played, confirmed, followed_through, home_case, paid

REGION = "341502"
BILLS = 3
FRIDAY = 5

KINDS = {
    ("channel", "missing", 0): "P-9",
    ("channel", "late", 0): "P-9",
    ("channel", "altered", 7): "P-10",
    ("channel", "altered", -7): "P-11",
    ("channel", "repeated", 0): "P-7",
    ("channel", "added", 0): "P-5",
    ("channel", "renumbered", 0): "P-17",
    ("channel", "taken_back", 0): "P-15",
    ("channel", "unfounded", 0): "R-4",
    ("channel", "adjusted", 0): "P-20",
    ("channel", "discounted", 7): "P-12",
    ("channel", "elsewhere", 0): "P-18",
    ("channel", "test_card", 0): "P-19",
    ("treasury", "missing", 0): "T-8",
    ("treasury", "late", 0): "T-8",
    ("treasury", "altered", 7): "T-12",
    ("treasury", "altered", -7): "T-12",
    ("treasury", "repeated", 0): "T-7",
    ("treasury", "added", 0): "T-5",
    ("treasury", "renumbered", 0): "P-17",
    ("treasury", "elsewhere", 0): "T-4",
    ("treasury", "divided", 7): "T-6",
    ("treasury", "taken_back", 0): "T-3",
    ("treasury", "unfounded", 0): "T-5",
    ("non_tax", "missing", 0): "N-2",
    ("non_tax", "late", 0): "N-2",
    ("non_tax", "altered", 7): "N-7",
    ("non_tax", "altered", -7): "N-7",
    ("non_tax", "repeated", 0): "N-8",
    ("non_tax", "added", 0): "N-3",
    ("non_tax", "renumbered", 0): "P-17",
    ("non_tax", "elsewhere", 0): "N-4",
    ("non_tax", "divided", 7): "N-4",
    ("non_tax", "taken_back", 0): "N-9",
    ("non_tax", "unfounded", 0): "N-9",
}
"""What reconciliation calls what the simulator plants: by source, how, and by how many fen."""


@dataclass
class Town:
    """A day on which some homes were bought, and its statements."""

    house: House
    played: Played
    day: date
    keys: dict[str, list[str]]

    def plant(self, source: str, how: str, by_fen: int, place: int) -> tuple[str, str]:
        """Plants a difference in a row that came in; its kind and key."""
        return KINDS[source, how, by_fen], self.break_row(source, how, by_fen, place)

    def break_row(self, source: str, how: str, by_fen: int, place: int) -> str:
        """Plants a difference; the key under which it is found."""
        fault: dict[str, Any] = {"kind": "row", "how": how, "source": source, "region": REGION, "day": str(self.day)}
        if how not in ("added", "unfounded"):
            fault["key"] = self.keys[source][place]
        if by_fen:
            fault["by_fen"] = by_fen
        key: str = self.played.control("faults", fault)["answer"]["key"]
        return key

    def morning_after(self) -> datetime:
        """When the statements of the day are there."""
        return clock.pendulum.datetime(*self.day.timetuple()[:3], 11, tz=clock.CHINA).add(days=1)

    async def closed(self) -> DayReport:
        return await close_the_day(self.house, REGION, self.day)

    def forget(self) -> None:
        httpx.delete(f"{self.played.address}/control/faults").raise_for_status()


@pytest.fixture
async def town(house: House, played: Played) -> Town:
    morning = clock.local_now().subtract(days=3).replace(hour=9)
    played.set_clocks(morning)
    day = clock.today()
    for number in range(BILLS):
        case = home_case(case_number=f"LA20260302-10{number}", unit_code=f"341502001001GB00012F0003060{number}")
        view = await confirmed(house, case)
        await paid(house, played, view.id, "transferee")
        await query_bill(house.office, view.id)
        await followed_through(house, played, view.id, timedelta(minutes=1))
    async with httpx.AsyncClient(verify=PLAIN) as outside:
        truth = (await outside.get(f"{played.address}/control/truth")).json()
    keys = {
        "channel": [one["payments"][0]["query_id"] for one in truth["orders"]],
        "treasury": [one["tax_voucher_no"] for one in truth["vouchers"]],
        "non_tax": [one["pay_code"] for one in truth["pay_codes"]],
    }
    played.set_clocks(morning + timedelta(days=1, hours=2))
    return Town(house, played, day, keys)


async def test_without_faults_there_is_nothing(town: Town) -> None:
    report = await town.closed()
    assert (report.state, report.breaks) == ("matched", ())
    assert all(one.holds for one in report.equations)


@pytest.mark.parametrize("source", ["channel", "treasury", "non_tax"])
async def test_each_class_is_found_under_its_name_and_no_other(town: Town, source: str) -> None:
    for of, how, by_fen in KINDS:
        if of == source:
            town.forget()
            wanted = town.plant(of, how, by_fen, 0)
            report = await town.closed()
            assert [(one.kind, one.key) for one in report.breaks] == [wanted], how
            assert all(one.holds for one in report.equations), (how, report.equations)


@pytest.mark.parametrize("seed", range(2))
async def test_a_mixture_is_found_whole_and_nothing_else(town: Town, seed: int) -> None:
    dice = random.Random(seed)
    wanted = []
    for source in ("channel", "treasury", "non_tax"):
        for place in range(BILLS):
            of, how, by_fen = dice.choice([one for one in KINDS if one[0] == source])
            wanted.append(town.plant(of, how, by_fen, place))
    report = await town.closed()
    assert sorted((one.kind, one.key) for one in report.breaks) == sorted(wanted)
    assert all(one.holds for one in report.equations), report.equations


async def test_what_a_third_person_pays_is_accepted(town: Town) -> None:
    """P-22: whose card it was stands in the file that is kept; the receipts are for whom the bill names."""
    town.break_row("channel", "another_card", 0, 0)
    report = await town.closed()
    assert (report.state, report.breaks) == ("matched", ())
    async with town.house.office.database.connect() as db:
        raw = await db.scalar(
            select(statement_file.c.raw).where(statement_file.c.source == "channel", statement_file.c.day == town.day)
        )
    with ZipFile(BytesIO(raw)) as kept:
        assert b"6228***********7788" in b"".join(kept.read(name) for name in kept.namelist())


async def test_a_row_that_cannot_be_read_is_a_case_and_no_shortage(town: Town) -> None:
    for source in ("channel", "treasury", "non_tax"):
        fault = {"kind": "statement", "how": "garbled", "source": source, "region": REGION, "day": str(town.day)}
        town.played.control("faults", fault)
    report = await town.closed()
    assert (report.state, report.breaks) == ("matched", ())
    # the channel names an order on a line for each receiver: the other line still tells it whole
    assert {one.source: len(one.pool) for one in report.sources} == {"channel": 0, "treasury": 1, "non_tax": 1}
    async with town.house.office.database.connect() as db:
        assert [one.kind for one in await list_cases(db, REGION, CaseFilter())] == ["F0-9"] * 3


async def test_what_arrives_after_the_work_date_turned_is_of_the_next_workday(house: House, played: Played) -> None:
    """T-13: paid on a Friday evening, in the treasury's books on Monday, in its first batch."""
    world = played.simulator.world
    behaviour = world.setup.behaviour.model_copy(update={"work_date_turns": 18})
    world.setup = world.setup.model_copy(update={"behaviour": behaviour})
    evening = clock.local_now().subtract(days=14).replace(hour=18, minute=30)
    while not (evening.isoweekday() == FRIDAY and world.setup.is_workday(evening.add(days=3).date())):
        evening = evening.subtract(days=1)
    played.set_clocks(evening)
    town = Town(house, played, evening.date(), {})
    view = await confirmed(house, home_case())
    await paid(house, played, view.id, "transferee")
    await query_bill(house.office, view.id)
    await followed_through(house, played, view.id, timedelta(minutes=1))
    monday = town.day + timedelta(days=3)
    for _ in range(4):
        played.set_clocks(town.morning_after())
        report = await town.closed()
        assert (report.state, report.breaks) == ("matched", ())
        assert all(one.holds for one in report.equations), report.equations
        treasury = next(one for one in report.sources if one.source == "treasury")
        assert {row.expected_on for row in treasury.pool} == ({monday} if town.day < monday else set())
        town.day += timedelta(days=1)
    assert treasury.matched is not None
    assert treasury.matched.count == 1


async def test_what_the_tax_office_does_not_confirm_is_found_in_the_treasury(house: House, played: Played) -> None:
    """T-9: the money is there, and the voucher is not closed; asked again at each close, it ends by itself."""
    morning = clock.local_now().subtract(days=3).replace(hour=9)
    played.set_clocks(morning)
    view = await confirmed(house, home_case())
    played.control("faults", {"kind": "leg", "leg": "tax", "how": "unconfirmed"})
    await paid(house, played, view.id, "transferee")
    await query_bill(house.office, view.id)
    for _ in range(5):
        played.set_clocks(clock.now() + timedelta(minutes=1))
        await follow_bill(house.office, view.id)
    untold = next(one for one in played.simulator.world.vouchers.values() if one.is_untold)
    town = Town(house, played, morning.date(), {})
    played.set_clocks(morning.add(days=1, hours=2))
    report = await town.closed()
    assert [(one.kind, one.key, one.second_key) for one in report.breaks] == [("T-9", "", untold.levy_number)]
    assert untold.tax_voucher_no in report.breaks[0].reason.zh
    assert all(one.holds for one in report.equations), report.equations
    town.forget()
    report = await town.closed()
    assert (report.state, report.breaks) == ("matched", ())
    async with house.office.database.connect() as db:
        assert "T-9" in {one.kind for one in await list_cases(db, REGION, CaseFilter("vanished"))}


async def test_what_the_non_tax_platform_has_not_confirmed_agrees_by_its_pay_code(house: House, played: Played) -> None:
    """No T-9: no third office closes a fee. The statement is itself the word of who has the money, under our number."""
    morning = clock.local_now().subtract(days=3).replace(hour=9)
    played.set_clocks(morning)
    view = await confirmed(house, home_case())
    played.control("faults", {"kind": "leg", "leg": "non_tax", "how": "lost"})
    await paid(house, played, view.id, "transferee")
    await query_bill(house.office, view.id)
    with pytest.raises(Unavailable, match="non-tax"):
        await follow_bill(house.office, view.id)
    town = Town(house, played, morning.date(), {})
    played.set_clocks(town.morning_after())
    unasked = await close_day(house.office.database, REGION, town.day, house.sources[REGION], house.book)
    states = {one.leg: one.state for one in (await read_bill(house.office, view.id)).pieces}
    assert states["non_tax"] == "in_transit"
    assert [one.matched.count for one in unasked.sources if one.source == "non_tax" and one.matched] == [1]
    assert [one.breaks for one in unasked.sources if one.source == "non_tax"] == [()]
    assert all(one.holds for one in unasked.equations), unasked.equations
    report = await town.closed()
    assert (report.state, report.breaks) == ("matched", ())
    states = {one.leg: one.state for one in (await read_bill(house.office, view.id)).pieces}
    assert states["non_tax"] == "arrived"
