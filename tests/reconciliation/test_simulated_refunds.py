"""Differences about money that went back, planted by the simulator in real files: each under its name, and no other."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
import yaml
from sqlalchemy import select

from api.wiring import EXAMPLE_REGIONS, House, build
from foundation import clock
from foundation.settings import Settings
from settlement.allocation.tables import allocation_line
from settlement.bills.tables import pay_code, voucher
from settlement.book.sides import VOUCHER_KEY
from settlement.cases import CaseFilter, list_cases
from settlement.refunds.errands import close_errand
from settlement.refunds.proposing import Wish
from settlement.refunds.tables import refund_line
from tests.played import Played, home_case
from tests.reconciliation.test_simulated import REGION, Town
from tests.settlement.refunds.conftest import ASKS, approved, arrived_bill, paid_bill, pieces, pursued

PAYMENT, REFUND = 0, 1


async def town_with_a_refund(house: House, played: Played) -> Town:
    """A bill that was paid and given back whole on one day; the next morning."""
    morning = clock.local_now().subtract(days=3).replace(hour=9)
    played.set_clocks(morning)
    view = await paid_bill(house, played, home_case(), "transferee")
    refund_id = await approved(house, view, [Wish(one) for one in await pieces(house, view.id)])
    assert await pursued(house, played, refund_id) == "done"
    given, *_ = played.simulator.world.returns.values()
    played.set_clocks(morning + timedelta(days=1, hours=2))
    return Town(house, played, morning.date(), {"channel": [given.payment.query_id, given.movement.query_id]})


async def finds(town: Town, source: str, how: str, by_fen: int, place: int, kind: str) -> None:
    """What is planted is found under its kind and number, and nothing else."""
    town.forget()
    key = town.break_row(source, how, by_fen, place)
    report = await town.closed()
    assert [(one.kind, one.key) for one in report.breaks] == [(kind, key)], how
    assert all(one.holds for one in report.equations), (how, report.equations)


async def test_what_differs_about_a_refund_is_found_under_its_name(house: House, played: Played) -> None:
    town = await town_with_a_refund(house, played)
    for how, by_fen, place, kind in (
        ("missing", 0, REFUND, "R-2"),
        ("late", 0, REFUND, "R-2"),
        ("altered", -7, REFUND, "P-11"),
        ("repeated", 0, REFUND, "P-7"),
        ("renumbered", 0, REFUND, "P-17"),
        ("taken_back", 0, PAYMENT, "R-5"),  # the refund and this are more than was paid
        ("discounted", 7, REFUND, "P-12"),
        ("bounced", 0, REFUND, "R-8"),
    ):
        await finds(town, "channel", how, by_fen, place, kind)


@pytest.fixture
async def undoing(own_database_url: str, played: Played, tmp_path: Path) -> AsyncIterator[House]:
    """A region whose channel undoes a whole payment of the day: one movement with a part of each receiver."""
    region = yaml.safe_load((EXAMPLE_REGIONS / f"{REGION}.yaml").read_text(encoding="utf-8"))
    region["channel"]["undo_same_day"] = True
    folder = tmp_path / "regions"
    folder.mkdir()
    (folder / f"{REGION}.yaml").write_text(yaml.safe_dump(region, allow_unicode=True), encoding="utf-8")
    made = build(Settings(regions=folder), own_database_url, tmp_path / "keys", played.environment)
    yield made
    await made.close()
    clock.come_back()


async def test_a_divided_refund_of_which_the_file_shows_half_is_found(undoing: House, played: Played) -> None:
    town = await town_with_a_refund(undoing, played)
    await finds(town, "channel", "halved", 0, REFUND, "R-7")
    (one,) = (await town.closed()).breaks
    assert "分项合计不等于退款额：分项 " in one.reason.zh


async def test_what_is_in_its_account_goes_back_by_an_application_a_line_and_the_days_close(
    house: House, played: Played
) -> None:
    """R-6: never by the channel, and no day finds anything, neither before a person carried it out nor after."""
    morning = clock.local_now().subtract(days=5).replace(hour=9)
    played.set_clocks(morning)
    view = await arrived_bill(house, played, home_case(), "transferee")
    lines = await pieces(house, view.id)
    refund_id = await approved(house, view, [Wish(one) for one in lines])
    await pursued(house, played, refund_id)
    assert played.simulator.world.returns == {}
    async with house.office.database.connect() as db:
        found = await list_cases(db, REGION, CaseFilter())
    assert {one.kind for one in found} == {"R-treasury", "R-non-tax"}
    assert sorted(one.amount_fen for one in found) == sorted(lines.values())
    town = Town(house, played, morning.date(), {})
    for hour in (11, 12):
        played.set_clocks(morning.add(days=1).replace(hour=hour))
        report = await town.closed()
        assert (report.state, report.breaks) == ("matched", ())
        assert all(one.holds for one in report.equations), report.equations
        if hour == 11:
            await carried_out(house, played, refund_id)
    town.day += timedelta(days=1)
    played.set_clocks(morning.add(days=2, hours=2))
    report = await town.closed()
    assert (report.state, report.breaks) == ("matched", ())
    assert all(one.holds for one in report.equations), report.equations
    (paper,) = (one.reference for one in played.simulator.world.hand_backs.values() if one.source == "treasury")
    town.keys = {"treasury": [paper]}
    for how, by_fen, kind in (
        ("altered", 7, "T-12"),
        ("repeated", 0, "T-7"),
        ("renumbered", 0, "P-17"),
        ("elsewhere", 0, "T-4"),
    ):
        await finds(town, "treasury", how, by_fen, 0, kind)
    town.forget()
    town.break_row("treasury", "missing", 0, 0)
    report = await town.closed()  # it may stand in the next day's
    assert [one.key for source in report.sources for one in source.pool if source.source == "treasury"] == [paper]
    town.day += timedelta(days=1)
    played.set_clocks(morning.add(days=3, hours=2))
    report = await town.closed()
    assert [(one.kind, one.key) for one in report.breaks] == [("R-6", paper)]
    assert all(one.holds for one in report.equations), report.equations


async def carried_out(house: House, played: Played, refund_id: UUID) -> None:
    """Officers give each line back at their counters, and finance records the papers."""
    async with house.office.database.connect() as db:
        found = await db.execute(
            select(refund_line.c.id, refund_line.c.way, refund_line.c.amount_fen, VOUCHER_KEY, pay_code.c.code)
            .join(allocation_line, allocation_line.c.id == refund_line.c.allocation_line_id)
            .outerjoin(voucher, voucher.c.id == allocation_line.c.voucher_id)
            .outerjoin(pay_code, pay_code.c.id == allocation_line.c.pay_code_id)
            .where(refund_line.c.refund_id == refund_id)
        )
    for line_id, way, fen, tax_voucher_no, code in found.all():
        key = tax_voucher_no if way == "treasury" else code
        paper = played.control("hand-backs", {"source": way, "key": key, "amount_fen": fen})["reference"]
        await close_errand(house.office, line_id, paper, None if way == "treasury" else f"H{paper[-12:]}", ASKS)
