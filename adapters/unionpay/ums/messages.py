"""What ChinaUMS says of a bill, in a notification or an answer."""

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, StringConstraints

from adapters.unionpay.messages import read_notification
from adapters.unionpay.reading import as_model
from adapters.wire.answers import Day
from foundation import clock
from foundation.errors import BadInput
from settlement.ports.channel import Answer


def _fen(value: object) -> int:
    if isinstance(value, bool) or not re.fullmatch("[0-9]{1,12}", str(value)):
        raise ValueError("whole fen, 1 to 12 digits")
    return int(str(value))


def _payment(value: object) -> object:
    """`billPayment` is JSON inside a text in a notification, and JSON itself in an answer."""
    try:
        return json.loads(value) if isinstance(value, str) else value
    except RecursionError:
        raise ValueError("JSON nested too deeply") from None


_Fen = Annotated[int, BeforeValidator(_fen)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)


class Payment(_Part):
    """How a bill was paid. `merOrderId` is ChinaUMS's number, which its statement shows too."""

    status: str
    merOrderId: Annotated[str, StringConstraints(pattern="^[0-9A-Za-z]{1,64}$")]
    settleDate: Day
    paySeqId: Annotated[str, StringConstraints(max_length=32)] = ""


class RefundPayment(_Part):
    """How a refund stands. `refundTargetOrderId` is the number that the statement shows; it is there when it is done.

    The names inside `refundBillPayment` are those of the refund's own answer; no public source lists them.
    """

    refundOrderId: str
    refundStatus: str
    refundAmount: _Fen
    refundTargetOrderId: Annotated[str, StringConstraints(pattern="^[0-9A-Za-z]{1,64}$")] | None = None
    settleDate: Day | None = None


class Bill(_Part):
    """A bill and its state. Fields not named here are kept by whoever keeps the bytes."""

    mid: str
    instMid: str
    billNo: Annotated[str, StringConstraints(pattern="^[0-9A-Za-z]{6,32}$")]
    billStatus: str
    totalAmount: _Fen
    billPayment: Annotated[Payment | None, BeforeValidator(_payment)] = None

    def answer(self, time_is_up: bool) -> Answer:
        """Paid only where bill and payment both say so; not paid only when the bill can no longer be paid.

        REFUND, UNKNOWN and whatever is not documented stay pending: a person or a later query decides.
        """
        if self.billStatus == "PAID" and self.billPayment is not None and self.billPayment.status == "TRADE_SUCCESS":
            return Answer.paid
        if self.billStatus == "CLOSED" or (self.billStatus == "UNPAID" and time_is_up):
            return Answer.not_paid
        return Answer.pending


def bill(fields: Mapping[str, Any]) -> Bill:
    """Reads a bill. BadInput names the field."""
    return as_model(Bill, fields)


def refund_payment(fields: Mapping[str, Any]) -> RefundPayment | None:
    """Reads the refund in an answer to a query; None where there is none. BadInput names the field."""
    try:
        told = _payment(fields.get("refundBillPayment"))
    except ValueError as error:
        raise BadInput("refundBillPayment", fields["refundBillPayment"], f"JSON ({error})") from None
    if told is None:
        return None
    if not isinstance(told, Mapping):
        raise BadInput("refundBillPayment", told, "an object")
    found = as_model(RefundPayment, told)
    if found.refundStatus == "SUCCESS" and (found.refundTargetOrderId is None or found.settleDate is None):
        raise BadInput("refundBillPayment", told, "refundTargetOrderId and settleDate of a refund that is done")
    return found


def identity(source_id: str, order_id: str, started_at: datetime) -> dict[str, Any]:
    """The bill number and date by which ChinaUMS knows an order."""
    return {"billNo": source_id + order_id, "billDate": clock.local(started_at).date().isoformat()}


def notified(body: bytes) -> dict[str, str]:
    """The raw fields of a notification, which comes as a form or, by some accounts, as one JSON object of texts."""
    if not body.lstrip().startswith(b"{"):
        return read_notification(body)
    if len(body) > 1 << 16:
        raise BadInput("notification", f"{len(body)} bytes", f"at most {1 << 16} bytes")
    try:
        fields = json.loads(body)
        json.dumps(fields, ensure_ascii=False).encode()  # half a surrogate pair is valid JSON, but no text
    except (ValueError, RecursionError) as error:
        raise BadInput("notification", body[:40], f"a form or a JSON object ({error})") from None
    if not all(isinstance(value, str) for value in fields.values()):
        raise BadInput("notification", body[:40], "a JSON object of texts, since the signature is over texts")
    return dict(fields)
