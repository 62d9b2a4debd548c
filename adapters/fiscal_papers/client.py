"""The fiscal e-receipt platform as the engine's port wants it."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Literal

import httpx
from pydantic import StringConstraints

from adapters.wire.answers import Answer, Day, Yuan, understood
from adapters.wire.files import pdf
from adapters.wire.gateway import SignedGateway
from foundation import clock
from foundation.errors import Unavailable
from foundation.money import plain_yuan
from settlement.ports.fiscal_papers import ReceiptCheck, ReceiptStanding, RedLetter
from settlement.ports.non_tax import FiscalReceipt
from settlement.ports.tax_papers import PaperFile
from settlement.regions import Gateway


class VerifyAnswer(Answer):
    """What the platform says of a receipt, as it is on the wire."""

    state: Literal["valid", "red_lettered", "unknown"]
    red_lettered: Yuan


class RedAnswer(Answer):
    """红字财政电子票据."""

    code: Annotated[str, StringConstraints(pattern=r"^[0-9]{8}$")]
    number: Annotated[str, StringConstraints(pattern=r"^[0-9]{10}$")]
    check_code: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z]{6}$")]
    issued_on: Day
    amount: Yuan


class FiscalPapersClient:
    """Implements `settlement.ports.fiscal_papers.FiscalPapers`. Refused carries the platform's own code."""

    def __init__(self, config: Gateway, client: httpx.AsyncClient, now: Callable[[], datetime] = clock.now) -> None:
        self._gateway = SignedGateway(config, client, "the fiscal receipt platform", now)

    async def receipt_file(self, code: str, number: str) -> PaperFile:
        """Downloads a receipt."""
        body = await self._gateway.post("/nontax/v1/receipts/file", {"code": code, "number": number})
        return pdf(body, self._gateway.whom)

    async def verify(self, receipt: FiscalReceipt) -> ReceiptCheck:
        """Verifies a receipt by its five figures."""
        message = {
            **_figures(receipt),
            "issued_on": receipt.issued_on.isoformat(),
            "amount": plain_yuan(receipt.amount_fen),
        }
        body = await self._gateway.post("/nontax/v1/receipts/verify", message)
        answer = understood(VerifyAnswer, body, self._gateway.whom)
        return ReceiptCheck(ReceiptStanding(answer.state), answer.red_lettered)

    async def red_letter(self, wish: RedLetter) -> FiscalReceipt:
        """Issues a red-letter receipt. Unavailable where it is over another amount than was asked for."""
        message = {
            **_figures(wish.receipt),
            "reference": wish.reference,
            "amount": plain_yuan(wish.amount_fen),
            "reason": wish.reason,
        }
        body = await self._gateway.post("/nontax/v1/red-receipts", message)
        answer = understood(RedAnswer, body, self._gateway.whom)
        if answer.amount != wish.amount_fen:
            raise Unavailable(
                f"red-letter receipt {answer.number} is over {plain_yuan(answer.amount)}, "
                f"asked was {plain_yuan(wish.amount_fen)}"
            )
        return FiscalReceipt(answer.code, answer.number, answer.check_code, answer.issued_on, answer.amount)


def _figures(receipt: FiscalReceipt) -> dict[str, str]:
    return {"code": receipt.code, "number": receipt.number, "check_code": receipt.check_code}
