"""Differences planted by the simulator in real files, with its answer key: each found under its name, and no other."""

import random
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import httpx
import pytest

from api.closing import close_the_day
from api.wiring import House
from foundation import clock
from reconciliation.report import DayReport
from settlement.allocation.following import follow_bill
from settlement.payments.queries import query_bill
from tests.played import PLAIN, Played, confirmed, home_case, paid

REGION = "341502"
BILLS = 3

KINDS = {
    ("channel", "missing", 0): "P-9",
    ("channel", "late", 0): "P-9",
    ("channel", "altered", 7): "P-10",
    ("channel", "altered", -7): "P-11",
    ("channel", "repeated", 0): "P-7",
    ("channel", "added", 0): "P-5",
    ("treasury", "missing", 0): "T-8",
    ("treasury", "late", 0): "T-8",
    ("treasury", "altered", 7): "T-12",
    ("treasury", "altered", -7): "T-12",
    ("treasury", "repeated", 0): "T-7",
    ("treasury", "added", 0): "T-5",
    ("non_tax", "missing", 0): "N-2",
    ("non_tax", "late", 0): "N-2",
    ("non_tax", "altered", 7): "N-7",
    ("non_tax", "altered", -7): "N-7",
    ("non_tax", "repeated", 0): "N-8",
    ("non_tax", "added", 0): "N-3",
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
        """Plants a difference; its kind and key."""
        fault: dict[str, Any] = {"kind": "row", "how": how, "source": source, "region": REGION, "day": str(self.day)}
        if how != "added":
            fault["key"] = self.keys[source][place]
        if by_fen:
            fault["by_fen"] = by_fen
        answer = self.played.control("faults", fault)["answer"]
        return KINDS[source, how, by_fen], answer["key"]

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
        for _ in range(20):
            played.set_clocks(clock.now() + timedelta(minutes=1))
            if await follow_bill(house.office, view.id):
                break
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
