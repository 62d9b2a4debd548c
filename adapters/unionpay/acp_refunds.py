"""Money back through ACP: refund (04) and undo (31), each under a number of its own, and asked for by that number.

The synchronous 00 says 'accepted' and no more; a refund does not show in a query for its payment.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Literal

from adapters.unionpay import codes
from adapters.unionpay.acp_said import Moved, Told, acc_split_data
from adapters.unionpay.acp_start import BUSINESS
from adapters.unionpay.clearing_day import clearing_day
from adapters.unionpay.gateway import AcpGateway
from adapters.unionpay.reading import as_model
from adapters.wire.beijing import instant_of, stamp
from foundation import clock
from foundation.errors import BadInput, Unavailable
from settlement.ports.channel import RefundAnswer, RefundOrder, RefundProof, Unauthentic

_TXN_TYPE = {"refund": "04", "undo": "31"}
REFUND_TYPES = frozenset(_TXN_TYPE.values())
_DAY_TURNS_BEFORE_MIDNIGHT = timedelta(hours=1)


class AcpRefunds:
    """Sends refunds and undos of one merchant, and hears of them."""

    def __init__(self, channel: str, gateway: AcpGateway) -> None:
        self._channel = channel
        self._gateway = gateway
        self._business = BUSINESS[gateway.config.product]

    def way_back(self, paid_on: date, whole: bool) -> Literal["refund", "undo"] | None:
        """Undo reaches the payer sooner, but takes a whole payment and its own clearing day (23:00 to 23:00)."""
        config = self._gateway.config
        now = clock.local(self._gateway.now()) + _DAY_TURNS_BEFORE_MIDNIGHT
        today = date(now.year, now.month, now.day)
        if whole and config.undo_same_day and paid_on == today:
            return "undo"
        return "refund" if today - paid_on <= timedelta(days=config.refund_days) else None

    async def send(self, order: RefundOrder, notify: str) -> RefundProof:
        """Sends a refund or undo. `failed` only where the code says that nothing moved."""
        if "?" in notify:
            raise BadInput("notify", notify, "an address without a query string")
        fields = {
            "txnType": _TXN_TYPE[order.kind],
            "txnSubType": "00",
            "bizType": self._business,
            "channelType": "08",
            **_identity(order),
            "origQryId": order.of.query_id,
            "txnAmt": str(order.amount_fen),
            "currencyCode": "156",
            "backUrl": notify,
        }
        if order.parts:
            fields["accSplitData"] = acc_split_data(order.parts)
        answer = await self._asked("backTransReq.do", fields, order)
        code = answer.get("respCode", "")
        return self._proof(answer, codes.refund_taken(code), code, answer.get("respMsg", ""))

    async def query(self, order: RefundOrder) -> RefundProof:
        """Asks for a refund by its own number; the question's own trouble (37 and the like) leaves it pending."""
        question = {"txnType": "00", "txnSubType": "00", "bizType": self._business, **_identity(order)}
        answer = await self._asked("queryTrans.do", question, order)
        code, message = answer.get("respCode", ""), answer.get("respMsg", "")
        if code == codes.DONE:
            code, message = answer.get("origRespCode", ""), answer.get("origRespMsg", "")
            state = codes.refund_answer_of(code) if code else RefundAnswer.pending
        elif code == codes.NOT_FOUND:
            state = RefundAnswer.unknown
        elif code in codes.ASK_AGAIN:
            state = RefundAnswer.pending
        else:
            raise Unavailable(f"UnionPay did not take the question: {code} {message}", resp_code=code)
        try:
            return self._proof(answer, state, code, message)
        except BadInput as error:
            raise Unavailable(f"UnionPay answered what cannot be understood: {error.detail}") from None

    def notified(self, fields: Mapping[str, str]) -> RefundProof:
        """What a notification of a refund or undo says, whose signature was checked before."""
        if "origRespCode" in fields:  # an answer to a query is signed alike, but its respCode is not about the refund
            raise BadInput("origRespCode", fields["origRespCode"], "no such field in a notification")
        code = fields.get("respCode", "")
        done = codes.refund_answer_of(code) is RefundAnswer.done
        return self._proof(fields, RefundAnswer.done if done else RefundAnswer.pending, code, fields.get("respMsg", ""))

    async def _asked(self, path: str, fields: Mapping[str, str], order: RefundOrder) -> dict[str, str]:
        address = f"{self._gateway.config.gateway.rstrip('/')}/gateway/api/{path}"
        answer = await self._gateway.ask(address, fields)
        if {key: answer.get(key) for key in ("orderId", "txnTime")} != _identity(order):
            raise Unauthentic(f"the answer is about refund {answer.get('orderId')!r}, asked was {order.order_id}")
        return answer

    def _proof(self, fields: Mapping[str, str], state: RefundAnswer, code: str, message: str) -> RefundProof:
        merchant, detail = self._gateway.config.merchant, f"{code} {message}".strip()
        if state is not RefundAnswer.done:
            told = as_model(Told, fields)
            at = instant_of(told.txnTime, "txnTime")
            too_often = code == codes.TOO_OFTEN
            return RefundProof(self._channel, merchant, told.orderId, at, state, detail=detail, too_often=too_often)
        moved = as_model(Moved, fields)
        at = instant_of(moved.txnTime, "txnTime")
        return RefundProof(
            self._channel,
            merchant,
            moved.orderId,
            at,
            state,
            int(moved.txnAmt),
            moved.queryId,
            moved.traceNo,
            clearing_day(moved.settleDate, at.date()),
            detail,
        )


def _identity(order: RefundOrder) -> dict[str, str]:
    return {"orderId": order.order_id, "txnTime": stamp(order.started_at)}
