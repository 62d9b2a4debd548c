"""ChinaUMS and QRA have their bills downloaded by hand: what the simulator writes, a finance officer brings."""

from datetime import date

import httpx
import pytest

from api.closing import close_the_day
from api.wiring import House
from foundation import clock
from reconciliation.files import bring
from reconciliation.report import DayReport
from reconciliation.source_report import Total
from settlement.bills.reading import read_bill
from settlement.payments.orders import start_payment
from settlement.payments.queries import query_bill
from settlement.ports.statements import RawStatement, Source
from tests.played import Played, confirmed, followed_through, home_case


async def bought(house: House, played: Played, region: str) -> tuple[date, int]:
    """A home bought and paid in the late evening three days ago; the day, and the fen."""
    played.set_clocks(clock.local_now().subtract(days=3).replace(hour=22, minute=50))
    day = clock.today()
    case = home_case(unit_code=f"{region}001001GB00012F00030602")
    case["transaction"] = {**case["transaction"], "region": region, "parameters": {}}
    view = await confirmed(house, case)
    while view.state != "paid":  # QRA takes an order for each receiver
        assert view.code is not None
        await start_payment(house.office, view.code.token, "transferee", "http://127.0.0.1:8800/p/back")
        played.control("payments", {"order_id": list(played.simulator.world.by_order_id)[-1]})
        await query_bill(house.office, view.id)
        view = await read_bill(house.office, view.id)
    await followed_through(house, played, view.id)
    return day, view.amount_fen


async def closed(house: House, played: Played, region: str, day: date) -> DayReport:
    """The day closed on the next morning with the bill as it is downloaded then."""
    morning = clock.local_now().replace(year=day.year, month=day.month, day=day.day, hour=10).add(days=1)
    played.set_clocks(morning)
    async with httpx.AsyncClient() as site:
        bill = await site.get(f"{played.address}/control/bills/{region}/{day}")
    assert bill.status_code == 200, bill.text
    async with house.office.database.begin() as db:
        await bring(db, region, Source.channel, day, RawStatement("bill.csv", bill.content), actor="finance-1")
    return await close_the_day(house, region, day)


@pytest.mark.parametrize(("region", "orders"), [("430102", 1), ("440305", 2)])
async def test_the_bill_that_is_brought_agrees_and_a_planted_row_is_found(
    house: House, played: Played, region: str, orders: int
) -> None:
    day, amount_fen = await bought(house, played, region)
    report = await closed(house, played, region, day)
    channel = report.sources[0]
    assert (report.state, report.breaks) == ("matched", ())
    assert channel.theirs == Total(orders, amount_fen)
    planted = played.control(
        "faults", {"kind": "row", "how": "added", "source": "channel", "region": region, "day": str(day)}
    )
    report = await closed(house, played, region, day)
    assert [(one.kind, one.key) for one in report.breaks] == [("P-5", planted["answer"]["key"])]


def test_there_is_no_bill_of_a_day_that_is_not_over_nor_of_acp(played: Played) -> None:
    played.set_clocks(clock.local_now())
    today = f"{clock.today()}"
    told = [httpx.get(f"{played.address}/control/bills/{region}/{today}") for region in ("430102", "341502")]
    assert [(one.status_code, one.json()["code"]) for one in told] == [(404, "not_ready"), (404, "unknown_region")]
