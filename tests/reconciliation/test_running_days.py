"""A treasury's day while it runs: its batches are fetched when they are due, and what differs is named at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from api.closing import close_the_day, close_what_is_due, match_running_days
from api.wiring import House
from foundation import clock
from reconciliation.report import DayReport, day_report
from settlement.cases import CaseFilter, list_cases
from settlement.payments.queries import query_bill
from settlement.ports.statements import Source
from settlement.regions import Region
from tests.played import Played, confirmed, followed_through, home_case, paid

REGION = "330206"


@dataclass
class Running:
    """A working day on which a home was bought in the morning."""

    house: House
    played: Played
    day: date
    voucher: str

    def at(self, hour: int, minute: int, days: int = 0) -> None:
        midnight = clock.pendulum.datetime(self.day.year, self.day.month, self.day.day, tz=clock.CHINA)
        self.played.set_clocks(midnight.add(days=days, hours=hour, minutes=minute))

    def fault(self, **fault: Any) -> Any:
        return self.played.control("faults", {"source": "treasury", "region": REGION, "day": str(self.day)} | fault)

    async def looked_at(self) -> list[date]:
        return await match_running_days(self.house, REGION)

    async def breaks(self) -> Sequence[tuple[str, str]]:
        async with self.house.office.database.connect() as db:
            report = await day_report(db, REGION, self.day)
        return sorted((one.kind, one.key) for one in report.breaks)

    async def closed(self) -> DayReport:
        return await close_the_day(self.house, REGION, self.day)

    async def cases(self, state: str | None = None) -> set[str]:
        async with self.house.office.database.connect() as db:
            return {one.kind for one in await list_cases(db, REGION, CaseFilter(state))}

    async def batches(self) -> list[tuple[str, int, bool]]:
        async with self.house.office.database.connect() as db:
            found = await db.execute(text("SELECT number, version, refusal IS NULL FROM statement_batch ORDER BY 1, 2"))
            return [tuple(row) for row in found]


@pytest.fixture
async def running(house: House, played: Played) -> Running:
    morning = clock.local_now().subtract(days=7).replace(hour=9)
    while not house.office.region(REGION).calendar.works(Source.treasury, morning.date()):
        morning = morning.subtract(days=1)
    played.set_clocks(morning)
    case = home_case(unit_code=f"{REGION}001001GB00012F00030602")
    case["transaction"] = {**case["transaction"], "region": REGION, "parameters": {}}
    view = await confirmed(house, case)
    await paid(house, played, view.id, "transferee")
    await query_bill(house.office, view.id)
    await followed_through(house, played, view.id, timedelta(minutes=1))
    (voucher,) = played.simulator.world.vouchers.values()
    return Running(house, played, morning.date(), voucher.tax_voucher_no or "")


async def test_batches_are_fetched_when_they_are_due_and_no_sooner_and_the_turn_comes_last(running: Running) -> None:
    running.at(11, 59)
    assert await running.looked_at() == []
    running.at(12, 1)
    assert await running.looked_at() == [running.day]
    assert await running.looked_at() == []  # nothing is due, and nothing differs
    running.at(16, 31)
    assert await running.looked_at() == [running.day]
    running.at(0, 1, days=1)
    assert await running.looked_at() == [running.day]
    assert await running.batches() == [("0001", 1, True), ("0002", 1, True), ("0003", 1, True)]
    assert await running.breaks() == []
    running.at(8, 0, days=1)
    assert await running.looked_at() == []
    running.at(11, 0, days=1)
    report = await running.closed()
    assert (report.state, report.breaks) == ("matched", ())


async def test_what_a_batch_shows_is_named_at_once_and_what_it_lacks_is_not(running: Running) -> None:
    strange = running.fault(kind="row", how="added")["answer"]["key"]
    running.fault(kind="row", how="missing", key=running.voucher)
    running.at(12, 1)
    assert await running.looked_at() == [running.day]
    assert await running.breaks() == [("T-5", strange)]
    assert await running.looked_at() == [running.day]  # again, for it differs; and it is found no second time
    assert await running.breaks() == [("T-5", strange)]
    running.at(11, 0, days=1)
    report = await running.closed()  # the statement of the day has the last word
    assert sorted((one.kind, one.key) for one in report.breaks) == [("T-5", strange), ("T-8", running.voucher)]


async def test_a_difference_of_a_batch_ends_when_the_statement_of_the_day_is_right(running: Running) -> None:
    running.fault(kind="row", how="repeated", key=running.voucher)
    running.at(12, 1)
    await running.looked_at()
    assert await running.breaks() == [("T-7", running.voucher)]
    async with httpx.AsyncClient() as outside:
        (await outside.delete(f"{running.played.address}/control/faults")).raise_for_status()
    running.at(11, 0, days=1)
    assert (await running.closed()).breaks == ()
    assert "T-7" in await running.cases("vanished")


async def test_a_day_without_its_own_statement_stays_open_with_what_its_batches_showed(running: Running) -> None:
    strange = running.fault(kind="row", how="added")["answer"]["key"]
    running.at(12, 1)
    await running.looked_at()
    running.fault(kind="statement", how="missing")
    running.at(11, 0, days=1)
    report = await running.closed()
    assert (report.state, [(one.kind, one.key) for one in report.breaks]) == ("open", [("T-5", strange)])
    assert {row.key for one in report.sources if one.source == "treasury" for row in one.pool} == set()


async def test_a_batch_that_cannot_be_believed_is_a_case_until_it_comes_again(running: Running) -> None:
    running.fault(kind="statement", how="truncated", times=2)
    running.at(12, 1)
    for _ in range(2):
        assert await running.looked_at() == []
    assert "F0-4" in await running.cases()
    assert await running.looked_at() == [running.day]
    assert await running.batches() == [("0001", 1, False), ("0001", 2, True)]
    assert "F0-4" in await running.cases("vanished")


async def test_a_statement_that_is_issued_again_is_seen_within_minutes(running: Running) -> None:
    running.at(9, 1, days=1)
    assert await close_what_is_due(running.house, REGION) == [running.day]
    running.at(9, 5, days=1)
    assert await close_what_is_due(running.house, REGION) == []  # the same bytes
    strange = running.fault(kind="row", how="added")["answer"]["key"]
    running.at(9, 6, days=1)
    assert await close_what_is_due(running.house, REGION) == []
    running.at(9, 15, days=1)
    assert await close_what_is_due(running.house, REGION) == [running.day]
    assert await running.breaks() == [("T-5", strange)]
    assert "F0-3" in await running.cases()


def test_only_a_treasury_that_is_asked_itself_has_batches(house: House) -> None:
    content = house.office.region(REGION).model_dump()
    for hours in ({"bank": {"batches": ["12:00"]}}, {"non_tax": {"batches_every": 30}}):
        with pytest.raises(ValueError, match="only a treasury"):
            Region.model_validate(content | {"hours": hours})


def test_an_interval_may_stand_in_place_of_hours(house: House) -> None:
    region = house.office.region(REGION)
    region = Region.model_validate(region.model_dump() | {"hours": {"treasury": {"batches_every": 20}}})
    day = clock.today()
    for minute, due in ((0, True), (1, False), (20, True), (59, False)):
        clock.travel(datetime(day.year, day.month, day.day, 10, minute, tzinfo=clock.local_now().tzinfo))
        assert region.calendar.is_batch_due(Source.treasury, day, 3, has_turned=False) is due, minute
    assert not region.calendar.is_batch_due(Source.treasury, day, 3, has_turned=True)
