"""What ACP's messages say of a transaction, read strictly; and how an amount is divided among receivers."""

import base64
import json
from collections.abc import Sequence
from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

from settlement.ports.channel import Part


class Told(BaseModel):
    """What every message about an order says. Fields that are not named here are kept by whoever keeps the bytes."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)

    orderId: Annotated[str, StringConstraints(pattern="^[0-9A-Za-z]{8,40}$")]
    txnTime: Annotated[str, StringConstraints(pattern="^[0-9]{14}$")]


class Moved(Told):
    """What a message says of an order or refund whose money moved."""

    txnAmt: Annotated[str, StringConstraints(pattern="^[0-9]{1,12}$")]
    currencyCode: Annotated[str, StringConstraints(pattern="^156$")]
    queryId: Annotated[str, StringConstraints(pattern="^[0-9A-Za-z]{20,21}$")]
    traceNo: Annotated[str, StringConstraints(pattern="^[0-9]{6}$")]
    settleDate: Annotated[str, StringConstraints(pattern="^[0-9]{4}$")]


def acc_split_data(parts: Sequence[Part]) -> str:
    """accSplitData: base64 of the JSON that divides an amount among sub-merchants."""
    receivers = [{"accSplitMerId": part.receiver, "accSplitAmt": str(part.amount_fen)} for part in parts]
    content = {"accSplitType": "1", "accSplitMchts": receivers}
    return base64.b64encode(json.dumps(content, separators=(",", ":")).encode()).decode()
