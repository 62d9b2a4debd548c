"""Days on which money went back, or came twice: the channel's file agrees with our book."""

from datetime import date, timedelta

from api.wiring import House
from settlement.payments.queries import query_bill
from settlement.refunds.proposing import Wish
from settlement.refunds.reading import refundable
from tests.days import REGION, closed
from tests.played import Played, confirmed, home_case, started
from tests.settlement.payments.test_proofs import hear, notification
from tests.settlement.refunds.conftest import approved, paid_bill, pieces, pursued
from tests.signing import signed_by_two


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
