"""Money back through ChinaUMS: one bills.refund a receiver, each under a number of its own.

`errCode` SUCCESS says that the message was taken; only `refundStatus` says whether money went back.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from adapters.unionpay.ums.gateway import WHOM, UmsGateway
from adapters.unionpay.ums.messages import RefundPayment, identity, refund_payment
from foundation.errors import BadInput, Unavailable
from settlement.ports.channel import Payment, RefundAnswer, RefundOrder, RefundProof, Unauthentic
from settlement.ports.refusal import Refused

_NO_ORDER = "NO_ORDER"
_UNDER_WAY = {"DUP_ORDER"}  # of a refund sent again: its number was there before
_ANSWERS = {"SUCCESS": RefundAnswer.done, "FAIL": RefundAnswer.failed}


class UmsRefunds:
    """Sends refunds of one merchant and asks about them."""

    def __init__(self, channel: str, gateway: UmsGateway) -> None:
        self._channel = channel
        self._gateway = gateway

    async def send(self, order: RefundOrder) -> RefundProof:
        """Sends a refund. `failed` only where ChinaUMS says that nothing moved."""
        own = 0 if order.parts else order.amount_fen
        message = {
            **self._identity(order.of),
            "refundOrderId": self._number(order),
            "refundAmount": order.amount_fen,
            "platformAmount": own,
            "refundDesc": "退款",
        }
        if order.parts:
            message["subOrders"] = [{"mid": part.receiver, "totalAmount": part.amount_fen} for part in order.parts]
        try:
            content = await self._gateway.ask("refund", message)
        except Refused as refusal:
            state = RefundAnswer.pending if refusal.reason in _UNDER_WAY else RefundAnswer.failed
            return self._proof(order, state, refusal.detail)
        status = str(content.get("refundStatus", ""))
        failed = _ANSWERS.get(status) is RefundAnswer.failed
        return self._proof(order, RefundAnswer.failed if failed else RefundAnswer.pending, status)

    async def query(self, order: RefundOrder) -> RefundProof:
        """Asks for a refund by its own number, with the bill that it is of."""
        question = {**self._identity(order.of), "refundOrderId": self._number(order)}
        try:
            content = await self._gateway.ask("query", question)
        except Refused as refusal:
            if refusal.reason != _NO_ORDER:
                raise Unavailable(f"{WHOM} did not take the question: {refusal.detail}", whom=WHOM) from None
            return self._proof(order, RefundAnswer.unknown, _NO_ORDER)
        try:
            told = refund_payment(content)
        except BadInput as error:
            raise Unavailable(f"{WHOM} answered what cannot be understood: {error.detail}", whom=WHOM) from None
        if told is None:
            return self._proof(order, RefundAnswer.unknown, "no refundBillPayment")
        if told.refundOrderId != self._number(order):
            raise Unauthentic(f"the answer is about refund {told.refundOrderId}, asked was {self._number(order)}")
        return self._told(order, told)

    def _told(self, order: RefundOrder, told: RefundPayment) -> RefundProof:
        state = _ANSWERS.get(told.refundStatus, RefundAnswer.pending)
        if state is not RefundAnswer.done:
            return self._proof(order, state, told.refundStatus)
        return self._proof(
            order, state, told.refundStatus, told.refundAmount, told.refundTargetOrderId, told.settleDate
        )

    def _proof(
        self,
        order: RefundOrder,
        state: RefundAnswer,
        detail: str,
        fen: int | None = None,
        query_id: str | None = None,
        day: date | None = None,
    ) -> RefundProof:
        merchant = self._gateway.config.merchant
        return RefundProof(
            self._channel, merchant, order.order_id, order.started_at, state, fen, query_id, None, day, detail
        )

    def _number(self, order: RefundOrder) -> str:
        """With the source's four characters before it, and nothing else: by that the bill's rows are known again."""
        return self._gateway.config.source_id + order.order_id

    def _identity(self, payment: Payment) -> Mapping[str, Any]:
        return identity(self._gateway.config.source_id, payment.order_id, payment.started_at)
