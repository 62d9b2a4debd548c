"""Days on which money went back, or came twice: the channel's file agrees with our book."""

from datetime import date, timedelta

import pytest

from api.wiring import House
from foundation import clock
from reconciliation.days import close_day
from reconciliation.report import DayReport
from settlement.payments.queries import query_bill
from settlement.refunds.proposing import Wish
from settlement.refunds.reading import refundable
from tests.played import Played, confirmed, home_case, started
from tests.settlement.payments.test_proofs import hear, notification
from tests.settlement.refunds.conftest import approved, paid_bill, pieces, pursued
from tests.signing import signed_by_two

REGION = "341502"


@pytest.fixture
async def day(played: Played) -> date:
    """The clearing day of the test: a day in the past, so that its evening can come."""
    noon = clock.local_now().subtract(days=3).replace(hour=12, minute=0, second=0)
    played.set_clocks(noon)
    return noon.date()


async def closed(house: House, played: Played, day: date) -> DayReport:
    played.set_clocks(clock.local_now().replace(year=day.year, month=day.month, day=day.day, hour=10).add(days=1))
    return await close_day(house.office.database, REGION, day, house.sources[REGION], house.book)


async def signed(house: House, day: date) -> bool:
    async with house.office.database.begin() as db:
        return bool((await signed_by_two(db, REGION, day, house.book)).sha256)


async def test_a_refund_of_the_same_day_matches_the_file(house: House, played: Played, day: date) -> None:
    view = await paid_bill(house, played, home_case(), "transferee")
    refund_id = await approved(house, view, [Wish(one) for one in await pieces(house, view.id)])
    assert await pursued(house, played, refund_id) == "done"
    report = await closed(house, played, day)
    assert (report.state, report.breaks) == ("matched", ())
    assert await signed(house, day)


async def test_money_that_came_twice_is_explained_until_it_goes_back(house: House, played: Played, day: date) -> None:
    view = await confirmed(house, home_case())
    order_id = await started(house, view, "transferee")
    played.control("faults", {"kind": "payment", "how": "twice", "order_id": order_id})
    played.control("payments", {"order_id": order_id})
    second = played.simulator.world.by_order_id[order_id].payments[1]
    twice = notification(
        played, order_id, queryId=second.query_id, traceNo=second.trace_no, settleDate=f"{second.clearing_day:%m%d}"
    )
    await query_bill(house.office, view.id)
    assert await hear(house, twice) == "conflicting"
    first = await approved(house, view, [Wish(one) for one in await pieces(house, view.id)])
    assert await pursued(house, played, first) == "done"
    report = await closed(house, played, day)
    assert (report.state, report.breaks) == ("matched", ())
    assert await signed(house, day)
    (surplus,) = (await refundable(house.office, view.id)).surplus
    refund_id = await approved(house, view, [], [surplus.id])
    assert await pursued(house, played, refund_id) == "done"
    report = await closed(house, played, day + timedelta(days=1))
    assert (report.state, report.breaks) == ("matched", ())
    assert await signed(house, day + timedelta(days=1))
