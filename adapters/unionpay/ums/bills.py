"""ChinaUMS bills as a channel: a code is asked of the gateway, then followed by notification and query."""

import hashlib
import re
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Literal

import httpx

from adapters.unionpay.ums.gateway import WHOM, UmsGateway, dashed
from adapters.unionpay.ums.messages import Bill, bill, identity, notified
from adapters.unionpay.ums.refunds import UmsRefunds
from adapters.unionpay.ums.signature import is_key_appended
from adapters.wire.beijing import instant_of, stamp
from foundation import clock
from foundation.errors import BadInput, Unavailable
from settlement.channels import UmsChannel as UmsConfig
from settlement.ports.channel import (
    Answer,
    Order,
    Part,
    PaymentLink,
    Proof,
    RefundOrder,
    RefundProof,
    Unauthentic,
)
from settlement.ports.refusal import Refused

_NO_ORDER = "NO_ORDER"


class UmsBills:
    """Implements `settlement.ports.channel.PaymentChannel` for one merchant.

    An order's number, with the merchant's four characters before it, is the bill number.
    """

    name = "ums"
    acknowledgement = "SUCCESS"

    def __init__(self, config: UmsConfig, client: httpx.AsyncClient, now: Callable[[], datetime] = clock.now) -> None:
        self.confirms_by_query = config.confirm_by_query
        self._config = config
        self._now = now
        self._gateway = UmsGateway(config, client, now)
        self._refunds = UmsRefunds(self.name, self._gateway)

    def merchant_of(self, parts: Sequence[Part]) -> str:
        """The one merchant of the contract, whoever receives."""
        return self._config.merchant

    def check(self, order: Order) -> None:
        """Refuses (BadInput) what ChinaUMS would not take, saying what to do instead."""
        self._config.limits.check(order)

    async def start(self, order: Order, return_to: str, notify: str) -> PaymentLink:
        """Asks for the bill's code: an address that every wallet opens."""
        self.check(order)
        content = await self._gateway.ask(
            "get-qrcode",
            {
                **identity(self._config.source_id, order.order_id, order.started_at),
                "billDesc": order.title,
                "totalAmount": order.amount_fen,
                "divisionFlag": True,
                "platformAmount": 0,
                "subOrders": [{"mid": part.receiver, "totalAmount": part.amount_fen} for part in order.parts],
                "expireTime": dashed(order.pay_until),
                "notifyUrl": notify,
                "returnUrl": return_to,
                "qrCodeId": self._code_id(order),
                "walletOption": "SINGLE",
                "secureTransaction": False,
                "srcReserve": stamp(order.started_at),
            },
        )
        address = content.get("billQRCode")
        if not isinstance(address, str) or not re.fullmatch(r"https?://[!-~]{1,500}", address):
            raise Unavailable(f"{WHOM} answered without a usable billQRCode", whom=WHOM)
        return PaymentLink(address)

    @property
    def scans_payers_codes(self) -> bool:
        """Bills are paid by their own codes only."""
        return False

    async def scan(self, order: Order, payer_code: str, notify: str) -> None:
        """Bills cannot: Refused."""
        raise Refused(WHOM, "not_offered", "bills are paid by their own codes only")

    async def reverse(self, order: Order) -> None:
        """As nothing is scanned, nothing is reversed: Refused."""
        raise Refused(WHOM, "not_offered", "bills are paid by their own codes only")

    async def close(self, order: Order) -> None:
        """Closes the code. Refused where the bill is paid, or was never issued."""
        await self._gateway.ask("close-qrcode", {"qrCodeId": self._code_id(order)})

    async def query(self, order: Order) -> Proof:
        """Asks for a bill."""
        time_is_up = self._now() > order.pay_until
        try:
            content = await self._gateway.ask(
                "query", identity(self._config.source_id, order.order_id, order.started_at)
            )
        except Refused as refusal:
            if refusal.reason != _NO_ORDER:
                raise
            state = Answer.not_paid if time_is_up else Answer.pending
            return self._proof(order.order_id, order.started_at, state, _NO_ORDER)
        try:
            told = bill(content)
        except BadInput as error:
            raise Unavailable(f"{WHOM} answered what cannot be understood: {error.detail}", whom=WHOM) from None
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
        if not is_key_appended(fields, self._gateway.communication_key(), sign_type):
            raise Unauthentic("the signature does not fit the fields: something was changed on the way")
        told = bill(fields)
        self._belongs(told)
        order_id = told.billNo.removeprefix(self._config.source_id)
        if order_id == told.billNo:
            raise BadInput("billNo", told.billNo, f"a number that begins with {self._config.source_id}")
        return self._told(order_id, instant_of(fields.get("srcReserve", ""), "srcReserve"), told, time_is_up=False)

    def way_back(self, paid_on: date, whole: bool) -> Literal["refund", "undo"] | None:
        """Refund, within the configured window; bills have no undo."""
        now = clock.local(self._now())
        today = date(now.year, now.month, now.day)
        return "refund" if today - paid_on <= timedelta(days=self._config.refund_days) else None

    async def refund(self, order: RefundOrder, notify: str) -> RefundProof:
        """Sends a refund; see `UmsRefunds`. ChinaUMS notifies of a bill's refunds under the bill, which says less."""
        return await self._refunds.send(order)

    async def query_refund(self, order: RefundOrder) -> RefundProof:
        """Asks for a refund by its own number; see `UmsRefunds`."""
        return await self._refunds.query(order)

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
            closed=detail == "CLOSED",
            not_found=detail == _NO_ORDER,
        )

    def _belongs(self, told: Bill) -> None:
        if (told.mid, told.instMid) != (self._config.merchant, self._config.product):
            raise Unauthentic(f"the message is for merchant {told.mid!r}, {told.instMid!r}")

    def _code_id(self, order: Order) -> str:
        """qrCodeId: the source, the time to the millisecond, seven digits. From the order alone: it is closed by it."""
        tail = int.from_bytes(hashlib.sha256(order.order_id.encode()).digest()[:8]) % 10**7
        return f"{self._config.source_id}{stamp(order.started_at)}000{tail:07d}"
