"""The messages that QRA takes. A field that is not listed is refused."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from adapters.simulator.qra_wire import QraRefusal

Patterns = Mapping[str, str]

_COMMON: Patterns = {
    "service": r"[a-z.]{1,32}",
    "version": r"2\.0",
    "charset": r"UTF-8",
    "sign_type": r"MD5|SM3",
    "mch_id": r"[0-9A-Za-z]{1,32}",
    "nonce_str": r"[0-9A-Za-z]{1,32}",
    "sign": r"[0-9A-F]{32,64}",
}
_ORDER: Patterns = {**_COMMON, "out_trade_no": r"[0-9A-Za-z]{1,32}"}
_FEN = r"[1-9]\d{0,11}"


@dataclass(frozen=True, slots=True)
class Form:
    """The fields that a message must have and may have."""

    required: Patterns
    optional: Patterns = field(default_factory=dict)


SERVICES: Mapping[str, Form] = {
    "unified.trade.native": Form(
        {
            **_ORDER,
            "body": r".{1,127}",
            "total_fee": _FEN,
            "mch_create_ip": r"[0-9a-fA-F.:]{3,45}",
            "notify_url": r"https?://[^\s?#]{1,240}",
        },
        {"time_start": r"\d{14}", "time_expire": r"\d{14}", "attach": r".{0,127}"},
    ),
    "unified.trade.micropay": Form(
        {
            **_ORDER,
            "body": r".{1,127}",
            "total_fee": _FEN,
            "mch_create_ip": r"[0-9a-fA-F.:]{3,45}",
            "auth_code": r"[0-9A-Za-z]{10,32}",
        },
        {"attach": r".{0,127}"},
    ),
    "unified.micropay.reverse": Form(_ORDER),
    "unified.trade.query": Form(_ORDER, {"transaction_id": r"[0-9A-Za-z]{1,32}"}),
    "unified.trade.close": Form(_ORDER),
    "unified.trade.refund": Form(
        {
            **_ORDER,
            "out_refund_no": r"[0-9A-Za-z]{1,32}",
            "total_fee": _FEN,
            "refund_fee": _FEN,
            "op_user_id": r"[0-9A-Za-z]{1,32}",
        },
        {"transaction_id": r"[0-9A-Za-z]{1,32}"},
    ),
    "unified.trade.refundquery": Form({**_ORDER, "out_refund_no": r"[0-9A-Za-z]{1,32}"}),
}


def check(fields: Mapping[str, str]) -> None:
    """Refuses (400) an unknown service, and an unknown, missing or ill-formed field."""
    form = SERVICES.get(fields.get("service", ""))
    if form is None:
        raise QraRefusal("NOSERVICE", f"没有接口 {fields.get('service')}", 400)
    missing = [name for name in form.required if not fields.get(name)]
    if missing:
        raise QraRefusal("PARAMERROR", f"缺少字段 {missing[0]}", 400)
    for name, value in fields.items():
        pattern = form.required.get(name) or form.optional.get(name)
        if pattern is None or re.fullmatch(pattern, value, re.ASCII) is None:
            raise QraRefusal("PARAMERROR", f"字段 {name} 未知或格式错误", 400)
