"""The non-tax platform as the engine's port wants it."""

from collections.abc import Callable
from datetime import datetime

import httpx

from adapters.non_tax.items import collected
from adapters.non_tax.messages import PayCodeAnswer, ReceiptAnswer, StatusAnswer
from adapters.wire.answers import understood
from adapters.wire.gateway import SignedGateway
from foundation import clock
from foundation.errors import BadInput, Unavailable
from foundation.money import plain_yuan
from settlement.ports.non_tax import FeePayment, FeeState, FeeStatus, FiscalReceipt, PayCodeRequest
from settlement.ports.refusal import Refused, maybe_taken
from settlement.regions import NonTaxConfig

_REPEATED = "repeated"


class NonTaxClient:
    """Implements `settlement.ports.non_tax.NonTaxPlatform`. Refused carries the platform's own code."""

    def __init__(
        self, config: NonTaxConfig, client: httpx.AsyncClient, now: Callable[[], datetime] = clock.now
    ) -> None:
        self._config = config
        self._gateway = SignedGateway(config, client, "the non-tax platform", now)

    async def issue_pay_code(self, request: PayCodeRequest) -> str:
        """The pay code of what one payer owes; BadInput where nothing is owed."""
        items = collected(self._config, request.items)
        if not items:
            raise BadInput("items", request.reference, "at least one item above zero; what owes nothing needs no code")
        total = sum(item.amount_fen for item in items)
        message = {
            "reference": request.reference,
            "unit": self._config.unit,
            "payer_name": request.payer_name,
            "payer_identity": request.payer_identity,
            "items": [{"code": one.code, "name": one.name, "amount": plain_yuan(one.amount_fen)} for one in items],
            "total": plain_yuan(total),
        }
        body = await self._gateway.post("/nontax/v1/paycodes", message)
        answer = understood(PayCodeAnswer, body, self._gateway.whom)
        if answer.total != total:
            raise Unavailable(
                f"pay code {answer.pay_code} asks for {plain_yuan(answer.total)}, requested was {plain_yuan(total)}"
            )
        return answer.pay_code

    async def confirm(self, pay_code: str, payment: FeePayment, again_after: str | None = None) -> FeeStatus:
        """Says which order carries a pay code's money; what the platform heard before is asked for."""
        message = {
            "pay_code": pay_code,
            "amount": plain_yuan(payment.amount_fen),
            "order_id": payment.order_id,
            "query_id": payment.query_id,
            "paid_at": clock.local(payment.paid_at).isoformat(timespec="seconds"),
        }
        if again_after is not None:
            message["again_after"] = again_after
        try:
            return self._status(await self._gateway.post("/nontax/v1/confirmations", message), pay_code)
        except Refused as no:
            if no.reason != _REPEATED:
                raise
        return await maybe_taken(self.status(pay_code))

    async def void(self, pay_code: str, amount_fen: int) -> None:
        """Makes a pay code void. Refused 'paid' once money came for it."""
        message = {"pay_code": pay_code, "amount": plain_yuan(amount_fen)}
        self._status(await self._gateway.post("/nontax/v1/voids", message), pay_code)

    async def status(self, pay_code: str) -> FeeStatus:
        """How far a pay code is."""
        reply = await self._gateway.get(f"/nontax/v1/paycodes/{pay_code}", 1 << 16)
        return self._status(reply.body, pay_code)

    async def receipt(self, pay_code: str) -> FiscalReceipt:
        """Issues the e-receipt of a pay code, or answers it again."""
        body = await self._gateway.post("/nontax/v1/receipts", {"pay_code": pay_code})
        answer = understood(ReceiptAnswer, body, self._gateway.whom)
        return FiscalReceipt(answer.code, answer.number, answer.check_code, answer.issued_on, answer.amount)

    def _status(self, body: bytes, pay_code: str) -> FeeStatus:
        answer = understood(StatusAnswer, body, self._gateway.whom)
        if answer.pay_code != pay_code:
            raise Unavailable(f"the non-tax platform answered for {answer.pay_code}, asked was {pay_code}")
        return FeeStatus(
            FeeState(answer.state),
            answer.confirmation_no,
            answer.confirmed_on,
            answer.passed_on_no,
            answer.passed_on_date,
            answer.sent_back_no,
        )
