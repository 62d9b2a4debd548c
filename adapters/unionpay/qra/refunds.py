"""Money back through QRA: from the merchant that received it, under a number of its own, asked for by that number."""

from datetime import date

from adapters.unionpay.qra.gateway import WHOM, QraGateway
from adapters.unionpay.qra.said import GivenBack, day_of, refund_answer_of, today
from adapters.unionpay.reading import as_model
from foundation.errors import BadInput, Unavailable
from settlement.ports.channel import RefundAnswer, RefundOrder, RefundProof, Unauthentic
from settlement.ports.refusal import Refused

_NO_REFUND = {"REFUNDNOTEXIST", "ORDERNOTEXIST"}


class QraRefunds:
    """Sends refunds of the contract's merchants and asks about them."""

    def __init__(self, channel: str, gateway: QraGateway) -> None:
        self._channel = channel
        self._gateway = gateway

    async def send(self, order: RefundOrder) -> RefundProof:
        """Sends a refund. `failed` only where QRA says no for good."""
        merchant = self._merchant(order)
        message = {
            "out_trade_no": order.of.order_id,
            "transaction_id": order.of.query_id,
            "out_refund_no": order.order_id,
            "total_fee": str(order.of.amount_fen),
            "refund_fee": str(order.amount_fen),
            "op_user_id": merchant,
        }
        try:
            answer = await self._gateway.ask("unified.trade.refund", merchant, message)
        except Refused as refusal:
            return self._proof(order, merchant, RefundAnswer.failed, refusal.detail)
        return self._proof(order, merchant, RefundAnswer.pending, answer.get("refund_id", ""))

    async def query(self, order: RefundOrder) -> RefundProof:
        """Asks for a refund by its own number."""
        merchant = self._merchant(order)
        question = {"out_trade_no": order.of.order_id, "out_refund_no": order.order_id}
        try:
            answer = await self._gateway.ask("unified.trade.refundquery", merchant, question)
        except Refused as refusal:
            if refusal.reason not in _NO_REFUND:
                raise Unavailable(f"{WHOM} did not take the question: {refusal.detail}", whom=WHOM) from None
            return self._proof(order, merchant, RefundAnswer.unknown, refusal.reason)
        try:
            told = as_model(GivenBack, answer)
            state, day = refund_answer_of(told.refund_status_0), None
            if state is RefundAnswer.done:
                turns = self._gateway.config.day_turns_at
                day = day_of(told.refund_time_0, "refund_time_0", turns) if told.refund_time_0 else self._today()
        except BadInput as error:
            raise Unavailable(f"{WHOM} answered what cannot be understood: {error.detail}", whom=WHOM) from None
        if told.out_refund_no_0 != order.order_id:
            raise Unauthentic(f"the answer is about refund {told.out_refund_no_0}, asked was {order.order_id}")
        if state is not RefundAnswer.done:
            return self._proof(order, merchant, state, told.refund_status_0)
        fen = int(told.refund_fee_0)
        return self._proof(order, merchant, state, told.refund_status_0, fen, told.refund_id_0, day)

    def _merchant(self, order: RefundOrder) -> str:
        return order.parts[0].receiver if order.parts else self._gateway.config.merchant

    def _today(self) -> date:
        return today(self._gateway.now(), self._gateway.config.day_turns_at)

    def _proof(
        self,
        order: RefundOrder,
        merchant: str,
        state: RefundAnswer,
        detail: str,
        fen: int | None = None,
        query_id: str | None = None,
        day: date | None = None,
    ) -> RefundProof:
        return RefundProof(
            self._channel, merchant, order.order_id, order.started_at, state, fen, query_id, None, day, detail
        )
