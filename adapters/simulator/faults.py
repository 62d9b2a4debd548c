"""What goes wrong on request, one message a fault."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, RootModel, model_validator

from adapters.simulator.refusal import Message


class Source(StrEnum):
    """Whose statement: the channel's settlement file, the treasury's, the non-tax platform's, and three lists."""

    channel = "channel"
    treasury = "treasury"
    non_tax = "non_tax"
    bank = "bank"
    tax_status = "tax_status"
    e_receipts = "e_receipts"


_Day = Annotated[date, Field(strict=False)]
_Source = Annotated[Source, Field(strict=False)]


class OrderFault(Message):
    """A fault of one order (or refund) number, or, without one, of the next that comes along."""

    order_id: str | None = None


Desk = Literal[
    "paper_missing",
    "certificate_void",
    "certificate_other_amount",
    "registration_refused",
    "registry_down",
    "registry_refuses",
    "red_letter_lost",
    "message_down",
    "message_lost",
]


class NotificationFault(OrderFault):
    """What happens to a notification.

    dropped: never sent. repeated: `times` copies at once. delayed: held back for `seconds`. slow: its body trickles in
    over `seconds`. forged: first one under the right name from a strange authority, then the true one. expired: first
    one under a certificate that is out of date, then the true one. altered: first one with a fen more than was signed,
    then the true one. wrong_amount: signed as it should be, but with a fen more than was paid, and no other. early:
    taken by the merchant before the synchronous answer goes out (payer's code scanned, refund).
    """

    kind: Literal["notification"]
    how: Literal["dropped", "repeated", "delayed", "slow", "forged", "expired", "altered", "wrong_amount", "early"]
    times: Annotated[int, Field(ge=2, le=50)] = 2
    seconds: Annotated[float, Field(ge=0, le=86400)] = 1.0


class QueryFault(OrderFault):
    """What `times` queries for an order are told instead of the truth.

    not_found: 34. pending: 05. too_often: 37. forged: the truth under a strange signature. unavailable: HTTP 503.
    """

    kind: Literal["query"]
    how: Literal["not_found", "pending", "too_often", "forged", "unavailable"]
    times: Annotated[int, Field(ge=1)] = 1


class PaymentFault(OrderFault):
    """What is unusual about a payment.

    late: the payer can still pay after payTimeout. twice: the payer is debited twice. withheld: the money is taken but
    not divided among the receivers, until faults are cleared.
    """

    kind: Literal["payment"]
    how: Literal["late", "twice", "withheld"]


class RefundFault(OrderFault):
    """unknown: the answer is 04, and only a query tells. failed: accepted, but the money does not go back."""

    kind: Literal["refund"]
    how: Literal["unknown", "failed"]


class TerminalFault(OrderFault):
    """What a card terminal, or the line to it, does wrong with a sale.

    unheard: the sale never arrives. lost: it begins, but the answer is lost. offline: `times` messages about it get no
    answer. silent: the card is debited, but the acquirer's answer never reaches the terminal. declined_paid: it calls
    declined what was debited. approved_unpaid: it calls approved what the acquirer never heard of. not_reversed: a
    reversal is refused, `times` times.
    """

    kind: Literal["terminal"]
    how: Literal["unheard", "lost", "offline", "silent", "declined_paid", "approved_unpaid", "not_reversed"]
    times: Annotated[int, Field(ge=1)] = 1


class TaxAmountFault(Message):
    """The tax office finds another amount for an item of a case."""

    kind: Literal["tax_amount"]
    case_number: str
    item: str
    amount_fen: Annotated[int, Field(gt=0)]


Leg = Literal["tax", "non_tax"]


class LegFault(Message):
    """What befalls the payment of a tax voucher or pay code: that of `number`, or of the next that comes along.

    unheard: the message never arrives. lost: it arrives and works, but its answer does not come. duplicate: it works,
    but the answer calls it a repetition (a push comes twice). late: the money needs `seconds` longer. partial: of what
    was paid, this one stays on its way until faults are cleared. wrong_subject: it comes in under another budget
    subject, until it is corrected. returned: it is taken and then sent back (退回). unconfirmed: it is in the
    treasury, and the tax office goes on saying that it is not, until faults are cleared.
    """

    kind: Literal["leg"]
    leg: Leg
    how: Literal["unheard", "lost", "duplicate", "late", "partial", "wrong_subject", "returned", "unconfirmed"]
    number: str | None = None
    seconds: Annotated[float, Field(ge=0, le=864000)] = 60.0

    @model_validator(mode="after")
    def _fits_its_leg(self) -> Self:
        if self.leg == "non_tax" and self.how in ("wrong_subject", "unconfirmed"):
            raise ValueError(f"only a tax can be {self.how}: a fee has no budget subject and no tax office")
        return self


Damage = Literal[
    "missing", "truncated", "garbled", "encoding", "layout", "totals", "another_day", "forged", "sessions", "balance"
]


class StatementFault(Message):
    """What is wrong with a statement, for `times` downloads, or until faults are cleared.

    missing: not there. truncated: it stops in the middle of a row. garbled: its first row cannot be read. encoding: in
    UTF-16. layout: with other names or separators. totals: they count nine rows too many. another_day: inside stands
    the day before. forged: its answer is signed by a stranger. sessions: a treasury's row is counted in another batch
    than it stands in. balance: a bank's closing balance is not what its rows come to.
    """

    kind: Literal["statement"]
    how: Damage
    source: _Source
    region: str
    day: _Day
    times: Annotated[int, Field(ge=1)] | None = None


Way = Literal[
    "missing", "altered", "repeated", "added", "late",
    "renumbered", "elsewhere", "divided", "taken_back", "unfounded", "adjusted",
    "discounted", "test_card", "another_card", "halved", "bounced",
]  # fmt: skip

EVERYWHERE: tuple[Way, ...] = ("missing", "altered", "repeated", "added", "late")
"""What any statement can have."""


class PlantedBreak(Message):
    """One row of a statement that is not as it was.

    missing: left out. altered: `by_fen` more (or less). repeated: there twice. added: a row that never happened.
    late: a day later than true. renumbered: under another first number. elsewhere: under another budget subject, item
    or merchant. divided: `by_fen` of it elsewhere. taken_back: and it went back on the same day. unfounded: money that
    went back and never came. adjusted: and a line about it among the day's disputes (差错). discounted: `by_fen` of it
    borne by somebody else than the payer (优惠). test_card: paid with a card of the channel's test environment.
    another_card: with a third person's card, by which nothing is wrong. halved: of a divided refund, the first
    receiver's part alone. bounced: a refund or 退付 that came back (退汇). `key` is the row's query id, tax voucher
    number, pay code or 退付's number; without it the first sound row of the day is taken.
    """

    kind: Literal["row"]
    how: Way
    source: _Source
    region: str
    day: _Day
    key: str | None = None
    by_fen: int = 1


class DeskFault(Message):
    """What a desk does wrong, so many `times`; with `key` only for that certificate, receipt, case, webhook or phone.

    paper_missing: a certificate's or receipt's file is not there yet. certificate_void, certificate_other_amount: what
    the tax office says of a certificate. registration_refused: the tax office does not take a result. registry_down,
    registry_refuses: the registry's answer to a clearance is 503 or 409. message_down, message_lost: the gateway of
    text messages answers 503, or takes a message that never reaches its phone. red_letter_lost: a red letter is issued,
    and its answer never comes.
    """

    kind: Literal["desk"]
    how: Desk
    key: str | None = None
    times: Annotated[int, Field(ge=1)] = 1


class PlantedBreaks(Message):
    """This share of the sound rows of a day's statement is broken, each in a way drawn from the seed."""

    kind: Literal["rows"]
    source: _Source
    region: str
    day: _Day
    seed: int
    rate: Annotated[float, Field(ge=0, le=1, strict=False)]


class RandomFaults(Message):
    """From here on this share of orders, of refunds, of both, or of tax and fee payments gets a fault.

    It is drawn from seed and number. A tax or fee payment meets one at its first try, drawn from what is paid for:
    its number is another in each run.
    """

    kind: Literal["random"]
    seed: int
    rate: Annotated[float, Field(ge=0, le=1, strict=False)]
    of: Literal["orders", "refunds", "both", "legs"] = "both"


AnyFault = (
    NotificationFault
    | QueryFault
    | PaymentFault
    | RefundFault
    | TerminalFault
    | TaxAmountFault
    | LegFault
    | StatementFault
    | PlantedBreak
    | PlantedBreaks
    | RandomFaults
    | DeskFault
)


class Fault(RootModel[AnyFault]):
    """Any fault, told apart by its `kind`."""

    root: AnyFault = Field(discriminator="kind")
