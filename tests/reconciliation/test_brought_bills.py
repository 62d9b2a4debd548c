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
from settlement.bills.reading import BillView, read_bill
from settlement.payments.orders import start_payment
from settlement.payments.queries import query_bill
from settlement.ports.statements import RawStatement, Source
from settlement.refunds.proposing import Wish
from tests.days import morning_after
from tests.played import Played, confirmed, followed_through, home_case
from tests.settlement.refunds.conftest import approved, pieces, pursued


async def paid_late(house: House, played: Played, region: str) -> BillView:
    """A home bought and paid in the late evening three days ago; its money is at the channel."""
    played.set_clocks(clock.local_now().subtract(days=3).replace(hour=22, minute=50))
    case = home_case(unit_code=f"{region}001001GB00012F00030602")
    case["transaction"] = {**case["transaction"], "region": region, "parameters": {}}
    view = await confirmed(house, case)
    while view.state != "paid":  # QRA takes an order for each receiver
        assert view.code is not None
        await start_payment(house.office, view.code.token, "transferee", "http://127.0.0.1:8800/p/back")
        played.control("payments", {"order_id": list(played.simulator.world.by_order_id)[-1]})
        await query_bill(house.office, view.id)
        view = await read_bill(house.office, view.id)
    return view


async def closed(house: House, played: Played, region: str, day: date) -> DayReport:
    """The day closed on the next morning with the bill as it is downloaded then."""
    morning_after(played, day)
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
    view = await paid_late(house, played, region)
    day = clock.today()
    await followed_through(house, played, view.id)
    report = await closed(house, played, region, day)
    channel = report.sources[0]
    assert (report.state, report.breaks) == ("matched", ())
    assert channel.theirs == Total(orders, view.amount_fen)
    planted = played.control(
        "faults", {"kind": "row", "how": "added", "source": "channel", "region": region, "day": str(day)}
    )
    report = await closed(house, played, region, day)
    assert [(one.kind, one.key) for one in report.breaks] == [("P-5", planted["answer"]["key"])]


@pytest.mark.parametrize(("how", "kind"), [("renumbered", "P-17"), ("bounced", "R-8")])
@pytest.mark.parametrize("region", ["430102", "440305"])
async def test_a_refund_is_known_by_its_own_number_where_the_channel_gives_it_another(
    house: House, played: Played, region: str, how: str, kind: str
) -> None:
    view = await paid_late(house, played, region)
    day = clock.today()
    refund_id = await approved(house, view, [Wish(one) for one in await pieces(house, view.id)])
    assert await pursued(house, played, refund_id) == "done"
    *_, given = played.simulator.world.returns.values()
    row = {"kind": "row", "how": how, "source": "channel", "region": region, "day": str(day)}
    planted = played.control("faults", row | {"key": given.movement.query_id})
    report = await closed(house, played, region, day)
    assert [(one.kind, one.key) for one in report.breaks] == [(kind, planted["answer"]["key"])]


def test_there_is_no_bill_of_a_day_that_is_not_over_nor_of_acp(played: Played) -> None:
    played.set_clocks(clock.local_now())
    today = f"{clock.today()}"
    told = [httpx.get(f"{played.address}/control/bills/{region}/{today}") for region in ("430102", "341502")]
    assert [(one.status_code, one.json()["code"]) for one in told] == [(404, "not_ready"), (404, "unknown_region")]
