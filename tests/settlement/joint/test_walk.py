"""Joint payments in any order, with what the channel may do: the pieces always sum to what came, and come home.

After each step the book is held against the channel's truth; at the end everything is asked about, and every fen that
was taken is on a bill, held as a surplus, or given back.
"""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import func, select

from api.wiring import House
from settlement.allocation.tables import allocation_line
from settlement.bills.reading import read_bill
from settlement.bills.tables import bill, share
from settlement.bills.withdrawal import withdraw_bill
from settlement.joint.asking import ask_about_attempt
from settlement.joint.finishing import finish_joint_payments
from settlement.joint.making import cancel_joint_payment, make_joint_payment
from settlement.joint.reading import read_joint_payment
from settlement.joint.starting import start_joint_payment
from settlement.joint.tables import joint_member, joint_order
from settlement.payments.queries import query_bill, query_due_orders
from settlement.payments.tables import channel_order, surplus_payment
from settlement.ports.channel import PaymentForm
from settlement.refunds.deciding import approve_refund
from settlement.refunds.proposing import Wish
from settlement.refunds.reading import refundable
from settlement.refunds.sending import pursue_refund, refunds_under_way
from settlement.refunds.tables import channel_refund
from tests.played import CLERK, Played, confirmed, home_case, paid
from tests.settlement.refunds.conftest import DECIDES, proposed
from tests.walking import REGION, World, walked, worlds

WHICH = st.integers(0, 2)


class Together(RuleBasedStateMachine):
    """Three bills of one payer, a joint payment of them, and everything that can happen to both."""

    world: World

    @initialize(begun=st.booleans(), pays=st.booleans(), minutes=st.sampled_from([0, 20]))
    def three_bills(self, begun: bool, pays: bool, minutes: int) -> None:
        """Some walks start further down the road, since what they look for is rarely reached from its beginning."""
        self.world.cases += 1
        numbers = [f"WALK-{self.world.cases}-{one}" for one in range(3)]
        house = self.world.house
        self.bills: list[UUID] = [self.world.do(confirmed(house, home_case(case_number=one))).id for one in numbers]
        self.orders: list[str] = []
        self.joint: UUID | None = None
        self.they_are_paid_together()
        if begun:
            self.the_payer_goes_to_the_channel("", pays)
            if minutes:
                self.time_goes_by(minutes)

    @rule()
    def they_are_paid_together(self) -> None:
        office = self.world.house.office
        for some in (self.bills, self.bills[:2], self.bills[2:]):
            made = self.world.may(make_joint_payment(office, REGION, some, "transferee", "walk", CLERK))
            if made is not None:
                self.joint = made
                return

    @rule(how=st.sampled_from(["", "twice"]), pays=st.booleans())
    def the_payer_goes_to_the_channel(self, how: str, pays: bool) -> None:
        if self.joint is None:
            return
        view = self.world.do(read_joint_payment(self.world.house.office, self.joint))
        back = "http://127.0.0.1:8800/j/back"
        form = self.world.may(start_joint_payment(self.world.house.office, view.token, back))
        if not isinstance(form, PaymentForm):
            return
        order_id = form.fields["orderId"]
        httpx.post(form.address, data=dict(form.fields))
        self.orders.append(order_id)
        if pays:
            self.world.played.control("faults", {"kind": "notification", "how": "dropped", "order_id": order_id})
            if how:
                self.world.played.control("faults", {"kind": "payment", "how": how, "order_id": order_id})
            httpx.post(f"{self.world.played.address}/control/payments", json={"order_id": order_id})

    @rule(which=WHICH)
    def one_is_paid_alone(self, which: int) -> None:
        world = self.world
        if world.may(_paid_alone(world.house, world.played, self.bills[which])):
            world.may(query_bill(world.house.office, self.bills[which]))

    @rule(truth=st.booleans())
    def the_channel_is_asked(self, truth: bool) -> None:
        if self.joint is not None:
            if not truth and self.orders:
                self.world.played.control("faults", {"kind": "query", "how": "not_found", "times": 1})
            self.world.may(ask_about_attempt(self.world.house.office, self.joint))

    @rule(minutes=st.sampled_from([1, 6, 20, 20, 8 * 24 * 60]))
    def time_goes_by(self, minutes: int) -> None:
        self.world.later(minutes)
        self.world.do(query_due_orders(self.world.house.office))
        self.world.do(finish_joint_payments(self.world.house.office))

    @rule(which=WHICH)
    def one_is_withdrawn(self, which: int) -> None:
        self.world.may(withdraw_bill(self.world.house.office, self.bills[which], CLERK, "不再办理"))

    @rule()
    def it_is_cancelled(self) -> None:
        if self.joint is not None:
            self.world.may(cancel_joint_payment(self.world.house.office, self.joint, CLERK, "改为逐单缴"))

    @rule(which=WHICH)
    def one_goes_back(self, which: int) -> None:
        self.world.may(_given_back(self.world.house, self.bills[which]))
        self.refunds_go_on()

    def refunds_go_on(self) -> None:
        office = self.world.house.office
        for refund_id in self.world.do(refunds_under_way(office)):
            for _ in range(4):
                if self.world.may(pursue_refund(office, refund_id)):
                    break
                self.world.later(0.6)

    @invariant()
    def the_pieces_are_the_order(self) -> None:
        of_it = channel_order.c.joint_order_id == joint_order.c.id
        sums = select(joint_order.c.amount_fen, func.sum(channel_order.c.amount_fen)).join(channel_order, of_it)
        for whole, parts in self.world.rows(sums.group_by(joint_order.c.id)):
            assert whole == parts

    @invariant()
    def no_share_is_paid_twice_or_in_two_payments(self) -> None:
        paid_shares = select(func.count()).where(channel_order.c.state == "paid").group_by(channel_order.c.share_id)
        assert all(count == 1 for (count,) in self.world.rows(paid_shares))
        live = select(func.count()).where(joint_member.c.live).group_by(joint_member.c.share_id)
        assert all(count == 1 for (count,) in self.world.rows(live))

    @invariant()
    def the_book_has_what_was_heard_and_not_given_back(self) -> None:
        on_bills = select(func.coalesce(func.sum(allocation_line.c.amount_fen), 0)).where(
            allocation_line.c.state.in_(("in_transit", "held"))
        )
        held = select(func.coalesce(func.sum(surplus_payment.c.amount_fen), 0))
        [(lines,)], [(beside,)] = self.world.rows(on_bills), self.world.rows(held)
        assert self.world.balance("channel_transit") + self._returned_of_surplus() == lines + beside

    def _returned_of_surplus(self) -> int:
        """Of what was held beside the bills, what went back: all that went back, less what bills gave."""
        back = select(func.coalesce(func.sum(channel_refund.c.amount_fen), 0)).where(channel_refund.c.state == "done")
        given = select(func.coalesce(func.sum(allocation_line.c.amount_fen), 0)).where(
            allocation_line.c.state == "returned"
        )
        [(all_of_it,)], [(of_bills,)] = self.world.rows(back), self.world.rows(given)
        return int(all_of_it) - int(of_bills)

    def teardown(self) -> None:
        """Everything is asked about: what the channel took is in the book, but for what it gave back."""
        if not hasattr(self, "bills"):
            return
        self.world.played.simulator.faults.clear()
        for _ in range(2):
            self.world.later(20)
            self.world.do(query_due_orders(self.world.house.office))
            self.refunds_go_on()
        assert not self.world.rows(select(joint_order.c.id).where(joint_order.c.state == "open"))
        took = self.world.payments()
        for query_id, fen in self.world.rows(
            select(joint_order.c.query_id, joint_order.c.amount_fen).where(joint_order.c.query_id.is_not(None))
        ):
            assert took[query_id][0].amount_fen == fen
        unpaid = select(share.c.id).join(bill, bill.c.id == share.c.bill_id).where(share.c.state == "paid")
        assert not self.world.rows(unpaid.where(bill.c.state.in_(("confirmed", "withdrawn"))))


async def _paid_alone(house: House, played: Played, bill_id: UUID) -> bool:
    await paid(house, played, bill_id, "transferee")
    return True


async def _given_back(house: House, bill_id: UUID) -> None:
    left = await refundable(house.office, bill_id)
    wishes = [Wish(one.allocation_line_id) for one in left.lines]
    refund_id = await proposed(house, await read_bill(house.office, bill_id), wishes, [one.id for one in left.surplus])
    await approve_refund(house.office, refund_id, DECIDES)


@pytest.fixture
def world(own_database_url: str, played: Played, tmp_path: Path) -> Iterator[World]:
    yield from worlds(own_database_url, played, tmp_path)


def test_whatever_becomes_of_a_joint_payment_its_pieces_come_home(world: World) -> None:
    Together.world = world
    ended = walked(Together, world, examples=6, steps=10)
    reached = {"joint_order:paid", "joint_order:not_paid", "joint_payment:cancelled", "refund_line:done"}
    assert ended >= reached  # a calm walk proves nothing
