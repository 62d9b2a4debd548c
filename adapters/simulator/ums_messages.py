"""The messages that ChinaUMS takes. A field that is not listed is refused."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeVar

from pydantic import Field, StringConstraints, ValidationError

from adapters.simulator.refusal import Message, first_error
from adapters.simulator.ums_wire import UmsRefusal

_Fen = Annotated[int, Field(gt=0, lt=10**12)]
_Day = Annotated[str, StringConstraints(pattern=r"^\d{4}-\d{2}-\d{2}$")]
_Time = Annotated[str, StringConstraints(pattern=r"^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}$")]
_Number = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z]{6,28}$")]
_Merchant = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z]{15}$")]
_Url = Annotated[str, StringConstraints(pattern=r"^https?://[^\s?#]{1,240}$")]


class SubOrder(Message):
    mid: _Merchant
    totalAmount: _Fen


class _Common(Message):
    requestTimestamp: _Time
    mid: _Merchant
    tid: str
    instMid: str
    msgId: str = ""
    msgSrc: str = ""
    msgType: str = ""
    signType: str = ""
    sign: str = ""


class GetQrCode(_Common):
    billNo: _Number
    billDate: _Day
    billDesc: Annotated[str, StringConstraints(max_length=120)] = ""
    totalAmount: _Fen
    divisionFlag: bool = False
    platformAmount: Annotated[int, Field(ge=0)] = 0
    subOrders: Annotated[tuple[SubOrder, ...], Field(max_length=20, strict=False)] = ()
    expireTime: _Time | None = None
    notifyUrl: _Url
    returnUrl: _Url | None = None
    qrCodeId: Annotated[str, StringConstraints(pattern=r"^[0-9A-Z]{4}\d{24}$")]
    walletOption: Literal["SINGLE", "MULTIPLE"] = "SINGLE"
    secureTransaction: bool = False
    srcReserve: Annotated[str, StringConstraints(max_length=255)] = ""


class Query(_Common):
    billNo: _Number
    billDate: _Day
    refundOrderId: _Number | None = None


class Refund(_Common):
    billNo: _Number
    billDate: _Day
    refundOrderId: _Number
    refundAmount: _Fen
    refundDesc: str = ""
    subOrders: Annotated[tuple[SubOrder, ...], Field(max_length=20, strict=False)] = ()
    platformAmount: Annotated[int, Field(ge=0)] = 0


class CloseQrCode(_Common):
    qrCodeId: str


OPERATIONS: Mapping[str, type[_Common]] = {
    "get-qrcode": GetQrCode,
    "query": Query,
    "refund": Refund,
    "close-qrcode": CloseQrCode,
}
"""By the last part of the open platform's path."""

MESSAGE_TYPES = {
    "bills.getQRCode": "get-qrcode",
    "bills.query": "query",
    "bills.refund": "refund",
    "bills.closeQRCode": "close-qrcode",
}
"""By the older interface's msgType."""

_Model = TypeVar("_Model", bound=_Common)


def read(model: type[_Model], content: Mapping[str, Any]) -> _Model:
    """A message as its model. UmsRefusal BAD_REQUEST names the first field that is wrong."""
    try:
        return model.model_validate(content)
    except ValidationError as error:
        raise UmsRefusal("BAD_REQUEST", first_error(error), 400) from None


def plain(text: str) -> str:
    """yyyy-MM-dd HH:mm:ss as fourteen digits."""
    return re.sub(r"\D", "", text)
