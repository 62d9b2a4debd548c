"""The tax office's valuation service as the engine's port wants it (docs/protocols.md, section 3)."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal

import httpx

from adapters.wire.answers import Answer, Text, Yuan, understood
from adapters.wire.gateway import SignedGateway
from foundation import clock
from foundation.errors import Unavailable
from foundation.money import plain_yuan
from settlement.ports.refusal import Refused
from settlement.regions import TaxOfficeConfig


class ValuationAnswer(Answer):
    """What a home is worth, as it is on the wire."""

    unit_code: Text
    assessed: Yuan


class ValuationClient:
    """Implements `settlement.ports.valuation.Valuation`."""

    def __init__(
        self, config: TaxOfficeConfig, client: httpx.AsyncClient, now: Callable[[], datetime] = clock.now
    ) -> None:
        self._config = config
        self._gateway = SignedGateway(config, client, "the valuation service", now)

    async def assessed_price(self, unit_code: str, area_m2: Decimal, use: str, on: date) -> int | None:
        """The assessed price in fen, or None where the service does not value this.

        Unavailable where the answer is for another unit, or no price above zero.
        """
        message = {
            "office_code": self._config.office_code,
            "unit_code": unit_code,
            "area_m2": format(area_m2, "f"),
            "use": use,
            "on": on.isoformat(),
        }
        try:
            body = await self._gateway.post("/tax/v1/valuations", message)
        except Refused as refused:
            if refused.reason == "not_valued":
                return None
            raise
        answer = understood(ValuationAnswer, body, self._gateway.whom)
        if answer.unit_code != unit_code or answer.assessed <= 0:
            shown = f"{answer.unit_code} at {plain_yuan(answer.assessed)}"
            raise Unavailable(f"the valuation service answered {shown}; asked was {unit_code}")
        return answer.assessed
