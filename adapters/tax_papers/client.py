"""The tax office's papers as the engine's port wants them."""

from collections.abc import Callable
from datetime import datetime
from typing import Literal

import httpx

from adapters.wire.answers import Answer, Day, Text, Yuan, understood
from adapters.wire.files import pdf
from adapters.wire.gateway import SignedGateway
from foundation import clock
from foundation.errors import Unavailable
from settlement.ports.refusal import Refused
from settlement.ports.tax_papers import CertificateFacts, PaperFile, RegistrationResult
from settlement.regions import Gateway


class LookUpAnswer(Answer):
    """What the tax office knows of a certificate, as it is on the wire."""

    number: Text
    kind: Text
    issued_on: Day
    amount: Yuan
    item: Text
    taxpayer_id: Text
    unit_code: Text
    state: Literal["valid", "void"]


class _Acknowledgement(Answer):
    acknowledgement: Text


class TaxPapersClient:
    """Implements `settlement.ports.tax_papers.TaxPapers`. Refused carries the office's own code."""

    def __init__(self, config: Gateway, client: httpx.AsyncClient, now: Callable[[], datetime] = clock.now) -> None:
        self._gateway = SignedGateway(config, client, "the tax office", now)

    async def certificate_file(self, number: str, kind: str) -> PaperFile:
        """Downloads a certificate."""
        body = await self._gateway.post("/tax/v1/certificates/file", {"number": number, "kind": kind})
        return pdf(body, self._gateway.whom)

    async def look_up(self, number: str, kind: str) -> CertificateFacts | None:
        """Asks for a certificate. Unavailable where the answer is about another one."""
        try:
            body = await self._gateway.post("/tax/v1/certificates/lookup", {"number": number, "kind": kind})
        except Refused as refused:
            if refused.reason == "unknown_certificate":
                return None
            raise
        answer = understood(LookUpAnswer, body, self._gateway.whom)
        if (answer.number, answer.kind) != (number, kind):
            raise Unavailable(f"the tax office answered for {answer.kind} {answer.number}, asked was {kind} {number}")
        return CertificateFacts(
            answer.number,
            answer.kind,
            answer.issued_on,
            answer.amount,
            answer.item,
            answer.taxpayer_id,
            answer.unit_code,
            answer.state == "valid",
        )

    async def tell_registered(self, result: RegistrationResult) -> str:
        """Sends the registry's result back."""
        message = {
            "case_number": result.case_number,
            "unit_code": result.unit_code,
            "title_number": result.title_number,
            "registered_at": clock.local(result.registered_at).isoformat(timespec="seconds"),
            "certificates": list(result.certificates),
        }
        body = await self._gateway.post("/tax/v1/registrations", message)
        return understood(_Acknowledgement, body, self._gateway.whom).acknowledgement
