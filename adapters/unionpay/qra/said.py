"""What QRA's messages say of an order or a refund, read strictly."""

from datetime import date, datetime, timedelta
from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

from adapters.wire.beijing import instant_of
from foundation import clock
from settlement.ports.channel import Answer, RefundAnswer

_Number = Annotated[str, StringConstraints(pattern="^[0-9A-Za-z]{1,32}$")]
_Fen = Annotated[str, StringConstraints(pattern="^[0-9]{1,12}$")]
_Time = Annotated[str, StringConstraints(pattern="^[0-9]{14}$")]


class Told(BaseModel):
    """What every message about an order says. Fields not named here are kept by whoever keeps the bytes."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)

    mch_id: _Number
    out_trade_no: _Number


class Paid(Told):
    """What a message says of an order that was paid. `out_transaction_id` is the wallet's own number."""

    total_fee: _Fen
    transaction_id: _Number
    time_end: _Time
    out_transaction_id: Annotated[str, StringConstraints(max_length=32)] = ""


class GivenBack(Told):
    """The one refund that a query for its own number tells of."""

    out_refund_no_0: _Number
    refund_status_0: str
    refund_id_0: _Number
    refund_fee_0: _Fen
    refund_time_0: str = ""


def answer_of(trade_state: str, time_is_up: bool) -> Answer:
    """The state of an order. What is not documented, and REFUND, stay pending: a later query or a person decides."""
    if trade_state == "SUCCESS":
        return Answer.paid
    if trade_state in CLOSED or (trade_state in ("NOTPAY", "PAYERROR") and time_is_up):
        return Answer.not_paid
    return Answer.pending


CLOSED = frozenset({"CLOSED", "REVOKED"})
"""The order can no longer be paid, whatever its time."""

_REFUNDS = {"SUCCESS": RefundAnswer.done, "FAIL": RefundAnswer.failed, "CHANGE": RefundAnswer.failed}


def refund_answer_of(status: str) -> RefundAnswer:
    """The state of a refund. CHANGE: the payer's card no longer takes it, and it has to be given back otherwise."""
    return _REFUNDS.get(status, RefundAnswer.pending)


def day_of(time: str, field: str, day_turns_at: int) -> date:
    """The channel's day to which a moment yyyyMMddHHmmss belongs, where the day turns at an hour of the evening."""
    moment = clock.local(instant_of(time, field)) + timedelta(hours=(24 - day_turns_at) % 24)
    return date(moment.year, moment.month, moment.day)


def today(now: datetime, day_turns_at: int) -> date:
    """The channel's present day."""
    moment = clock.local(now) + timedelta(hours=(24 - day_turns_at) % 24)
    return date(moment.year, moment.month, moment.day)
