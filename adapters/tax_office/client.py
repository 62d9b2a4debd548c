"""The tax office as the engine's port wants it."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import httpx

from adapters.tax_office.messages import CertificateAnswer, DeclarationAnswer, StatusAnswer
from adapters.wire.answers import understood
from adapters.wire.gateway import SignedGateway
from foundation import clock
from foundation.errors import BadInput, Unavailable
from foundation.money import plain_yuan
from settlement.ports.refusal import Refused, maybe_taken
from settlement.ports.tax_office import Declaration, DeclaredLine, Portion, TaxCertificate, TaxState, TaxStatus, Voucher
from settlement.regions import TaxOfficeConfig

_REPEATED = "repeated"
"""The office has heard of this payment: what became of it is asked for, nothing is paid again."""


class TaxOfficeClient:
    """Implements `settlement.ports.tax_office.TaxOffice`. Refused carries the office's own code."""

    def __init__(
        self, config: TaxOfficeConfig, client: httpx.AsyncClient, now: Callable[[], datetime] = clock.now
    ) -> None:
        self._config = config
        self._gateway = SignedGateway(config, client, "the tax office", now)

    async def declare(self, declaration: Declaration) -> tuple[Voucher, ...]:
        """Declares a deal. Unavailable also where the vouchers are not for what was declared."""
        body = await self._gateway.post("/tax/v1/declarations", self._message(declaration))
        answer = understood(DeclarationAnswer, body, self._gateway.whom)
        declared = {(line.side, line.item) for line in declaration.lines}
        strange = [(one.side, one.item) for one in answer.vouchers if (one.side, one.item) not in declared]
        if answer.reference != declaration.bill_number or strange:
            raise Unavailable(
                f"the tax office answered for {answer.reference}, with {strange or 'its own items'}; "
                f"declared was {declaration.bill_number}"
            )
        return tuple(
            Voucher(one.taxpayer_id, one.office_code, one.levy_number, one.side, one.item, one.amount)
            for one in answer.vouchers
        )

    async def pay(self, voucher: Voucher, portions: Sequence[Portion], again_after: str | None = None) -> TaxStatus:
        """Says which orders carry how much of a voucher; the status after the last, or after what was sent back."""
        if sum(one.amount_fen for one in portions) != voucher.amount_fen:
            raise BadInput("portions", [one.amount_fen for one in portions], f"parts of {voucher.amount_fen} fen")
        status = TaxStatus(TaxState.unpaid)
        for one in portions:
            message = {
                **_elements(voucher),
                "amount": plain_yuan(one.amount_fen),
                "order_id": one.order_id,
                "query_id": one.query_id,
            }
            if again_after is not None:
                message["again_after"] = again_after
            telling = self._tell(voucher, message)
            status = await (telling if one is portions[0] else maybe_taken(telling))
            if status.state is TaxState.sent_back:  # what is left goes with it, when people have decided
                break
        return status

    async def _tell(self, voucher: Voucher, message: dict[str, str]) -> TaxStatus:
        try:
            return await self._status("/tax/v1/payments", message)
        except Refused as no:
            if no.reason != _REPEATED:
                raise
        return await maybe_taken(self.status(voucher))

    async def status(self, voucher: Voucher) -> TaxStatus:
        """How far a voucher is."""
        return await self._status("/tax/v1/status", _elements(voucher))

    async def certificate(self, voucher: Voucher) -> TaxCertificate:
        """Pulls a voucher's certificate. Unavailable where it certifies another amount than the voucher's."""
        body = await self._gateway.post("/tax/v1/certificates", _elements(voucher))
        answer = understood(CertificateAnswer, body, self._gateway.whom)
        if answer.amount != voucher.amount_fen:
            raise Unavailable(
                f"certificate {answer.number} is for {plain_yuan(answer.amount)}, "
                f"voucher {voucher.levy_number} for {plain_yuan(voucher.amount_fen)}"
            )
        return TaxCertificate(answer.number, answer.kind, answer.issued_on, answer.amount)

    async def _status(self, path: str, message: dict[str, str]) -> TaxStatus:
        answer = understood(StatusAnswer, await self._gateway.post(path, message), self._gateway.whom)
        return TaxStatus(
            TaxState(answer.state),
            answer.tax_voucher_no,
            answer.budget_subject,
            answer.budget_level,
            answer.treasury,
            answer.treasury_date,
            answer.sent_back_no,
            answer.taken_on,
            answer.taken_under,
        )

    def _message(self, declaration: Declaration) -> dict[str, Any]:
        return {
            "reference": declaration.bill_number,
            "office_code": self._config.office_code,
            "case_number": declaration.case_number,
            "unit_code": declaration.unit_code,
            "contract_date": declaration.contract_date.isoformat(),
            "declaration_date": declaration.declaration_date.isoformat(),
            "area_m2": None if declaration.area_m2 is None else format(declaration.area_m2, "f"),
            "price": plain_yuan(declaration.price_fen),
            "taxpayers": [
                {"side": one.side, "name": one.name, "identity": one.identity} for one in declaration.taxpayers
            ],
            "lines": [_line(line) for line in declaration.lines],
        }


def _elements(voucher: Voucher) -> dict[str, str]:
    return {
        "taxpayer_id": voucher.taxpayer_id,
        "office_code": voucher.office_code,
        "levy_number": voucher.levy_number,
    }


def _line(line: DeclaredLine) -> dict[str, str | None]:
    return {
        "item": line.item,
        "side": line.side,
        "amount": plain_yuan(line.amount_fen),
        "base": None if line.base_fen is None else plain_yuan(line.base_fen),
        "rate": line.rate,
    }
