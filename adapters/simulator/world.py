"""What really happened: orders, payments, vouchers, pay codes, receipts, clearances. All in memory."""

import secrets
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import count

from adapters.simulator.clock import Clock, clearing_day
from adapters.simulator.setup import RegionSetup, Setup


class NotPayable(Exception):
    """An order that can no longer be paid."""


@dataclass(frozen=True, slots=True)
class Part:
    """What one receiver gets of an order, in fen."""

    receiver: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class Payment:
    """Money that moved. `query_id` has 21 digits, `trace_no` 6; the clearing day is 23:00 to 23:00."""

    query_id: str
    trace_no: str
    paid_at: datetime
    clearing_day: date


@dataclass(slots=True)
class Order:
    """An order as the merchant sent it (`fields`), and its payment if any. `token` opens its cashier page."""

    fields: Mapping[str, str]
    parts: tuple[Part, ...]
    pay_until: datetime
    token: str
    payment: Payment | None = None

    @property
    def merchant(self) -> str:
        return self.fields["merId"]

    @property
    def order_id(self) -> str:
        return self.fields["orderId"]

    @property
    def amount_fen(self) -> int:
        return int(self.fields["txnAmt"])


@dataclass(slots=True)
class Voucher:
    """One item of one taxpayer at the tax office (纳税三要素 with its amount). The rest is there once it is paid."""

    reference: str
    case_number: str
    region: str
    taxpayer_id: str
    office_code: str
    levy_number: str
    side: str
    item: str
    amount_fen: int
    query_id: str | None = None
    received_at: datetime | None = None
    tax_voucher_no: str | None = None
    certificate_no: str | None = None


@dataclass(frozen=True, slots=True)
class Fee:
    """One item of a pay code, in fen."""

    code: str
    name: str
    amount_fen: int


@dataclass(slots=True)
class PayCode:
    """What one payer owes to one collecting unit. The confirmation and the e-receipt are there once it is paid."""

    reference: str
    region: str
    number: str
    payer_name: str
    payer_identity: str
    fees: tuple[Fee, ...]
    query_id: str | None = None
    received_at: datetime | None = None
    confirmation_no: str | None = None
    receipt: "Receipt | None" = None

    @property
    def amount_fen(self) -> int:
        return sum(fee.amount_fen for fee in self.fees)


@dataclass(frozen=True, slots=True)
class Receipt:
    """财政电子票据: code 8, number 10, check code 6."""

    code: str
    number: str
    check_code: str
    issued_on: date


@dataclass(frozen=True, slots=True)
class Clearance:
    """A clearance as the registry was told of it."""

    webhook_id: str
    acknowledgement: str
    region: str
    body: bytes
    received_at: datetime


@dataclass(slots=True)
class World:
    """The state of all institutions, and the one rule that ties them: money is where the channel's payment put it."""

    setup: Setup
    clock: Clock = field(default_factory=Clock)
    orders: dict[tuple[str, str, str], Order] = field(default_factory=dict)
    by_token: dict[str, Order] = field(default_factory=dict)
    by_query_id: dict[str, Order] = field(default_factory=dict)
    vouchers: dict[str, Voucher] = field(default_factory=dict)
    pay_codes: dict[str, PayCode] = field(default_factory=dict)
    clearances: dict[str, Clearance] = field(default_factory=dict)
    claimed: Counter[tuple[str, str]] = field(default_factory=Counter)
    _serials: Iterator[int] = field(default_factory=lambda: count(time.time_ns() // 10**7 % 10**10))

    def serial(self) -> int:
        """The next number, at most 10 digits, of a sequence that all institutions share.

        It starts from the time, so that numbers given before a restart do not come again.
        """
        return next(self._serials)

    def region_of_merchant(self, merchant: str) -> RegionSetup | None:
        return next((each for each in self.setup.regions if each.merchant == merchant), None)

    def region_of_app(self, app_id: str) -> RegionSetup | None:
        return next((each for each in self.setup.regions if app_id in each.app_ids), None)

    def find_order(self, merchant: str, order_id: str, txn_time: str) -> Order | None:
        return self.orders.get((merchant, order_id, txn_time))

    def open_order(self, fields: Mapping[str, str], parts: tuple[Part, ...], pay_until: datetime) -> Order:
        """Takes a new order into the books."""
        order = Order(fields, parts, pay_until, secrets.token_urlsafe(18))
        self.orders[order.merchant, order.order_id, fields["txnTime"]] = order
        self.by_token[order.token] = order
        return order

    def pay(self, order: Order) -> Payment:
        """The payer pays. Paying again changes nothing. NotPayable after the order's time."""
        if order.payment is None:
            now = self.clock.now()
            if now > order.pay_until:
                raise NotPayable(f"订单已于 {order.pay_until:%Y-%m-%d %H:%M:%S} 超时，不能再付款")
            number = self.serial()
            order.payment = Payment(
                query_id=f"{now:%Y%m%d%H%M%S}{number % 10**7:07d}",
                trace_no=f"{number % 10**6:06d}",
                paid_at=now,
                clearing_day=clearing_day(now),
            )
            self.by_query_id[order.payment.query_id] = order
        return order.payment

    def claim(self, receiver: str, order_id: str, query_id: str, amount_fen: int) -> bool:
        """Sets a receiver's money of a payment aside for one debt; False where not that much of it came or is left."""
        order = self.by_query_id.get(query_id)
        if order is None or order.order_id != order_id:
            return False
        came = sum(part.amount_fen for part in order.parts if part.receiver == receiver)
        if self.claimed[query_id, receiver] + amount_fen > came:
            return False
        self.claimed[query_id, receiver] += amount_fen
        return True

    def arrival(self, received_at: datetime) -> datetime:
        """When money that the channel took has reached its account."""
        return received_at + timedelta(seconds=self.setup.behaviour.arrival_seconds)

    def arrived_on(self, received_at: datetime | None) -> date | None:
        """The day on which money reached its account, or None while it has not."""
        if received_at is None or self.clock.now() < self.arrival(received_at):
            return None
        return self.arrival(received_at).date()
