"""A region that compares all six sources: the simulator writes them from one truth, and plants breaks in three more."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from api.closing import close_the_day
from api.wiring import House
from foundation import clock
from reconciliation.report import DayReport
from reconciliation.signing import CannotSign, prepare_day, sign_day
from settlement.cases import office_case
from settlement.payments.queries import query_bill
from settlement.ports.statements import Source
from tests.played import Played, confirmed, followed_through, home_case, paid

REGION = "330206"

KINDS: dict[tuple[str, str, int], list[str]] = {
    ("bank", "missing", 0): ["S-2"],
    ("bank", "late", 0): ["S-2"],
    ("bank", "altered", 7): ["S-4"],
    ("bank", "altered", -7): ["S-3"],
    ("bank", "repeated", 0): ["P-13", "S-4"],
    ("bank", "added", 0): ["S-5"],
    ("bank", "taken_back", 0): ["S-6"],
    ("bank", "unfounded", 0): ["S-6"],
    ("tax_status", "missing", 0): ["X-2"],
    ("tax_status", "late", 0): ["X-2"],
    ("tax_status", "altered", 7): ["T-11"],
    ("tax_status", "repeated", 0): ["X-1"],
    ("tax_status", "added", 0): ["X-1"],
    ("tax_status", "renumbered", 0): ["T-11"],
    ("tax_status", "taken_back", 0): ["T-11"],
    ("e_receipts", "missing", 0): ["N-5"],
    ("e_receipts", "late", 0): ["N-5"],
    ("e_receipts", "altered", -7): ["E-1"],
    ("e_receipts", "repeated", 0): ["N-6"],
    ("e_receipts", "added", 0): ["N-6"],
    ("e_receipts", "renumbered", 0): ["E-1"],
    ("e_receipts", "taken_back", 0): ["E-1"],
}


@dataclass
class Coast:
    """A home bought on a day, and the working day on which the bank credits it."""

    house: House
    played: Played
    day: date
    credited_on: date
    amount_fen: int

    async def cases(self) -> dict[str, set[tuple[str, str]]]:
        """Kind and state of all cases, by source."""
        async with self.house.office.database.connect() as db:
            found = await db.execute(
                select(office_case.c.facts["source"].astext, office_case.c.kind, office_case.c.state)
            )
            cases: dict[str, set[tuple[str, str]]] = {}
            for source, kind, state in found:
                cases.setdefault(source, set()).add((kind, state))
            return cases

    def forget(self) -> None:
        httpx.delete(f"{self.played.address}/control/faults").raise_for_status()

    async def closed(self, day: date) -> DayReport:
        self.played.set_clocks(clock.pendulum.datetime(day.year, day.month, day.day, 11, tz=clock.CHINA).add(days=1))
        return await close_the_day(self.house, REGION, day)


@pytest.fixture
async def coast(house: House, played: Played) -> Coast:
    calendar = house.office.region(REGION).calendar
    morning = clock.local_now().subtract(days=7).replace(hour=9)
    while not calendar.holidays.is_workday(morning.date()):
        morning = morning.subtract(days=1)
    played.set_clocks(morning)
    day = clock.today()
    case = home_case(unit_code=f"{REGION}001001GB00012F00030602")
    case["transaction"] = {**case["transaction"], "region": REGION, "parameters": {}}
    view = await confirmed(house, case)
    await paid(house, played, view.id, "transferee")
    await query_bill(house.office, view.id)
    await followed_through(house, played, view.id, timedelta(minutes=1))
    return Coast(house, played, day, calendar.day_after(Source.bank, day), view.amount_fen)


async def test_all_six_agree_and_the_bank_credits_gross_with_a_fee_of_its_own(coast: Coast) -> None:
    first = await coast.closed(coast.day)
    assert [one.source for one in first.sources] == sorted(Source)
    assert (first.state, first.breaks) == ("matched", ())
    pool = {one.source: [(row.account, row.expected_on) for row in one.pool] for one in first.sources}
    assert pool["bank"] == [("", coast.credited_on), ("fee", coast.credited_on)]
    day = coast.day
    while day < coast.credited_on:
        day += timedelta(days=1)
        report = await coast.closed(day)
        assert (report.state, report.breaks) == ("matched", ())
    bank = next(one for one in report.sources if one.source is Source.bank)
    fee = min(round(coast.amount_fen * 6 / 10_000), 2600)
    assert bank.file.file_name is not None
    assert (bank.theirs and bank.theirs.fen, bank.fee_fen) == (coast.amount_fen - fee, -fee)
    assert all(one.holds for one in report.equations)


@pytest.mark.parametrize("source", ["bank", "tax_status", "e_receipts"])
async def test_each_class_of_the_lists_is_found_under_its_name_and_no_other(coast: Coast, source: str) -> None:
    day = coast.credited_on if source == "bank" else coast.day
    await coast.closed(coast.day)
    for (of, how, by_fen), kinds in KINDS.items():
        if of != source:
            continue
        coast.forget()
        fault: dict[str, Any] = {"kind": "row", "how": how, "source": of, "region": REGION, "day": str(day)}
        answer = coast.played.control("faults", fault | ({"by_fen": by_fen} if by_fen else {}))["answer"]
        report = await coast.closed(day)
        assert sorted((one.kind, one.key) for one in report.breaks) == [(kind, answer["key"]) for kind in kinds], how
        assert all(one.holds for one in report.equations), report.equations


DAMAGE = [
    ("truncated", "F0-4"),
    ("totals", "F0-4"),
    ("layout", "F0-5"),
    ("encoding", "F0-5"),
    ("another_day", "F0-8"),
    ("forged", "F0-7"),
]
"""What reconciliation calls what the simulator does to a whole statement."""


async def test_a_damaged_statement_is_refused_as_what_it_is_and_nothing_is_missing_for_it(coast: Coast) -> None:
    sources = ["channel", "e_receipts", "non_tax", "tax_status", "treasury"]
    for turn in range(len(DAMAGE)):
        coast.forget()
        wanted = {}
        for place, source in enumerate(sources):
            how, wanted[source] = DAMAGE[(place + turn) % len(DAMAGE)]
            if (source, how) == ("channel", "totals"):  # whose file has none
                how, wanted[source] = DAMAGE[0]
            fault = {"kind": "statement", "how": how, "source": source, "region": REGION, "day": str(coast.day)}
            coast.played.control("faults", fault)
        report = await coast.closed(coast.day)
        cases = await coast.cases()
        assert [source for source in sources if (wanted[source], "open") not in cases[source]] == [], (wanted, cases)
        assert (report.state, report.breaks) == ("open", ())


async def test_a_batch_whose_totals_are_not_its_rows_is_a_case_until_they_are(coast: Coast) -> None:
    fault = {"kind": "statement", "how": "sessions", "source": "treasury", "region": REGION, "day": str(coast.day)}
    for how, state in (("sessions", "open"), (None, "vanished")):
        if how:
            coast.played.control("faults", fault)
        report = await coast.closed(coast.day)
        coast.forget()
        assert (report.state, report.breaks) == ("matched", ())
        assert ("T-10", state) in (await coast.cases())["treasury"]


async def test_a_bank_whose_balances_do_not_hold_is_a_case_and_the_day_is_not_signed(coast: Coast) -> None:
    """S-7: its closing balance is not what moved, and the next day does not go on from it, until it is given again."""
    bank_day = coast.credited_on
    days = [coast.day + timedelta(days=n) for n in range((bank_day - coast.day).days)]
    book, database = coast.house.book, coast.house.office.database
    for day in days:
        await coast.closed(day)
        async with database.begin() as db:
            await prepare_day(db, REGION, day, book, actor="asks")
            await sign_day(db, REGION, day, book, actor="decides")
    next_day = coast.house.office.region(REGION).calendar.day_after(Source.bank, bank_day)

    async def balances(day: date) -> tuple[list[bool], bool]:
        """Whether each equation of the bank's balances holds, and whether a case is open for the day."""
        report = await coast.closed(day)
        assert (report.state, report.breaks) == ("matched", ())
        async with database.connect() as db:
            of_day = (office_case.c.kind == "S-7") & (office_case.c.business_day == day)
            state = await db.scalar(select(office_case.c.state).where(of_day))
        return [one.holds for one in report.equations if "期初余额" in one.words.zh], state == "open"

    fault = {"kind": "statement", "how": "balance", "source": "bank", "region": REGION, "day": str(bank_day)}
    coast.played.control("faults", fault)
    assert await balances(bank_day) == ([False, True], True)
    async with database.begin() as db:
        with pytest.raises(CannotSign, match="期末余额"):
            await prepare_day(db, REGION, bank_day, book, actor="asks")
    while (bank_day := bank_day + timedelta(days=1)) < next_day:
        await coast.closed(bank_day)
    assert await balances(next_day) == ([True, False], True)
    coast.forget()
    assert await balances(coast.credited_on) == ([True, True], False)
    assert await balances(next_day) == ([True, True], False)


async def test_a_bank_goes_on_from_what_it_showed_though_that_was_wrong(coast: Coast) -> None:
    bank_day = coast.credited_on
    next_day = coast.house.office.region(REGION).calendar.day_after(Source.bank, bank_day)
    fault = {"kind": "row", "how": "added", "source": "bank", "region": REGION, "day": str(bank_day)}
    coast.played.control("faults", fault)
    assert "S-5" in {one.kind for one in (await coast.closed(bank_day)).breaks}
    coast.forget()
    for ahead in range(1, (next_day - bank_day).days + 1):
        report = await coast.closed(bank_day + timedelta(days=ahead))
    assert [one.holds for one in report.equations if "期初余额" in one.words.zh] == [True, True]
