"""A payment channel: starts a payment, says whether it was paid, and speaks up by itself when it was."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from foundation.errors import HeyiError


class Unauthentic(HeyiError):
    """A message is not from whom it says, or was changed on its way."""

    code = "unauthentic"


class Answer(StrEnum):
    """What the channel says of an order. Only `paid` and `not_paid` are final."""

    paid = "paid"
    pending = "pending"
    not_paid = "not_paid"


@dataclass(frozen=True, slots=True)
class Part:
    """What one receiver (the channel's own number for it) gets of an order, in fen."""

    receiver: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class Order:
    """One payment asked of a channel.

    `order_id` is 8 to 32 digits and letters; `started_at` is the channel's txnTime, to the second; the parts
    sum to the amount.
    """

    order_id: str
    started_at: datetime
    amount_fen: int
    parts: tuple[Part, ...]
    pay_until: datetime
    title: str


@dataclass(frozen=True, slots=True)
class PaymentForm:
    """What the payer's browser posts to the channel."""

    address: str
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Proof:
    """What a channel said of an order, verified to be from the channel.

    `query_id` and `clearing_day` are there when it was paid. `confirmed` is False where the message is of a kind
    that has to be confirmed by a query first.
    """

    channel: str
    merchant: str
    order_id: str
    started_at: datetime
    answer: Answer
    amount_fen: int | None
    query_id: str | None = None
    trace_no: str | None = None
    clearing_day: date | None = None
    detail: str = ""


class PaymentChannel(Protocol):
    """One channel for one merchant."""

    @property
    def name(self) -> str:
        """The channel's name in records, such as 'acp'."""

    @property
    def confirms_by_query(self) -> bool:
        """Whether a notification must be confirmed by a query before it counts."""

    def check(self, order: Order) -> None:
        """Refuses (BadInput) an order beyond the channel's limits, before a code is issued."""

    def form(self, order: Order, return_to: str, notify: str) -> PaymentForm:
        """The signed form with which the payer's browser starts the payment."""

    async def query(self, order: Order) -> Proof:
        """Asks for the state of an order. Unavailable: no answer; Unauthentic: not from the channel."""

    def read_notification(self, body: bytes) -> Proof:
        """Verifies and reads a notification as it arrived. Unauthentic, or BadInput where it cannot be read."""
