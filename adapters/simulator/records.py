"""What the institutions keep: orders, payments, returns, vouchers, pay codes, receipts, clearances."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class Part:
    """What one receiver gets of an order, or gives back of it, in fen."""

    receiver: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class Movement:
    """Money that moved. `query_id` has 21 digits, `trace_no` 6; the clearing day is 23:00 to 23:00."""

    query_id: str
    trace_no: str
    at: datetime
    clearing_day: date


@dataclass(slots=True)
class _Transaction:
    """What a merchant asked of a channel, and how its money is divided.

    `fields` are in ACP's words, whatever the `channel`; `own` is what another channel was told in its own words.
    """

    fields: Mapping[str, str]
    parts: tuple[Part, ...]
    channel: str = field(default="acp", kw_only=True)
    own: Mapping[str, str] = field(default_factory=dict, kw_only=True)

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
class Order(_Transaction):
    """An order to pay. `token` opens its cashier page.

    There is one payment at most, unless a fault makes the payer pay twice. `is_withheld`: the money was taken but not
    divided; `was_withheld`: so it was for a time. `is_reversed`: whatever was done is undone as if it had never been.
    `is_closed`: the merchant closed it.
    """

    pay_until: datetime
    token: str
    payments: list[Movement] = field(default_factory=list)
    is_withheld: bool = False
    was_withheld: bool = False
    is_reversed: bool = False
    is_closed: bool = False

    @property
    def payment(self) -> Movement | None:
        return self.payments[0] if self.payments else None


@dataclass(slots=True)
class Return(_Transaction):
    """Money given back: a refund (txnType 04) or an undo (31) of a payment.

    `movement.at` is when the outcome is known; before, the channel says that it is at work. `outcome` is the answer
    code of then: 00, or the money has not moved.
    """

    order: Order
    payment: Movement
    movement: Movement
    outcome: str = "00"


Transaction = Order | Return


@dataclass(slots=True)
class Debt:
    """What someone owes to an office, and how its money fares.

    `portions` are fen by (order id, query id); `received_at` is set once they are the whole. `is_stuck`: taken, but on
    its way until faults are cleared. `is_untold`: there, but its office does not say so until then. `sent_back_no`
    numbers a return (退回) while the money is back with the channel. `befell` names the faults that its money met.
    """

    reference: str
    region: str
    portions: dict[tuple[str, str], int] = field(default_factory=dict, init=False)
    received_at: datetime | None = field(default=None, init=False)
    is_stuck: bool = field(default=False, init=False)
    is_untold: bool = field(default=False, init=False)
    sent_back_no: str | None = field(default=None, init=False)
    befell: list[str] = field(default_factory=list, init=False)

    @property
    def query_id(self) -> str | None:
        """The last payment that brought its money, once all of it came."""
        return None if self.received_at is None else list(self.portions)[-1][1]


@dataclass(slots=True)
class Voucher(Debt):
    """One item of one taxpayer at the tax office (纳税三要素 with its amount). The rest is there once it is paid."""

    case_number: str
    taxpayer_id: str
    taxpayer_name: str
    office_code: str
    levy_number: str
    side: str
    item: str
    amount_fen: int
    unit_code: str
    subject: str
    tax_voucher_no: str | None = None
    certificate_no: str | None = None
    taken_on: date | None = None
    taken_under: str | None = None

    @property
    def purpose(self) -> str:
        """What is paid for, in words that are the same in every run of the same cases."""
        return f"{self.case_number}:{self.side}:{self.item}:{self.amount_fen}"


@dataclass(frozen=True, slots=True)
class Fee:
    """One item of a pay code, in fen."""

    code: str
    name: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class Receipt:
    """财政电子票据: code 8, number 10, check code 6."""

    code: str
    number: str
    check_code: str
    issued_on: date


@dataclass(frozen=True, slots=True)
class RedReceipt:
    """红字财政电子票据: takes back (a part of) the receipt `of_number`. Its amount is written above zero."""

    of_number: str
    code: str
    number: str
    check_code: str
    issued_on: date
    amount_fen: int
    reason: str


@dataclass(slots=True)
class PayCode(Debt):
    """What one payer owes to one collecting unit. The confirmation and the e-receipt are there once it is paid.

    `passed_on_no` is the voucher with which finance passed the money on to the treasury (缴库).
    """

    number: str
    payer_name: str
    payer_identity: str
    fees: tuple[Fee, ...]
    is_void: bool = False
    confirmation_no: str | None = None
    passed_on_no: str | None = None
    receipt: Receipt | None = None

    @property
    def amount_fen(self) -> int:
        return sum(fee.amount_fen for fee in self.fees)

    @property
    def purpose(self) -> str:
        """What is paid for, in words that are the same in every run of the same cases."""
        return f"{self.payer_identity or self.payer_name}:{self.amount_fen}"


@dataclass(frozen=True, slots=True)
class HandBack:
    """Money given back at an institution's own counter: 退库 of a tax voucher, 退付 of a pay code, or by the acquirer.

    `key` is the tax voucher's number, the pay code, or the payment's query id; `item` the fee that it is of.
    """

    reference: str
    source: str
    region: str
    key: str
    amount_fen: int
    on: date
    item: str | None = None


@dataclass(frozen=True, slots=True)
class Clearance:
    """A clearance as the registry was told of it."""

    webhook_id: str
    acknowledgement: str
    region: str
    body: bytes
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Registration:
    """What the tax office heard back: the title of a case that was registered."""

    region: str
    case_number: str
    title_number: str
    acknowledgement: str


@dataclass(slots=True)
class ShortMessage:
    """A text message as the gateway took it. `state`: accepted, delivered or failed."""

    reference: str
    region: str
    phone: str
    text: str
    accepted_at: datetime
    is_lost: bool = False


@dataclass(slots=True)
class CardSale:
    """A sale that a card terminal runs, or a number that it must not sell any more.

    `state`: waiting, at_work, approved, declined, cancelled or unclear; `card_until`: how long it waits for a card.
    `order` is there once a card was read and the acquirer heard of it.
    """

    region: str
    terminal: str
    order_id: str
    amount_fen: int
    card_until: datetime
    state: str = "waiting"
    said: str = ""
    order: Order | None = None


@dataclass(frozen=True, slots=True)
class LaidDocument:
    """An identity document that lies on a reader: its kind, holder and number."""

    kind: str
    name: str
    number: str
