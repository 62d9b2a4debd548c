"""Many bills of one payer, one order at the channel."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from api.closing import close_the_day
from foundation import clock
from foundation.errors import BadInput, Conflict
from reconciliation.consistency import watch
from settlement.bills.withdrawal import withdraw_bill
from settlement.joint.asking import ask_about_attempt
from settlement.joint.finishing import finish_joint_payments
from settlement.joint.making import SeveralPayers, cancel_joint_payment, make_joint_payment
from settlement.payments.closing import cancel_code, expire_codes
from settlement.payments.orders import CodeNotPayable, start_payment
from settlement.payments.queries import query_bill, query_due_orders
from settlement.payments.tables import channel_order, surplus_payment
from settlement.refunds.proposing import Wish
from settlement.refunds.reading import refundable
from settlement.refunds.tables import channel_refund
from tests.days import REGION
from tests.played import CLERK, confirmed, paid, shop_case
from tests.settlement.joint.conftest import Together
from tests.settlement.payments.test_proofs import cases, hear, in_transit, notification
from tests.settlement.refunds.conftest import approved, book, pieces, pursued


async def test_one_order_pays_every_bill_once(together: Together) -> None:
    views = await together.bills(3)
    joint = await together.made(views)
    total = sum(view.amount_fen for view in views)
    assert (joint.amount_fen, sum(fen for _, fen in joint.items), len(joint.due)) == (total, total, 3)
    order_id = await together.paid(joint)
    assert len(together.played.simulator.world.orders) == 1
    raw = notification(together.played, order_id)
    assert [await hear(together.house, raw) for _ in range(3)] == ["applied", "duplicate", "duplicate"]
    assert await together.states(views) == ["paid"] * 3
    after = await together.view(joint.id)
    assert (after.state, after.left_fen, after.attempts[0].state) == ("paid", 0, "paid")
    assert await in_transit(together.house) == total
    assert await cases(together.house) == []


async def test_the_lost_notification_is_asked_about_under_the_joint_number(together: Together) -> None:
    views = await together.bills(2)
    joint = await together.made(views)
    await together.paid(joint)
    together.played.set_clocks(clock.now() + timedelta(minutes=6))
    assert await query_due_orders(together.house.office) == 1
    assert await together.states(views) == ["paid", "paid"]
    assert await query_due_orders(together.house.office) == 0


async def test_asking_about_one_bill_settles_all(together: Together) -> None:
    views = await together.bills(2)
    await together.paid(await together.made(views))
    (outcome,) = await query_bill(together.house.office, views[0].id)
    assert outcome.name == "applied"
    assert await together.states(views) == ["paid", "paid"]


async def test_while_it_is_under_way_no_share_can_be_paid_alone(together: Together) -> None:
    views = await together.bills(2)
    joint = await together.made(views)
    order_id = await together.started(joint)
    assert await together.started(joint) == order_id  # a second press shows the same order
    code = views[0].code
    assert code is not None
    with pytest.raises(CodeNotPayable, match="together with other bills"):
        await start_payment(together.house.office, code.token, "transferee", "http://127.0.0.1:8800/back")
    with pytest.raises(Conflict, match="payment may be under way"):
        await cancel_joint_payment(together.house.office, joint.id, CLERK, "改为逐单缴")
    with pytest.raises(Conflict, match="payment may be under way"):
        await withdraw_bill(together.house.office, views[0].id, CLERK, "撤回")


async def test_codes_end_only_after_the_joint_order_was_decided(together: Together) -> None:
    views = await together.bills(2)
    joint = await together.made(views)
    order_id = await together.started(joint)
    assert await cancel_code(together.house.office, views[0].id, CLERK, "重新核定") == "cancelling"
    together.played.control("faults", {"kind": "notification", "how": "dropped", "order_id": order_id})
    together.played.control("payments", {"order_id": order_id})  # the channel was not asked to close what pays others
    assert await expire_codes(together.house.office) == 0
    assert await together.states(views) == ["paid", "paid"]


async def test_what_was_not_paid_in_its_time_can_be_paid_again_alone_or_together(together: Together) -> None:
    views = await together.bills(3)
    joint = await together.made(views)
    first = await together.started(joint)
    together.played.set_clocks(clock.now() + timedelta(minutes=20))
    await query_due_orders(together.house.office)
    assert (await together.attempt(first)).state == "not_paid"
    await paid(together.house, together.played, views[0].id, "transferee")
    await query_bill(together.house.office, views[0].id)
    second = await together.paid(joint)
    assert second != first
    assert (await together.attempt(second)).amount_fen == sum(view.amount_fen for view in views[1:])
    await ask_about_attempt(together.house.office, joint.id)
    assert await together.states(views) == ["paid"] * 3
    assert (await together.view(joint.id)).state == "paid"
    with pytest.raises(CodeNotPayable, match="Nothing is due"):
        await together.started(joint)


async def test_bills_paid_one_by_one_end_it_too(together: Together) -> None:
    views = await together.bills(2)
    joint = await together.made(views)
    for view in views:
        await paid(together.house, together.played, view.id, "transferee")
        await query_bill(together.house.office, view.id)
    assert await finish_joint_payments(together.house.office) == 1
    assert (await together.view(joint.id)).state == "paid"


async def test_its_time_ends_and_its_shares_are_free(together: Together) -> None:
    views = await together.bills(2)
    joint = await together.made(views)
    with pytest.raises(Conflict, match=joint.number):
        await together.made(views[:1])
    together.played.set_clocks(clock.now() + timedelta(days=8))
    with pytest.raises(CodeNotPayable, match="no longer valid"):
        await together.started(joint)
    assert await finish_joint_payments(together.house.office) == 1
    assert (await together.view(joint.id)).state == "cancelled"
    again = await together.made(views)
    await together.paid(again)  # behind codes that have expired: the money still settles its bills
    await expire_codes(together.house.office)
    await ask_about_attempt(together.house.office, again.id)
    assert await together.states(views) == ["paid", "paid"]


async def test_bills_of_several_payers_or_with_nothing_due_are_refused(together: Together) -> None:
    office = together.house.office
    one, shop = (await together.bills(1))[0], await confirmed(together.house, shop_case())
    with pytest.raises(SeveralPayers, match=shop.number):
        await make_joint_payment(office, REGION, [one.id, shop.id], "transferee", "x", CLERK)
    with pytest.raises(BadInput, match="has something due"):
        await make_joint_payment(office, REGION, [one.id], "mortgagee", "x", CLERK)
    with pytest.raises(BadInput, match="bills of region 360102"):
        await make_joint_payment(office, "360102", [one.id], "transferee", "x", CLERK)


async def test_money_that_came_after_some_was_paid_otherwise_pays_the_rest_and_is_held(together: Together) -> None:
    """Given up too early, one bill paid alone meanwhile; then the joint payment turns out to have been made."""
    views = await together.bills(3)
    joint = await together.made(views)
    order_id = await together.started(joint)
    await _given_up(together, order_id)
    alone = await paid(together.house, together.played, views[1].id, "transferee")
    await hear(together.house, notification(together.played, alone))
    assert await hear(together.house, notification(together.played, order_id)) == "applied"
    assert await together.states(views) == ["paid"] * 3
    total = sum(view.amount_fen for view in views)
    assert await in_transit(together.house) == total + views[1].amount_fen
    assert await cases(together.house) == ["P-3"]
    (left,) = (await refundable(together.house.office, views[1].id)).surplus
    assert left.amount_fen == views[1].amount_fen
    assert await hear(together.house, notification(together.played, order_id)) == "duplicate"
    await _closes_without_breaks(together)
    refund_id = await approved(together.house, views[1], [], [left.id])
    assert await pursued(together.house, together.played, refund_id) == "done"


async def test_all_of_it_late_is_one_surplus(together: Together) -> None:
    views = await together.bills(2)
    joint = await together.made(views)
    order_id = await together.started(joint)
    await _given_up(together, order_id)
    for view in views:
        alone = await paid(together.house, together.played, view.id, "transferee")
        await hear(together.house, notification(together.played, alone))
    await together.hear_by("notification", joint, order_id)
    assert (await together.attempt(order_id)).state == "paid_late"
    async with together.house.office.database.connect() as db:
        (held,) = (await db.execute(select(surplus_payment))).all()
    assert held.amount_fen == sum(view.amount_fen for view in views)
    await _closes_without_breaks(together)
    refund_id = await approved(together.house, views[0], [], [held.id])
    assert await pursued(together.house, together.played, refund_id) == "done"


async def test_a_second_payment_is_held_whole(together: Together) -> None:
    views = await together.bills(2)
    joint = await together.made(views)
    order_id = await together.started(joint)
    together.played.control("faults", {"kind": "payment", "how": "twice", "order_id": order_id})
    together.played.control("payments", {"order_id": order_id})
    second = together.played.simulator.world.by_order_id[order_id].payments[1]
    await ask_about_attempt(together.house.office, joint.id)
    twice = notification(
        together.played,
        order_id,
        queryId=second.query_id,
        traceNo=second.trace_no,
        settleDate=f"{second.clearing_day:%m%d}",
    )
    assert await hear(together.house, twice) == "conflicting"
    assert await hear(together.house, twice) == "duplicate"
    assert await cases(together.house) == ["P-6"]
    total = sum(view.amount_fen for view in views)
    balances = await book(together.house)
    assert (balances["channel_transit"], balances["surplus"]) == (2 * total, total)
    await _closes_without_breaks(together)


async def test_another_amount_pays_nothing(together: Together) -> None:
    views = await together.bills(2)
    joint = await together.made(views)
    order_id = await together.paid(joint)
    raw = notification(together.played, order_id, txnAmt=str(joint.amount_fen - 1))
    assert await hear(together.house, raw) == "conflicting"
    assert await together.states(views) == ["confirmed"] * 2
    assert await cases(together.house) == ["P-11"]
    assert await query_due_orders(together.house.office) == 1  # the channel is asked at once
    assert await together.states(views) == ["paid"] * 2
    assert await in_transit(together.house) == joint.amount_fen


async def test_one_bill_goes_back_as_a_part_of_the_joint_payment(together: Together) -> None:
    views = await together.bills(2)
    joint = await together.made(views)
    order_id = await together.paid(joint)
    await together.hear_by("notification", joint, order_id)
    refund_id = await approved(
        together.house, views[0], [Wish(one) for one in await pieces(together.house, views[0].id)]
    )
    assert await pursued(together.house, together.played, refund_id) == "done"
    refund_id = await approved(
        together.house, views[1], [Wish(one) for one in await pieces(together.house, views[1].id)]
    )
    assert await pursued(together.house, together.played, refund_id) == "done"
    world = together.played.simulator.world
    async with together.house.office.database.connect() as db:
        sent = (await db.execute(select(channel_refund.c.kind, channel_refund.c.state))).all()
    assert {tuple(one) for one in sent} == {("refund", "done")}  # never an undo of the whole
    assert sum(one.amount_fen for one in world.returns.values()) == joint.amount_fen
    assert await together.states(views) == ["refunded"] * 2
    assert await book(together.house) == {}
    await _closes_without_breaks(together)


async def test_the_parts_of_its_shares_are_the_parts_of_the_order(together: Together) -> None:
    views = await together.bills(3)
    order_id = await together.started(await together.made(views))
    attempt = await together.attempt(order_id)
    async with together.house.office.database.connect() as db:
        mine = channel_order.c.joint_order_id == attempt.id
        rows = (await db.execute(select(channel_order).where(mine))).all()
    sums: dict[str, int] = {}
    for row in rows:
        for part in row.parts:
            sums[part["receiver"]] = sums.get(part["receiver"], 0) + part["amount_fen"]
    assert sums == {part["receiver"]: part["amount_fen"] for part in attempt.parts}
    assert await watch(together.house.office.database) == 0


async def _given_up(together: Together, order_id: str) -> None:
    """Paid at the channel, which says for a while that it knows nothing of it."""
    together.played.control("faults", {"kind": "notification", "how": "dropped", "order_id": order_id})
    together.played.control("payments", {"order_id": order_id})
    together.played.control("faults", {"kind": "query", "how": "not_found", "times": 1})
    together.played.set_clocks(clock.now() + timedelta(minutes=20))
    await query_due_orders(together.house.office)
    assert (await together.attempt(order_id)).state == "not_paid"


async def _closes_without_breaks(together: Together) -> None:
    day = clock.today()
    together.played.set_clocks(clock.local_now().replace(hour=10).add(days=1))
    report = await close_the_day(together.house, REGION, day)
    channel = next(one for one in report.sources if one.source == "channel")
    assert channel.matched is not None
    assert [one for one in report.breaks if one.source == "channel"] == []
