"""Which fields each ACP message has, and what may stand in them. What is not listed is refused."""

import base64
import binascii
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from adapters.simulator.acp_wire import AcpRefusal
from adapters.simulator.clock import CHINA
from adapters.simulator.records import Part
from adapters.simulator.refusal import first_error

Patterns = Mapping[str, str]

_BACK_URL = r"https?://[^\s?#]{1,240}"
_COMMON: Patterns = {
    "version": r"5\.1\.0",
    "encoding": r"(?i:utf-8)",
    "certId": r"\d{1,40}",
    "signMethod": r"01|11|12",
    "signature": r"[0-9A-Za-z+/=]{1,1024}",
    "accessType": r"0",
    "merId": r"[0-9A-Za-z]{15}",
    "txnTime": r"\d{14}",
}
_ORDER_ID: Patterns = {"orderId": r"[0-9A-Za-z]{8,32}"}
_MONEY: Patterns = {
    "txnAmt": r"[1-9]\d{0,11}",
    "currencyCode": r"156",
    "backUrl": _BACK_URL,
    "channelType": r"0[78]",
}
_EXTRA: Patterns = {
    "accSplitData": r"[0-9A-Za-z+/=]{1,512}",
    "reqReserved": r"[^&=\[\]{}\"'\x00-\x1f\x7f]{1,1024}",
    "termId": r"[0-9A-Za-z]{8}",
}
_VALID_UNTIL: Patterns = {"payTimeout": r"\d{14}"}


@dataclass(frozen=True, slots=True)
class Form:
    """The fields that a message must have and may have, with the pattern of each value."""

    required: Patterns
    optional: Patterns = field(default_factory=dict)


ORDER = Form(
    {
        **_COMMON,
        **_ORDER_ID,
        **_MONEY,
        "txnType": r"01",
        "txnSubType": r"01",
        "bizType": r"000201",
        "frontUrl": r"https?://\S{1,240}",
    },
    {
        **_EXTRA,
        **_VALID_UNTIL,
        "frontFailUrl": r"https?://\S{1,240}",
        "orderDesc": r".{1,32}",
        "customerIp": r"[0-9a-fA-F.:]{3,45}",
        "riskRateInfo": r"\{[^{}]{1,512}\}",
    },
)
_QR: Patterns = {**_COMMON, **_ORDER_ID, **_MONEY, "txnType": r"01", "bizType": r"000000"}
_GIVE_BACK: Patterns = {
    **_COMMON,
    **_ORDER_ID,
    **_MONEY,
    "txnSubType": r"00",
    "bizType": r"\d{6}",
    "origQryId": r"\d{20,21}",
}
BACK: Mapping[tuple[str, str], Form] = {
    ("01", "07"): Form({**_QR, "txnSubType": r"07"}, {**_EXTRA, **_VALID_UNTIL}),
    ("01", "06"): Form({**_QR, "txnSubType": r"06", "qrNo": r"\d{1,20}"}, _EXTRA),
    ("04", "00"): Form({**_GIVE_BACK, "txnType": r"04"}, _EXTRA),
    ("31", "00"): Form({**_GIVE_BACK, "txnType": r"31"}, _EXTRA),
    ("95", "00"): Form(
        {
            **_COMMON,
            **_ORDER_ID,
            "txnType": r"95",
            "txnSubType": r"00",
            "bizType": r"000000",
            "channelType": r"0[78]",
            "certType": r"01",
        }
    ),
    ("99", "01"): Form(
        {
            **_COMMON,
            **_ORDER_ID,
            "txnType": r"99",
            "txnSubType": r"01",
            "bizType": r"\d{6}",
            "channelType": r"0[78]",
        },
        {"backUrl": _BACK_URL, "reqReserved": _EXTRA["reqReserved"]},
    ),
}
"""What is sent to the back gateway, by txnType and txnSubType: code to show, payer's code, refund, undo, certificate,
reversal."""

QUERY = Form(
    {**_COMMON, **_ORDER_ID, "txnType": r"00", "txnSubType": r"00", "bizType": r"\d{6}"},
    {"channelType": r"0[78]", "queryId": r"\d{20,21}"},
)
FILE = Form(
    {
        **_COMMON,
        "txnType": r"76",
        "txnSubType": r"01",
        "bizType": r"000000",
        "settleDate": r"\d{4}",
        "fileType": r"00",
    },
    {"channelType": r"0[78]"},
)

_TIMES = ("txnTime", "payTimeout")


def check(fields: Mapping[str, str], form: Form) -> None:
    """Refuses a message with an unknown (10), missing (13) or ill-formed (10) field.

    Only method 01 has a certificate to name.
    """
    keyed = fields.get("signMethod") in ("11", "12")
    required = {name: pattern for name, pattern in form.required.items() if not (keyed and name == "certId")}
    for name in required:
        if not fields.get(name):
            raise AcpRefusal("13", f"报文要素缺失[6100030]: {name}")
    for name, value in fields.items():
        pattern = required.get(name) or form.optional.get(name)
        if pattern is None:
            raise AcpRefusal("10", f"报文格式错误[6100030]: 未知字段 {name}")
        if re.fullmatch(pattern, value, re.ASCII) is None:
            raise AcpRefusal("10", f"报文格式错误[6100030]: {name}")
        if name in _TIMES:
            time(value, name)


def time(text: str, name: str) -> datetime:
    """A yyyyMMddHHmmss field in Beijing time."""
    try:
        return datetime.fromisoformat(f"{text[:8]}T{text[8:]}").replace(tzinfo=CHINA)
    except ValueError:
        raise AcpRefusal("10", f"报文格式错误[6100030]: {name}") from None


def check_now(fields: Mapping[str, str], now: datetime) -> None:
    """Refuses a transaction time that is not about now: five minutes ahead and two hours behind are borne."""
    sent = time(fields["txnTime"], "txnTime")
    if not now - timedelta(hours=2) <= sent <= now + timedelta(minutes=5):
        raise AcpRefusal("10", f"报文格式错误[6100030]: txnTime 与当前时间 {now:%Y%m%d%H%M%S} 不符")


def pay_until(fields: Mapping[str, str], now: datetime) -> datetime:
    """Until when an order can be paid: payTimeout, a day where it is not sent, 31 days at most."""
    if "payTimeout" not in fields:
        return time(fields["txnTime"], "txnTime") + timedelta(days=1)
    until = time(fields["payTimeout"], "payTimeout")
    if not now < until <= now + timedelta(days=31):
        raise AcpRefusal("10", "报文格式错误[6100030]: payTimeout 须在当前时间之后、31 天之内")
    return until


class _Receiver(BaseModel):
    model_config = ConfigDict(extra="forbid")
    accSplitMerId: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z]{15}$")]
    accSplitAmt: Annotated[str, StringConstraints(pattern=r"^[1-9]\d{0,8}$")]


class _Split(BaseModel):
    model_config = ConfigDict(extra="forbid")
    accSplitType: Literal["1"]
    accSplitMchts: Annotated[list[_Receiver], Field(min_length=1, max_length=5)]


def split(fields: Mapping[str, str], receivers: Collection[str]) -> tuple[Part, ...]:
    """How an order is divided. What is not divided stays with the merchant itself.

    AcpRefusal where a receiver is not one of the merchant's, stands twice, or the parts exceed the amount.
    """
    amount, merchant = int(fields["txnAmt"]), fields["merId"]
    if "accSplitData" not in fields:
        return (Part(merchant, amount),)
    try:
        sent = _Split.model_validate_json(base64.b64decode(fields["accSplitData"], validate=True))
    except ValidationError as error:
        raise AcpRefusal("10", f"报文格式错误[6100030]: accSplitData {first_error(error)}") from None
    except binascii.Error:
        raise AcpRefusal("10", "报文格式错误[6100030]: accSplitData 不是 base64") from None
    parts = tuple(Part(each.accSplitMerId, int(each.accSplitAmt)) for each in sent.accSplitMchts)
    strange = [part.receiver for part in parts if part.receiver not in receivers]
    if strange:
        raise AcpRefusal("36", f"分账商户 {strange[0]} 与主商户无分账关系[2040004]")
    if len({part.receiver for part in parts}) != len(parts):
        raise AcpRefusal("10", "报文格式错误[6100030]: accSplitData 分账商户重复")
    rest = amount - sum(part.amount_fen for part in parts)
    if rest < 0:
        raise AcpRefusal("36", "分账金额之和大于交易金额[2040004]")
    return (*parts, Part(merchant, rest)) if rest else parts
