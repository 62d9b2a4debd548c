"""What really happened, in all institutions; and the one rule that ties them: money is where the channel put it."""

import secrets
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import count

from adapters.simulator.clock import Clock, clearing_day
from adapters.simulator.records import (
    CardSale,
    Clearance,
    Debt,
    HandBack,
    LaidDocument,
    Movement,
    Order,
    Part,
    PayCode,
    RedReceipt,
    Registration,
    Return,
    ShortMessage,
    Transaction,
    Voucher,
)
from adapters.simulator.setup import RegionSetup, Setup


class NotPayable(Exception):
    """An order that can no longer be paid."""


@dataclass(slots=True)
class World:
    """The state of everyone, in memory.

    `vouchers_of`, `pay_code_of` and `red_receipts` find by (region, reference), `registrations` by (region, case
    number), `sales` by (region, order number), `documents` by (region, kiosk). `claimed` and `returned` are fen by
    (query id, receiver).
    """

    setup: Setup
    clock: Clock = field(default_factory=Clock)
    orders: dict[tuple[str, str, str], Order] = field(default_factory=dict)
    returns: dict[tuple[str, str, str], Return] = field(default_factory=dict)
    by_token: dict[str, Order] = field(default_factory=dict)
    by_order_id: dict[str, Order] = field(default_factory=dict)
    by_query_id: dict[str, Order] = field(default_factory=dict)
    vouchers: dict[str, Voucher] = field(default_factory=dict)
    vouchers_of: dict[tuple[str, str], list[Voucher]] = field(default_factory=dict)
    pay_codes: dict[str, PayCode] = field(default_factory=dict)
    pay_code_of: dict[tuple[str, str], PayCode] = field(default_factory=dict)
    clearances: dict[str, Clearance] = field(default_factory=dict)
    hand_backs: dict[str, HandBack] = field(default_factory=dict)
    red_receipts: dict[tuple[str, str], RedReceipt] = field(default_factory=dict)
    registrations: dict[tuple[str, str], Registration] = field(default_factory=dict)
    messages: dict[str, ShortMessage] = field(default_factory=dict)
    sales: dict[tuple[str, str], CardSale] = field(default_factory=dict)
    documents: dict[tuple[str, str], LaidDocument] = field(default_factory=dict)
    claimed: Counter[tuple[str, str]] = field(default_factory=Counter)
    returned: Counter[tuple[str, str]] = field(default_factory=Counter)
    _serials: Iterator[int] = field(default_factory=lambda: count(time.time_ns() // 10**7 % 10**10))
    _numbers_of_day: set[tuple[str, str, str]] = field(default_factory=set)

    def serial(self) -> int:
        """The next number, at most 10 digits, of a sequence that all institutions share.

        It starts from the time, so that numbers given before a restart do not come again.
        """
        return next(self._serials)

    def region_of_merchant(self, merchant: str) -> RegionSetup | None:
        return next((each for each in self.setup.regions if merchant in each.merchants), None)

    def region_of_app(self, app_id: str) -> RegionSetup | None:
        return next((each for each in self.setup.regions if app_id in each.app_ids), None)

    def find(self, merchant: str, order_id: str, txn_time: str) -> Transaction | None:
        """What a merchant sent under a number and time."""
        key = (merchant, order_id, txn_time)
        return self.orders.get(key) or self.returns.get(key)

    def is_number_used(self, fields: Mapping[str, str]) -> bool:
        """Whether the merchant has used the order number on that day before."""
        return (fields["merId"], fields["orderId"], fields["txnTime"][:8]) in self._numbers_of_day

    def open_order(
        self,
        fields: Mapping[str, str],
        parts: tuple[Part, ...],
        pay_until: datetime,
        channel: str = "acp",
        own: Mapping[str, str] | None = None,
    ) -> Order:
        """Takes a new order into the books."""
        order = Order(fields, parts, pay_until, secrets.token_urlsafe(18), channel=channel, own=own or {})
        self.orders[self._numbered(fields)] = order
        self.by_token[order.token] = order
        self.by_order_id[order.order_id] = order
        return order

    def pay(self, order: Order, late: bool = False) -> Movement:
        """The payer pays. Paying again changes nothing. NotPayable after the order's time, unless `late` is wished."""
        if order.payment is None:
            if order.is_reversed:
                raise NotPayable("订单已冲正，不能再付款")
            if order.is_closed and not late:
                raise NotPayable("订单已关闭，不能再付款")
            if self.clock.now() > order.pay_until and not late:
                raise NotPayable(f"订单已于 {order.pay_until:%Y-%m-%d %H:%M:%S} 超时，不能再付款")
            self.take_money(order)
        return order.payments[0]

    def take_money(self, order: Order) -> Movement:
        """Takes an order's amount from the payer, whether he has paid already or not."""
        payment = self._movement(self.clock.now())
        order.payments.append(payment)
        self.by_query_id[payment.query_id] = order
        return payment

    def give_back(self, fields: Mapping[str, str], order: Order, payment: Movement, parts: tuple[Part, ...]) -> Return:
        """Takes a refund or undo into the books; its money is set aside at once."""
        done_at = self.clock.now() + timedelta(seconds=self.setup.behaviour.return_seconds)
        given = Return(fields, parts, order, payment, self._movement(done_at), channel=order.channel)
        self.returns[self._numbered(fields)] = given
        for part in parts:
            self.returned[payment.query_id, part.receiver] += part.amount_fen
        return given

    def fail(self, given: Return, outcome: str) -> None:
        """Lets a refund end without money moving."""
        given.outcome = outcome
        for part in given.parts:
            self.returned[given.payment.query_id, part.receiver] -= part.amount_fen

    def is_known(self, given: Return) -> bool:
        """Whether a return's outcome is known by now."""
        return self.clock.now() >= given.movement.at

    def left(self, query_id: str, receiver: str) -> int:
        """Fen of a payment that are still with a receiver: neither in the treasury or non-tax account, nor returned."""
        return 0 if self.by_query_id[query_id].is_withheld else self._free(query_id, receiver)

    def has(self, query_id: str, parts: Sequence[Part]) -> bool:
        """Whether all of these parts of a payment are still with their receivers."""
        return all(self.left(query_id, part.receiver) >= part.amount_fen for part in parts)

    def _free(self, query_id: str, receiver: str) -> int:
        """Fen of a payment that no debt and no return has taken, were all of it divided."""
        order = self.by_query_id[query_id]
        if order.is_reversed:
            return 0
        came = sum(part.amount_fen for part in order.parts if part.receiver == receiver)
        return came - self.claimed[query_id, receiver] - self.returned[query_id, receiver]

    def claim(self, receiver: str, order_id: str, query_id: str, amount_fen: int) -> bool:
        """Sets a receiver's money of a payment aside for one debt; False where not that much of it came or is left."""
        order = self.by_query_id.get(query_id)
        if order is None or order.order_id != order_id:
            return False
        if self.left(query_id, receiver) < amount_fen and order.channel == "ums":
            self._let_refunds_be_of_another(order, query_id)
        if self.left(query_id, receiver) < amount_fen:
            return False
        self.claimed[query_id, receiver] += amount_fen
        return True

    def _let_refunds_be_of_another(self, order: Order, query_id: str) -> None:
        """A refund at ChinaUMS names the bill and no payment: of one paid twice it may as well be of the other."""
        others = [each for each in order.payments if each.query_id != query_id]
        for given in self.returns.values():
            if given.order is not order or given.payment.query_id != query_id or given.outcome != "00":
                continue
            other = next((each for each in others if self.has(each.query_id, given.parts)), None)
            if other is None:
                continue
            for part in given.parts:
                self.returned[query_id, part.receiver] -= part.amount_fen
                self.returned[other.query_id, part.receiver] += part.amount_fen
            given.payment = other

    def send_back(self, debt: Debt, receiver: str) -> None:
        """The office sends a debt's money back (退回): it is with the channel's receiver again, free for a new try."""
        for (_, query_id), amount_fen in debt.portions.items():
            self.claimed[query_id, receiver] -= amount_fen
        debt.portions.clear()
        debt.received_at = None
        debt.sent_back_no = f"TH{self.serial():010d}"

    def payments_for(self, reference: str, receiver: str, amount_fen: int = 0) -> list[tuple[str, str, int]]:
        """(order id, query id, fen left) of the receiver's payments for a reference: its own, then those for many.

        An order's number begins with its reference; one for many references has a number of its own with a J in it.
        Whose those are nobody says: only what its own payments can never bring of the amount is looked for there.
        """
        own = {query_id: order for query_id, order in self.by_query_id.items() if order.order_id.startswith(reference)}
        of_many = {query_id: order for query_id, order in self.by_query_id.items() if "J" in order.order_id}
        wanted = own if sum(self._free(query_id, receiver) for query_id in own) >= amount_fen else own | of_many
        found = [(order.order_id, query_id, self.left(query_id, receiver)) for query_id, order in wanted.items()]
        return [one for one in found if one[2] > 0]

    def spare(self, query_id: str, receiver: str, amount_fen: int) -> None:
        """Lets a voucher's money that is to go back be there again, where another payment of its bill can stand in.

        Over TIPS nobody says which payment a voucher's money comes from; what was paid twice is the payer's either way.
        """
        order = self.by_query_id[query_id]
        region = self.region_of_merchant(order.merchant)
        if region is None or receiver != region.treasury_receiver:
            return
        given_back = (order.order_id, query_id)
        for voucher in self.vouchers.values():
            if voucher.taken_under is None or given_back not in voucher.portions:
                continue
            for order_id, other, left in self.payments_for(voucher.reference, receiver):
                missing = amount_fen - self.left(query_id, receiver)
                moved = min(missing, left, voucher.portions.get(given_back, 0))
                if other != query_id and moved > 0:
                    self._move(voucher, receiver, given_back, (order_id, other), moved)

    def _move(self, debt: Debt, receiver: str, one: tuple[str, str], other: tuple[str, str], amount_fen: int) -> None:
        for portion, change in ((one, -amount_fen), (other, amount_fen)):
            debt.portions[portion] = debt.portions.get(portion, 0) + change
            self.claimed[portion[1], receiver] += change
        if debt.portions[one] == 0:
            del debt.portions[one]

    def arrival(self, received_at: datetime) -> datetime:
        """When money that the channel took has reached its account."""
        return received_at + timedelta(seconds=self.setup.behaviour.arrival_seconds)

    def arrived_on(self, debt: Debt) -> date | None:
        """The day on which the money of a debt reached its account, or None while it has not."""
        if debt.received_at is None or debt.is_stuck or debt.sent_back_no:
            return None
        arrival = self.arrival(debt.received_at)
        if self.clock.now() < arrival:
            return None
        return self.work_date(arrival) if isinstance(debt, Voucher) else arrival.date()

    def work_date(self, at: datetime) -> date:
        """The treasury's work date of a moment: a calendar day, unless the work date is told to turn earlier (日切)."""
        turns, day = self.setup.behaviour.work_date_turns, at.date()
        if turns is None:
            return day
        day += timedelta(days=at.hour >= turns)
        while not self.setup.is_workday(day):
            day += timedelta(days=1)
        return day

    def _numbered(self, fields: Mapping[str, str]) -> tuple[str, str, str]:
        self._numbers_of_day.add((fields["merId"], fields["orderId"], fields["txnTime"][:8]))
        return fields["merId"], fields["orderId"], fields["txnTime"]

    def _movement(self, at: datetime) -> Movement:
        number = self.serial()
        return Movement(f"{at:%Y%m%d%H%M%S}{number % 10**7:07d}", f"{number % 10**6:06d}", at, clearing_day(at))
