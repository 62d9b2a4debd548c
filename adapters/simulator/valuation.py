"""The tax office's valuation service: one price for each home, the same however often it is asked."""

import hashlib
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated

from pydantic import Field, StringConstraints
from starlette.routing import Route

from adapters.simulator.amounts import Fen
from adapters.simulator.gateway_signature import Call, Gate
from adapters.simulator.refusal import Message, Refusal, read

_LOWEST_YUAN, _SPREAD_YUAN = 8_000, 8_000


class Asked(Message):
    office_code: str
    unit_code: Annotated[str, StringConstraints(pattern=r"^[0-9A-Z]{28}$")]
    area_m2: Annotated[str, StringConstraints(pattern=r"^[0-9]{1,9}(\.[0-9]{1,4})?$")]
    use: Annotated[str, StringConstraints(min_length=1, max_length=20)]
    on: Annotated[date, Field(strict=False)]


class Valued(Message):
    unit_code: str
    assessed: Fen


def value(call: Call) -> Valued:
    """Values a home; anything else is refused as `not_valued`."""
    sent = read(Asked, call.body)
    if sent.office_code != call.region.office_code:
        raise Refusal(422, "unknown_office", f"office_code: {sent.office_code} is not {call.region.office_code}")
    if sent.use != "residential":
        raise Refusal(404, "not_valued", f"use: only homes are valued here, not {sent.use}")
    price = (Decimal(sent.area_m2) * yuan_per_m2(sent.unit_code) * 100).quantize(Decimal(1), ROUND_HALF_UP)
    return Valued(unit_code=sent.unit_code, assessed=int(price))


def yuan_per_m2(unit_code: str) -> int:
    """Yuan for a square metre: follows from the parcel (the first 19 characters), 8,000 to 15,999."""
    return _LOWEST_YUAN + int.from_bytes(hashlib.sha256(unit_code[:19].encode()).digest()[:4]) % _SPREAD_YUAN


def valuation_routes(gate: Gate) -> list[Route]:
    """Where the service is asked."""
    return [Route("/tax/v1/valuations", gate.around(value), methods=["POST"])]
