"""ChinaUMS bills as a channel: a code is asked of the gateway, then followed by notification and query."""

import json
import re
import secrets
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx

from adapters.unionpay.limits import Limits
from adapters.unionpay.ums.config import UmsConfig
from adapters.unionpay.ums.messages import Bill, bill, notified
from adapters.unionpay.ums.signature import is_key_appended, open_body_sig
from adapters.wire.beijing import instant_of, stamp
from adapters.wire.http import Reply, exchange
from foundation import clock
from foundation.errors import BadInput, Unavailable
from settlement.ports.channel import Answer, Order, PaymentForm, Proof, Unauthentic
from settlement.ports.refusal import Refused

_WHOM = "ChinaUMS"
_LIMITS = Limits(longest_order_id=24, most_receivers=20)  # 24 and the prefix are the 28 of a bill number
_NO_ORDER = "NO_ORDER"
_UNCLEAR = {"TIMEOUT", "NET_ERROR", "INTERNAL_ERROR", "TARGET_FAIL", "ORDER_PROCESSING", "INVALID_RESPONSE"}


class UmsBills:
    """One merchant's bills. An order's number, with the merchant's four characters before it, is the bill number."""

    name = "ums"

    def __init__(self, config: UmsConfig, client: httpx.AsyncClient, now: Callable[[], datetime] = clock.now) -> None:
        self.confirms_by_query = config.confirm_by_query
        self._config = config
        self._client = client
        self._now = now

    def check(self, order: Order) -> None:
        """Refuses (BadInput) what ChinaUMS would not take, saying what to do instead."""
        _LIMITS.check(order)

    async def start(self, order: Order, return_to: str, notify: str) -> PaymentForm:
        """Asks for the bill's code: an address that every wallet opens, without fields.

        Refused: ChinaUMS said no. Unavailable: nothing is known; the same order may be started again.
        """
        self.check(order)
        content = await self._ask(
            "get-qrcode",
            {
                **self._identity(order),
                "billDesc": order.title,
                "totalAmount": order.amount_fen,
                "divisionFlag": True,
                "platformAmount": 0,
                "subOrders": [{"mid": part.receiver, "totalAmount": part.amount_fen} for part in order.parts],
                "expireTime": _dashed(order.pay_until),
                "notifyUrl": notify,
                "returnUrl": return_to,
                "walletOption": "SINGLE",
                "srcReserve": stamp(order.started_at),
            },
        )
        address = content.get("billQRCode")
        if not isinstance(address, str) or not re.fullmatch(r"https?://[!-~]{1,500}", address):
            raise Unavailable(f"{_WHOM} answered without a usable billQRCode", whom=_WHOM)
        return PaymentForm(address, {})

    async def query(self, order: Order) -> Proof:
        """Asks for a bill. The answer is not signed: it is believed for the line it came by (TLS)."""
        time_is_up = self._now() > order.pay_until
        try:
            content = await self._ask("query", self._identity(order))
        except Refused as refusal:
            if refusal.reason != _NO_ORDER:
                raise
            state = Answer.not_paid if time_is_up else Answer.pending
            return self._proof(order.order_id, order.started_at, state, _NO_ORDER)
        try:
            told = bill(content)
        except BadInput as error:
            raise Unavailable(f"{_WHOM} answered what cannot be understood: {error.detail}", whom=_WHOM) from None
        self._belongs(told)
        if told.billNo != self._config.source_id + order.order_id:
            raise Unauthentic(f"the answer is about bill {told.billNo}, asked was order {order.order_id}")
        return self._told(order.order_id, order.started_at, told, time_is_up)

    def read_notification(self, body: bytes) -> Proof:
        """Verifies a notification over whatever fields it has, then reads it."""
        fields = notified(body)
        sign_type = fields.get("signType", "MD5")
        if sign_type != self._config.sign_type:
            raise Unauthentic(f"signType is {sign_type!r}, agreed is {self._config.sign_type}")
        if not is_key_appended(fields, _secret(self._config.communication_key_file), sign_type):
            raise Unauthentic("the signature does not fit the fields: something was changed on the way")
        told = bill(fields)
        self._belongs(told)
        order_id = told.billNo.removeprefix(self._config.source_id)
        if order_id == told.billNo:
            raise BadInput("billNo", told.billNo, f"a number that begins with {self._config.source_id}")
        return self._told(order_id, instant_of(fields.get("srcReserve", ""), "srcReserve"), told, time_is_up=False)

    def _told(self, order_id: str, started_at: datetime, told: Bill, time_is_up: bool) -> Proof:
        state = told.answer(time_is_up)
        return self._proof(order_id, started_at, state, told.billStatus, told if state is Answer.paid else None)

    def _proof(
        self, order_id: str, started_at: datetime, state: Answer, detail: str, paid: Bill | None = None
    ) -> Proof:
        payment = paid.billPayment if paid else None
        return Proof(
            self.name,
            self._config.merchant,
            order_id,
            started_at,
            state,
            paid.totalAmount if paid else None,
            payment.merOrderId if payment else None,
            payment.paySeqId or None if payment else None,
            payment.settleDate if payment else None,
            detail,
        )

    def _belongs(self, told: Bill) -> None:
        if (told.mid, told.instMid) != (self._config.merchant, self._config.product):
            raise Unauthentic(f"the message is for merchant {told.mid!r}, {told.instMid!r}")

    def _identity(self, order: Order) -> dict[str, Any]:
        return {
            "billNo": self._config.source_id + order.order_id,
            "billDate": clock.local(order.started_at).date().isoformat(),
        }

    async def _ask(self, operation: str, message: Mapping[str, Any]) -> dict[str, Any]:
        now = self._now()
        whole = {
            "requestTimestamp": _dashed(now),
            "mid": self._config.merchant,
            "tid": self._config.terminal,
            "instMid": self._config.product,
            **message,
        }
        body = json.dumps(whole, ensure_ascii=False).encode()
        key = _secret(self._config.app_key_file)
        header = open_body_sig(self._config.app_id, key, stamp(now), secrets.token_hex(16), body)
        request = self._client.build_request(
            "POST",
            f"{self._config.gateway.rstrip('/')}/v1/netpay/bills/{operation}",
            content=body,
            headers={"Authorization": header, "Content-Type": "application/json"},
        )
        return _content(await exchange(self._client, request, _WHOM))


def _content(reply: Reply) -> dict[str, Any]:
    try:
        content = json.loads(reply.body) if reply.status == 200 else None
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict):
        raise Unavailable(f"{_WHOM} answered what cannot be understood, with status {reply.status}", whom=_WHOM)
    code = str(content.get("errCode", ""))
    message = str(content.get("errMsg") or content.get("errInfo") or "")
    if code == "SUCCESS":
        return content
    if not code or code in _UNCLEAR or code.isdigit():
        raise Unavailable(f"{_WHOM} does not know: {code} {message}", whom=_WHOM, err_code=code)
    raise Refused(_WHOM, code, message)


def _dashed(instant: datetime) -> str:
    return clock.local(instant).strftime("%Y-%m-%d %H:%M:%S")


def _secret(path: Path) -> str:
    return path.read_text(encoding="ascii").strip()
