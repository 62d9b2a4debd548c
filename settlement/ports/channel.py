"""A payment channel: starts a payment, says whether it was paid, and speaks up by itself when it was."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Literal, Protocol

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
class PaymentLink:
    """What the payer's wallet opens: shown as a code to scan, and as a link on the phone itself."""

    address: str


PaymentStart = PaymentForm | PaymentLink
"""How a payer gets from our page to the channel."""


@dataclass(frozen=True, slots=True)
class Proof:
    """What a channel said of an order, verified to be from the channel.

    `query_id` and `clearing_day` are there when it was paid. `too_often` asks for a pause before the next question.
    `closed`: the channel closed the order itself; it cannot be paid any more, though its time is not over.
    `not_found`: the channel knows no such order.
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
    too_often: bool = False
    closed: bool = False
    not_found: bool = False


@dataclass(frozen=True, slots=True)
class Payment:
    """A payment that a refund gives back: its order as it was sent, and the number that the channel gave it."""

    order_id: str
    started_at: datetime
    amount_fen: int
    query_id: str


@dataclass(frozen=True, slots=True)
class RefundOrder:
    """Money to be given back through the channel, under a number of its own.

    A `refund` gives back a part of a payment from the receivers that `parts` name, which sum to the amount; without
    parts, what the merchant itself holds. An `undo` gives back a whole payment on its own clearing day and names none.
    """

    kind: Literal["refund", "undo"]
    order_id: str
    started_at: datetime
    amount_fen: int
    parts: tuple[Part, ...]
    of: Payment


class RefundAnswer(StrEnum):
    """What the channel says of a refund. Only `done` and `failed` are final; `unknown` is final after the ladder."""

    done = "done"
    pending = "pending"
    unknown = "unknown"
    failed = "failed"


@dataclass(frozen=True, slots=True)
class RefundProof:
    """What a channel said of a refund or undo, verified to be from the channel.

    `query_id`, `amount_fen` and `clearing_day` are there when it is done.
    """

    channel: str
    merchant: str
    order_id: str
    started_at: datetime
    answer: RefundAnswer
    amount_fen: int | None = None
    query_id: str | None = None
    trace_no: str | None = None
    clearing_day: date | None = None
    detail: str = ""
    too_often: bool = False


class PaymentChannel(Protocol):
    """One channel for one merchant."""

    @property
    def name(self) -> str:
        """The channel's name in records, such as 'acp'."""

    @property
    def confirms_by_query(self) -> bool:
        """Whether a notification must be confirmed by a query before it counts."""

    @property
    def acknowledgement(self) -> str:
        """The body with which the channel wants a notification to be answered, that it may stop sending it."""

    def merchant_of(self, parts: Sequence[Part]) -> str:
        """The merchant number under which the channel keeps an order of these parts."""

    def check(self, order: Order) -> None:
        """Refuses (BadInput) an order beyond the channel's limits, before a code is issued."""

    async def start(self, order: Order, return_to: str, notify: str) -> PaymentStart:
        """How the payer gets to the channel to pay an order.

        Refused: the channel said no. Unavailable, Unauthentic: nothing is known; the same order may be started again.
        """

    @property
    def scans_payers_codes(self) -> bool:
        """Whether the window can scan the code that a payer shows (被扫)."""

    async def scan(self, order: Order, payer_code: str, notify: str) -> None:
        """Takes the money of an order with the code that its payer shows. Whether it was taken a query says.

        Refused: nothing was taken, and nothing will be. Unavailable, Unauthentic: it may have been.
        """

    async def reverse(self, order: Order) -> None:
        """Undoes a scanned order whose outcome stayed unknown, as if it had never been. Errors as `scan`."""

    async def close(self, order: Order) -> None:
        """Asks the channel to take no money for an order any more; whether it did is for a query to say.

        Does nothing where the channel has no such message: the order ends with its time.
        """

    async def query(self, order: Order) -> Proof:
        """Asks for the state of an order. Unavailable: no answer; Unauthentic: not from the channel."""

    def read_notification(self, body: bytes) -> Proof | RefundProof:
        """Verifies and reads a notification as it arrived. Unauthentic, or BadInput where it cannot be read."""

    def way_back(self, paid_on: date, whole: bool) -> Literal["refund", "undo"] | None:
        """How money of a clearing day can go back today; None when the channel's window for it is over.

        `whole`: all of the payment, of which nothing went back before.
        """

    async def refund(self, order: RefundOrder, notify: str) -> RefundProof:
        """Asks for a refund or undo. The same order may be sent again: its number counts once.

        Never `done`, since accepted is not finished. Unavailable, Unauthentic: it may have been taken or not; ask.
        """

    async def query_refund(self, order: RefundOrder) -> RefundProof:
        """Asks for the state of a refund by its own number. Unavailable: no answer; Unauthentic: not the channel."""
