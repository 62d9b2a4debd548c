"""Bill, code, notifications, queries, expiry, replacement and refunds in any order, with every fault.

After each step the book is held against what really happened at the channel; at the end faults stop, everything
drains, and every fen that was taken is in the book once.
"""

from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import httpx
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)
from sqlalchemy import case, func, select

from adapters.simulator.acp_answers import notification_fields
from adapters.simulator.acp_wire import sign
from adapters.simulator.certificates import stranger
from adapters.simulator.records import Movement, Order
from settlement.allocation.following import follow_bill
from settlement.allocation.tables import allocation_line
from settlement.bills.reading import read_bill
from settlement.bills.tables import bill, share
from settlement.bills.withdrawal import withdraw_bill
from settlement.payments.closing import cancel_code, expire_codes, replace_code
from settlement.payments.inbox import receive_notification
from settlement.payments.orders import start_payment
from settlement.payments.queries import query_bill, query_due_orders
from settlement.payments.tables import channel_order, payment_code, surplus_payment
from settlement.refunds.deciding import approve_refund, reject_refund
from settlement.refunds.errands import close_errand
from settlement.refunds.proposing import Wish
from settlement.refunds.reading import refundable, refunds_of_bill
from settlement.refunds.sending import pursue_refund, refunds_under_way, resume_refund
from settlement.refunds.tables import channel_refund, refund_line
from tests.played import CLERK, Played, confirmed, home_case, shop_case
from tests.settlement.payments.conftest import one_receiver_an_order
from tests.settlement.refunds.conftest import ASKS, DECIDES, proposed
from tests.walking import REGION, World, walked, worlds

MINUTES = st.sampled_from([0.1, 1, 1, 6, 6, 16, 16, 90, 25 * 60])


class Life(RuleBasedStateMachine):
    """One bill and everything that can happen to it."""

    world: World

    @initialize(is_shop=st.booleans(), payers=st.integers(0, 2), follows=st.integers(0, 3))
    def a_bill_begins(self, is_shop: bool, payers: int, follows: int) -> None:
        """Some walks start further down the road, since what they look for is rarely reached from its beginning."""
        self.world.cases += 1
        case = (shop_case if is_shop else home_case)(case_number=f"CASE-{self.world.cases}")
        view = self.world.do(confirmed(self.world.house, case))
        self.bill_id: UUID = view.id
        self.payers = ["transferee", "transferor"] if is_shop else ["transferee"]
        self.orders: list[str] = []
        self.took, self.proposals = False, 0
        for which in range(min(payers, len(self.payers))):
            for _ in view.shares[0].orders:
                self.a_payer_starts(which)
                self.a_payer_pays(len(self.orders) - 1, None)
                self.the_window_asks()
        for _ in range(follows):
            self.the_money_goes_on()
            self.world.later(0.05)

    @rule(which=st.integers(0, 1))
    def a_payer_starts(self, which: int) -> None:
        view = self.world.do(read_bill(self.world.house.office, self.bill_id))
        assert view.code is not None
        payer, back = self.payers[which % len(self.payers)], "http://127.0.0.1:8800/p/back"
        form = self.world.may(start_payment(self.world.house.office, view.code.token, payer, back))
        if form is not None:
            httpx.post(form.address, data=dict(form.fields))  # which the channel refuses where it was paid meanwhile
            self.orders += [form.fields["orderId"]] if form.fields["orderId"] not in self.orders else []

    @precondition(lambda self: self.orders)
    @rule(which=st.integers(0, 5), how=st.sampled_from([None, None, "late", "twice"]))
    def a_payer_pays(self, which: int, how: str | None) -> None:
        if self.orders:
            order_id = self.orders[which % len(self.orders)]
            if how:
                self.world.played.control("faults", {"kind": "payment", "how": how, "order_id": order_id})
            answer = httpx.post(f"{self.world.played.address}/control/payments", json={"order_id": order_id})
            self.took |= answer.status_code == 200

    @precondition(lambda self: self.took)
    @rule(which=st.integers(0, 5), how=st.sampled_from(["true", "true", "twice", "forged", "altered", "more"]))
    def the_channel_tells(self, which: int, how: str) -> None:
        paid = [(order, one) for order, one in self.world.payments().values() if order.order_id in self.orders]
        if paid:
            self._told(*paid[which % len(paid)], how)

    def _told(self, order: Order, payment: Movement, how: str) -> None:
        keys = self.world.played.simulator.keys
        fields = dict(notification_fields(order, payment))
        more = {"txnAmt": str(order.amount_fen + 1), "settleAmt": str(order.amount_fen + 1)}
        if how == "more" and payment is order.payments[0]:
            fields |= more
        sent = dict(sign(fields, stranger() if how == "forged" else keys.signer))
        if how == "altered":
            sent |= more
        office = self.world.house.office
        for _ in range(2 if how == "twice" else 1):
            outcome = self.world.do(receive_notification(office, REGION, urlencode(sent).encode(), "203.0.113.9"))
            assert (outcome.name == "bad_signature") == (how in ("forged", "altered"))

    @rule(how=st.sampled_from(["not_found", "pending", "too_often", "forged", "unavailable"]))
    def the_next_answer_is_wrong(self, how: str) -> None:
        self.world.played.control("faults", {"kind": "query", "how": how})

    @precondition(lambda self: self.proposals)
    @rule(how=st.sampled_from(["unknown", "failed"]))
    def the_next_refund_goes_wrong(self, how: str) -> None:
        self.world.played.control("faults", {"kind": "refund", "how": how})

    @rule(minutes=MINUTES)
    def time_goes_by(self, minutes: float) -> None:
        self.world.later(minutes)
        self.world.do(query_due_orders(self.world.house.office))
        self.world.do(expire_codes(self.world.house.office))

    @rule()
    def the_window_asks(self) -> None:
        self.world.may(query_bill(self.world.house.office, self.bill_id))

    @rule(act=st.sampled_from([replace_code, cancel_code, withdraw_bill]))
    def the_window_takes_back(self, act: Callable[..., Awaitable[object]]) -> None:
        self.world.may(act(self.world.house.office, self.bill_id, CLERK, "当事人要求"))

    @precondition(lambda self: self.took)
    @rule()
    def the_money_goes_on(self) -> None:
        self.world.may(follow_bill(self.world.house.office, self.bill_id))

    @precondition(lambda self: self.took)
    @rule(what=st.sampled_from(["lines", "one", "part", "surplus"]))
    def a_refund_is_proposed(self, what: str) -> None:
        house = self.world.house
        could = self.world.do(refundable(house.office, self.bill_id))
        view = self.world.do(read_bill(house.office, self.bill_id))
        wishes = [Wish(one.allocation_line_id) for one in could.lines if one.left_fen]
        if what == "part":
            wishes = [Wish(one.allocation_line_id, 1 + one.left_fen // 2) for one in could.lines]
        surplus = [one.id for one in could.surplus if not one.in_refund] if what == "surplus" else []
        lines = [] if surplus else wishes[:1] if what == "one" else wishes
        self.proposals += self.world.may(proposed(house, view, lines, surplus)) is not None

    @precondition(lambda self: self.proposals)
    @rule(rejects=st.sampled_from([False, False, True]))
    def another_person_decides(self, rejects: bool) -> None:
        office = self.world.house.office
        for one in self.world.do(refunds_of_bill(office, self.bill_id)):
            if one.state == "proposed" and rejects:
                self.world.may(reject_refund(office, one.id, DECIDES, "不符合"))
            elif one.state == "proposed":
                self.world.may(approve_refund(office, one.id, DECIDES))
            elif one.state == "failed":
                self.world.may(resume_refund(office, one.id, ASKS))

    @precondition(lambda self: self.proposals)
    @rule()
    def refunds_are_pursued(self) -> None:
        for one in self.world.do(refunds_under_way(self.world.house.office)):
            self.world.may(pursue_refund(self.world.house.office, one))
        self.world.later(0.05)

    @precondition(lambda self: self.proposals)
    @rule()
    def treasury_and_finance_give_back(self) -> None:
        office = self.world.house.office
        for one in self.world.do(refunds_of_bill(office, self.bill_id)):
            for line in one.lines:
                if line.state == "approved":
                    self.world.may(close_errand(office, line.id, "TH-1", "34-1", DECIDES))

    @invariant()
    def nothing_is_counted_that_did_not_happen_or_twice(self) -> None:
        payments = self.world.payments()
        paid = channel_order.c.state.in_(("paid", "paid_late"))
        rows = self.world.rows(select(channel_order.c.query_id, channel_order.c.amount_fen).where(paid))
        again = surplus_payment.c.kind == "again"
        rows += self.world.rows(select(surplus_payment.c.query_id, surplus_payment.c.amount_fen).where(again))
        assert len({row.query_id for row in rows}) == len(rows)
        assert all(payments[row.query_id][0].amount_fen == row.amount_fen for row in rows)

    @invariant()
    def refunds_are_true_and_never_more_than_was_paid(self) -> None:
        returns = {one.movement.query_id: one for one in self.world.played.simulator.world.returns.values()}
        done = self.world.rows(select(channel_refund).where(channel_refund.c.state == "done"))
        assert all(
            (returns[row.query_id].amount_fen, returns[row.query_id].outcome) == (row.amount_fen, "00") for row in done
        )
        too_much = self.world.rows(
            select(allocation_line.c.id)
            .join(refund_line, refund_line.c.allocation_line_id == allocation_line.c.id)
            .where(refund_line.c.state != "rejected")
            .group_by(allocation_line.c.id)
            .having(func.sum(refund_line.c.amount_fen) > allocation_line.c.amount_fen)
        )
        assert too_much == []

    @invariant()
    def the_ledger_says_what_the_tables_say(self) -> None:
        def total(column: Any, *where: Any) -> int:
            return int(self.world.rows(select(func.coalesce(func.sum(column), 0)).where(*where))[0][0])

        waiting = bill.c.state.in_(("confirmed", "part_paid"))
        of_waiting = select(bill.c.id).where(waiting)
        due = total(share.c.amount_fen, share.c.state == "due", share.c.bill_id.in_(of_waiting))
        assert self.world.balance("receivable") == due
        owed = total(refund_line.c.amount_fen, refund_line.c.state == "approved")
        assert self.world.balance("refunds_payable") == owed
        here = allocation_line.c.state.in_(("in_transit", "held", "received"))
        surplus = total(surplus_payment.c.amount_fen)
        back = total(refund_line.c.amount_fen, refund_line.c.surplus_id.is_not(None), refund_line.c.state == "done")
        assert self.world.balance("channel_transit") == total(allocation_line.c.amount_fen, here) + surplus - back

    @invariant()
    def a_share_is_paid_by_one_order_and_a_bill_by_all_of_its_shares(self) -> None:
        of_share = (channel_order.c.share_id == share.c.id) & (channel_order.c.state == "paid")
        came = select(func.coalesce(func.sum(channel_order.c.amount_fen), 0)).where(of_share).scalar_subquery()
        uneven = select(share.c.id).where(came != case((share.c.state == "paid", share.c.amount_fen), else_=0))
        assert not self.world.rows(uneven)
        whole = bill.c.state.in_(("paid", "settled", "cleared"))
        missing = select(share.c.id).join(bill, bill.c.id == share.c.bill_id).where(whole, share.c.state == "due")
        assert not self.world.rows(missing)

    @invariant()
    def a_code_that_ended_has_no_order_under_way(self) -> None:
        assert not self.world.rows(
            select(payment_code.c.id)
            .join(channel_order, channel_order.c.code_id == payment_code.c.id)
            .where(payment_code.c.state.in_(("expired", "cancelled")), channel_order.c.state == "open")
        )

    def teardown(self) -> None:
        """Faults stop and everything drains: what the channel took is in the book, each payment once."""
        if not hasattr(self, "bill_id"):
            return
        self.world.played.simulator.faults.clear()
        self.time_goes_by(25 * 60)
        for order, payment in self.world.payments().values():
            if order.order_id in self.orders:
                self._told(order, payment, "true")
        booked = {row[0] for row in self.world.rows(select(channel_order.c.query_id))}
        booked |= {row[0] for row in self.world.rows(select(surplus_payment.c.query_id))}
        assert self.world.payments().keys() <= booked
        self.a_refund_is_proposed("surplus")
        for _ in range(8):
            self.refunds_are_pursued()
            self.another_person_decides(rejects=False)
            self.world.later(0.6)
        done = channel_refund.c.state == "done"
        ours = sum(row.amount_fen for row in self.world.rows(select(channel_refund.c.amount_fen).where(done)))
        returns = self.world.played.simulator.world.returns.values()
        assert ours == sum(one.amount_fen for one in returns if one.outcome == "00")
        for check in (
            self.nothing_is_counted_that_did_not_happen_or_twice,
            self.refunds_are_true_and_never_more_than_was_paid,
            self.the_ledger_says_what_the_tables_say,
            self.a_share_is_paid_by_one_order_and_a_bill_by_all_of_its_shares,
            self.a_code_that_ended_has_no_order_under_way,
        ):
            check()


@pytest.fixture(params=["one order a share", "several orders a payer"])
def world(request: pytest.FixtureRequest, own_database_url: str, played: Played, tmp_path: Path) -> Iterator[World]:
    """Once with a contract that divides an order among both receivers, once with one that takes an order each."""
    regions = one_receiver_an_order(tmp_path) if request.param == "several orders a payer" else None
    yield from worlds(own_database_url, played, tmp_path, regions)


def test_whatever_happens_in_whatever_order_no_fen_is_lost_or_doubled(world: World) -> None:
    Life.world = world
    ended = walked(Life, world, examples=20, steps=25)
    reached = {"refund:done", "bill:refunded", "bill:settled", "payment_code:cancelled"}
    assert ended >= reached  # a walk that stays at the beginning would prove nothing
