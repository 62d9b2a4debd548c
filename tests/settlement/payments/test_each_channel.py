"""The same life through each channel: issued, paid, heard of, closed, given back."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from foundation import clock
from settlement.bills.reading import read_bill
from settlement.payments.closing import cancel_code
from settlement.payments.queries import query_bill
from settlement.payments.tables import channel_order, surplus_payment
from settlement.refunds.proposing import Wish
from settlement.refunds.reading import refundable
from settlement.refunds.tables import channel_refund
from tests.played import CLERK, followed_through
from tests.settlement.payments.conftest import Till
from tests.settlement.refunds.conftest import approved, book, cases, pieces, pursued


async def states(till: Till) -> list[str]:
    async with till.house.office.database.connect() as db:
        return list(await db.scalars(select(channel_order.c.state).order_by(channel_order.c.id)))


async def test_a_bill_is_paid_by_what_the_channel_tells(till: Till) -> None:
    view = await till.bill()
    assert view.shares[0].orders
    for _ in view.shares[0].orders:
        assert await till.hear(till.told(await till.paid(view))) == "applied"
    assert (await read_bill(till.house.office, view.id)).state == "paid"
    await followed_through(till.house, till.played, view.id)
    assert (await read_bill(till.house.office, view.id)).state == "settled"
    assert await book(till.house, till.region) == {}


async def test_a_lost_notification_is_made_up_for_by_asking(till: Till) -> None:
    view = await till.bill()
    for _ in view.shares[0].orders:
        await till.paid(view)
        await query_bill(till.house.office, view.id)
    assert (await read_bill(till.house.office, view.id)).state == "paid"


async def test_the_same_order_is_shown_until_it_is_decided(till: Till) -> None:
    view = await till.bill()
    assert await till.started(view) is await till.started(view)
    till.played.set_clocks(clock.now() + timedelta(minutes=16))
    await query_bill(till.house.office, view.id)
    assert await states(till) == ["not_paid"]
    await till.started(view)
    assert await states(till) == ["not_paid", "open"]


async def test_a_cancelled_code_is_closed_at_the_channel(till: Till) -> None:
    view = await till.bill()
    order = await till.started(view)
    ended = await cancel_code(till.house.office, view.id, CLERK, "退房")
    if till.channel == "acp":  # has no such message: the order ends with its time
        assert (ended, order.is_closed) == ("cancelling", False)
    else:
        assert (ended, order.is_closed, await states(till)) == ("cancelled", True, ["not_paid"])


async def test_money_after_closing_is_not_lost(till: Till) -> None:
    """Success after close: the bill still waits for it, so that it is taken."""
    view = await till.bill()
    order = await till.started(view)
    await cancel_code(till.house.office, view.id, CLERK, "退房")
    till.played.control("faults", {"kind": "payment", "how": "late", "order_id": order.order_id})
    till.played.control("payments", {"order_id": order.order_id})
    assert await till.hear(till.told(order)) == "applied"
    assert await states(till) == ["paid"]


async def test_a_payment_that_comes_twice_is_held_and_given_back(till: Till) -> None:
    view = await till.bill()
    order = await till.started(view)
    till.played.control("faults", {"kind": "payment", "how": "twice", "order_id": order.order_id})
    till.played.control("payments", {"order_id": order.order_id})
    assert [await till.hear(till.told(order, each)) for each in order.payments] == ["applied", "conflicting"]
    assert [await till.hear(till.told(order, each)) for each in order.payments] == ["duplicate", "duplicate"]
    (surplus,) = (await refundable(till.house.office, view.id)).surplus
    assert surplus.amount_fen == order.amount_fen
    refund_id = await approved(till.house, view, [], [surplus.id])
    assert await pursued(till.house, till.played, refund_id) == "done"
    world = till.played.simulator.world
    assert sum(one.amount_fen for one in world.returns.values()) == order.amount_fen
    assert {one.payment.query_id for one in world.returns.values()} == {order.payments[1].query_id}


async def test_another_amount_is_never_taken_for_the_right_one(till: Till) -> None:
    view = await till.bill()
    order = await till.paid(view)
    heard = await till.hear(till.told(order, more_fen=1))
    # Where a query has to confirm a notification, the query's amount is what counts.
    assert heard == (
        "applied" if till.house.office.institutions[till.region].channel.confirms_by_query else "conflicting"
    )
    async with till.house.office.database.connect() as db:
        assert (await db.execute(select(surplus_payment))).all() == []
    await query_bill(till.house.office, view.id)
    assert await states(till) == ["paid"]
    assert await cases(till.house) == []


@pytest.mark.parametrize("fault", [None, "unknown"])
async def test_before_arrival_the_money_goes_back_through_the_channel(till: Till, fault: str | None) -> None:
    view = await till.bill()
    for _ in view.shares[0].orders:
        await till.hear(till.told(await till.paid(view)))
    if fault:
        till.played.control("faults", {"kind": "refund", "how": fault})
    refund_id = await approved(till.house, view, [Wish(one) for one in await pieces(till.house, view.id)])
    assert await pursued(till.house, till.played, refund_id) == "done"
    assert await book(till.house, till.region) == {}
    world = till.played.simulator.world
    assert sum(one.amount_fen for one in world.returns.values()) == view.amount_fen
    async with till.house.office.database.connect() as db:
        orders = (await db.execute(select(channel_refund))).all()
    assert {(one.receiver[-3:], one.state) for one in orders} == {("101", "done"), ("201", "done")}


async def test_a_refund_that_failed_is_a_case(till: Till) -> None:
    view = await till.bill()
    for _ in view.shares[0].orders:
        await till.hear(till.told(await till.paid(view)))
    till.played.control("faults", {"kind": "refund", "how": "failed"})
    refund_id = await approved(till.house, view, [Wish(one) for one in await pieces(till.house, view.id)])
    assert await pursued(till.house, till.played, refund_id) == "failed"
    assert "R-failed" in await cases(till.house)


async def test_after_its_window_a_person_gives_back(till: Till) -> None:
    view = await till.bill()
    for _ in view.shares[0].orders:
        await till.hear(till.told(await till.paid(view)))
    refund_days = till.house.office.region(till.region).channel.refund_days
    till.played.set_clocks(clock.now() + timedelta(days=refund_days + 2))
    refund_id = await approved(till.house, view, [Wish(one) for one in await pieces(till.house, view.id)])
    await pursued(till.house, till.played, refund_id)
    assert await cases(till.house) == ["R-by-hand", "R-by-hand"]
    assert not till.played.simulator.world.returns


@pytest.mark.parametrize("how", ["not_found", "pending", "too_often", "forged", "unavailable"])
async def test_an_answer_that_says_nothing_changes_nothing(till: Till, how: str) -> None:
    view = await till.bill()
    order = await till.paid(view)
    till.played.control("faults", {"kind": "query", "how": how, "order_id": order.order_id})
    try:
        await query_bill(till.house.office, view.id)
    except Exception as error:
        assert type(error).__name__ in ("Unavailable", "Unauthentic")  # noqa: PT017
    assert await states(till) == ["open"]
    await query_bill(till.house.office, view.id)
    assert await states(till) == ["paid"]
