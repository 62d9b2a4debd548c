"""QRA as a channel: a code is asked of the gateway, then followed by notification and query."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Literal

import httpx

from adapters.unionpay.qra import said
from adapters.unionpay.qra.gateway import WHOM, QraGateway
from adapters.unionpay.qra.refunds import QraRefunds
from adapters.unionpay.reading import as_model
from adapters.wire.beijing import instant_of, stamp
from foundation import clock
from foundation.errors import BadInput, Unavailable
from settlement.channels import QraChannel as QraConfig
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

_NO_ORDER = "ORDERNOTEXIST"
_PAYER_CODE = re.compile("[0-9A-Za-z]{10,32}")
_CODE = re.compile("[a-z]+://[!-~]{1,500}")


class QraTrade:
    """Implements `settlement.ports.channel.PaymentChannel`; an order goes to the one merchant that receives it."""

    name = "qra"
    acknowledgement = "success"

    def __init__(self, config: QraConfig, client: httpx.AsyncClient, now: Callable[[], datetime] = clock.now) -> None:
        self.confirms_by_query = config.confirm_by_query
        self._gateway = QraGateway(config, client, now)
        self._refunds = QraRefunds(self.name, self._gateway)

    def merchant_of(self, parts: Sequence[Part]) -> str:
        """The receiver itself: each is a merchant of its own."""
        return parts[0].receiver

    def check(self, order: Order) -> None:
        """Refuses (BadInput) what QRA would not take, saying what to do instead."""
        self._gateway.config.limits.check(order)

    async def start(self, order: Order, return_to: str, notify: str) -> PaymentLink:
        """Asks for the order's code. A code has no way back to our page: the payer's wallet ends where it ends."""
        self.check(order)
        answer = await self._ask(
            "unified.trade.native",
            order,
            {
                "body": order.title,
                "total_fee": str(order.amount_fen),
                "mch_create_ip": self._gateway.config.caller_address,
                "notify_url": notify,
                "time_start": stamp(order.started_at),
                "time_expire": stamp(order.pay_until),
                "attach": stamp(order.started_at),
            },
        )
        address = answer.get("code_url", "")
        if not _CODE.fullmatch(address):
            raise Unavailable(f"{WHOM} answered without a usable code_url", whom=WHOM)
        return PaymentLink(address)

    @property
    def scans_payers_codes(self) -> bool:
        """Every wallet's."""
        return True

    async def scan(self, order: Order, payer_code: str, notify: str) -> None:
        """Sends the payer's code (micropay); the answer may come before the payer has typed a password."""
        self.check(order)
        if not _PAYER_CODE.fullmatch(payer_code):
            raise BadInput("payer_code", payer_code, "the 10 to 32 digits and letters under the payer's code")
        message = {
            "body": order.title,
            "total_fee": str(order.amount_fen),
            "mch_create_ip": self._gateway.config.caller_address,
            "auth_code": payer_code,
            "attach": stamp(order.started_at),
        }
        await self._ask("unified.trade.micropay", order, message)

    async def reverse(self, order: Order) -> None:
        """Sends unified.micropay.reverse."""
        await self._ask("unified.micropay.reverse", order, {})

    async def close(self, order: Order) -> None:
        """Closes the order. Refused where it is paid, or never arrived."""
        await self._ask("unified.trade.close", order, {})

    async def query(self, order: Order) -> Proof:
        """Asks for an order."""
        time_is_up = self._gateway.now() > order.pay_until
        try:
            answer = await self._ask("unified.trade.query", order, {})
        except Refused as refusal:
            if refusal.reason != _NO_ORDER:
                raise Unavailable(f"{WHOM} did not take the question: {refusal.detail}", whom=WHOM) from None
            state = Answer.not_paid if time_is_up else Answer.pending
            merchant = self.merchant_of(order.parts)
            return Proof(
                self.name, merchant, order.order_id, order.started_at, state, None, detail=_NO_ORDER, not_found=True
            )
        trade_state = answer.get("trade_state", "")
        try:
            return self._proof(answer, order.started_at, said.answer_of(trade_state, time_is_up), trade_state)
        except BadInput as error:
            raise Unavailable(f"{WHOM} answered what cannot be understood: {error.detail}", whom=WHOM) from None

    def read_notification(self, body: bytes) -> Proof:
        """Verifies and reads a notification. Only pay_result 0 in an answer that is fine throughout means paid."""
        fields = self._gateway.believed(body)
        results = (fields.get("status"), fields.get("result_code"), fields.get("pay_result"))
        state = Answer.paid if results == ("0", "0", "0") else Answer.pending
        started_at = instant_of(fields.get("attach", ""), "attach")
        return self._proof(fields, started_at, state, f"pay_result {fields.get('pay_result', '')}")

    def way_back(self, paid_on: date, whole: bool) -> Literal["refund", "undo"] | None:
        """Refund, within the configured window."""
        config = self._gateway.config
        today = said.today(self._gateway.now(), config.day_turns_at)
        return "refund" if today - paid_on <= timedelta(days=config.refund_days) else None

    async def refund(self, order: RefundOrder, notify: str) -> RefundProof:
        """Sends a refund; see `QraRefunds`. QRA does not notify of refunds."""
        return await self._refunds.send(order)

    async def query_refund(self, order: RefundOrder) -> RefundProof:
        """Asks for a refund by its own number; see `QraRefunds`."""
        return await self._refunds.query(order)

    async def _ask(self, service: str, order: Order, message: Mapping[str, str]) -> dict[str, str]:
        whole = {"out_trade_no": order.order_id, **message}
        answer = await self._gateway.ask(service, self.merchant_of(order.parts), whole)
        if answer.get("out_trade_no", order.order_id) != order.order_id:
            raise Unauthentic(f"the answer is about order {answer['out_trade_no']!r}, asked was {order.order_id}")
        return answer

    def _proof(self, fields: Mapping[str, str], started_at: datetime, state: Answer, detail: str) -> Proof:
        if state is not Answer.paid:
            told = as_model(said.Told, fields)
            closed = detail in said.CLOSED
            return Proof(
                self.name, told.mch_id, told.out_trade_no, started_at, state, None, detail=detail, closed=closed
            )
        paid = as_model(said.Paid, fields)
        return Proof(
            self.name,
            paid.mch_id,
            paid.out_trade_no,
            started_at,
            state,
            int(paid.total_fee),
            paid.transaction_id,
            paid.out_transaction_id or None,
            said.day_of(paid.time_end, "time_end", self._gateway.config.day_turns_at),
            detail,
        )
