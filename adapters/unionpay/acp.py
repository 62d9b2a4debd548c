"""UnionPay ACP 5.1.0 as the engine's payment channel, for one merchant."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Literal

import httpx

from adapters.unionpay import acp_start, codes, messages
from adapters.unionpay.acp_refunds import REFUND_TYPES, AcpRefunds
from adapters.unionpay.acp_said import Moved, Told
from adapters.unionpay.acp_start import BUSINESS, identity
from adapters.unionpay.clearing_day import clearing_day
from adapters.unionpay.encryption import Pinned, renew
from adapters.unionpay.gateway import AcpGateway
from adapters.unionpay.reading import as_model
from adapters.wire.beijing import instant_of
from foundation import clock
from foundation.errors import BadInput, Unavailable
from settlement.channels import AcpChannel as AcpConfig
from settlement.ports.channel import (
    Answer,
    Order,
    Part,
    PaymentStart,
    Proof,
    RefundOrder,
    RefundProof,
    Unauthentic,
)


class AcpChannel:
    """Implements `settlement.ports.channel.PaymentChannel`."""

    name = "acp"
    acknowledgement = "ok"  # the status counts; the body is not read

    def __init__(self, config: AcpConfig, client: httpx.AsyncClient, now: Callable[[], datetime] = clock.now) -> None:
        self.confirms_by_query = config.confirm_by_query
        self._gateway = AcpGateway(config, client, now)
        self._refunds = AcpRefunds(self.name, self._gateway)
        self._question = {"txnType": "00", "txnSubType": "00", "bizType": BUSINESS[config.product]}

    def merchant_of(self, parts: Sequence[Part]) -> str:
        """The one merchant of the contract, whoever receives."""
        return self._gateway.config.merchant

    def check(self, order: Order) -> None:
        """Refuses (BadInput) what ACP would not take, saying what to do instead."""
        self._gateway.config.limits.check(order)

    async def start(self, order: Order, return_to: str, notify: str) -> PaymentStart:
        """The form to the front gateway, or the code of an order; see `acp_start`."""
        self.check(order)
        if self._gateway.config.product == "qr":
            return await acp_start.code(self._gateway, order, notify)
        return acp_start.form(self._gateway, order, return_to, notify)

    @property
    def scans_payers_codes(self) -> bool:
        """Codes of both directions are one product at UnionPay."""
        return self._gateway.config.product == "qr"

    async def scan(self, order: Order, payer_code: str, notify: str) -> None:
        """Sends the payer's code; see `acp_start`."""
        self.check(order)
        await acp_start.payers_code(self._gateway, order, payer_code, notify)

    async def reverse(self, order: Order) -> None:
        """Sends a reversal (99); see `acp_start`."""
        await acp_start.reversal(self._gateway, order)

    async def close(self, order: Order) -> None:
        """ACP has no such message: an order ends with its payTimeout."""

    async def query(self, order: Order) -> Proof:
        """Asks for an order.

        `respCode` is about the question, `origRespCode` about the order and read only when the question was answered.
        A question asked too often (37) or too early (34) leaves the order pending, with the code in `detail`.
        """
        address = self._gateway.config.gateway.rstrip("/") + "/gateway/api/queryTrans.do"
        answer = await self._gateway.ask(address, {**self._question, **identity(order)})
        if {key: answer.get(key) for key in ("orderId", "txnTime")} != identity(order):
            raise Unauthentic(f"the answer is about order {answer.get('orderId')!r}, asked was {order.order_id}")
        code, message = answer.get("respCode", ""), answer.get("respMsg", "")
        time_is_up = self._gateway.now() > order.pay_until
        if code == codes.DONE:
            code, message = answer.get("origRespCode", ""), answer.get("origRespMsg", "")
            state = codes.answer_of(code, time_is_up) if code else Answer.pending
        elif code == codes.NOT_FOUND:
            state = codes.answer_of(code, time_is_up)
        elif code in codes.ASK_AGAIN:
            state = Answer.pending
        else:
            raise Unavailable(f"UnionPay did not take the question: {code} {message}", resp_code=code)
        try:
            proof = self._proof(answer, state, f"{code} {message}".strip())
            return replace(proof, too_often=code == codes.TOO_OFTEN, not_found=code == codes.NOT_FOUND)
        except BadInput as error:
            raise Unavailable(f"UnionPay answered what cannot be understood: {error.detail}") from None

    def read_notification(self, body: bytes) -> Proof | RefundProof:
        """Verifies a notification. Only success is notified, of a payment, refund or undo."""
        fields = messages.read_notification(body)
        self._gateway.believed(fields)
        if fields.get("txnType") in REFUND_TYPES:
            return self._refunds.notified(fields)
        if fields.get("txnType") != "01":
            raise BadInput("txnType", fields.get("txnType"), "01, 04 or 31: a payment, refund or undo")
        if "origRespCode" in fields:  # an answer to a query is signed alike, but its respCode is not about the order
            raise BadInput("origRespCode", fields["origRespCode"], "no such field in a notification")
        code = fields.get("respCode", "")
        state = Answer.paid if code and codes.answer_of(code, time_is_up=False) is Answer.paid else Answer.pending
        return self._proof(fields, state, f"{code} {fields.get('respMsg', '')}".strip())

    def way_back(self, paid_on: date, whole: bool) -> Literal["refund", "undo"] | None:
        """Undo on the same clearing day where that is configured; else refund, within the configured window."""
        return self._refunds.way_back(paid_on, whole)

    async def refund(self, order: RefundOrder, notify: str) -> RefundProof:
        """Sends a refund or undo; see `AcpRefunds`."""
        return await self._refunds.send(order, notify)

    async def query_refund(self, order: RefundOrder) -> RefundProof:
        """Asks for a refund or undo by its own number; see `AcpRefunds`."""
        return await self._refunds.query(order)

    async def renew_encryption_certificate(self) -> Pinned | None:
        """Asks for UnionPay's encryption certificate and pins it; see `encryption.renew`."""
        return await renew(self._gateway)

    def _proof(self, fields: Mapping[str, str], state: Answer, detail: str) -> Proof:
        if state is Answer.paid:
            paid = as_model(Moved, fields)
            started_at = instant_of(paid.txnTime, "txnTime")
            return Proof(
                self.name,
                self._gateway.config.merchant,
                paid.orderId,
                started_at,
                state,
                int(paid.txnAmt),
                paid.queryId,
                paid.traceNo,
                clearing_day(paid.settleDate, started_at.date()),
                detail,
            )
        told = as_model(Told, fields)
        started_at = instant_of(told.txnTime, "txnTime")
        return Proof(self.name, self._gateway.config.merchant, told.orderId, started_at, state, None, detail=detail)
