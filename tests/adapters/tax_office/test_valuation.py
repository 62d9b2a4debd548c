"""The valuation service as the protocol says it, and what is not understood."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from adapters.tax_office.valuation import ValuationClient
from foundation.errors import Unavailable
from settlement.ports.refusal import Refused
from settlement.regions import TaxOfficeConfig
from tests.adapters.wire.institution import NOW, Answer, client, gateway

UNIT = "341502001001GB00012F00030602"


def service(folder: Path, answer: Answer) -> ValuationClient:
    config = TaxOfficeConfig.model_validate({**gateway(folder), "office_code": "13415020000", "treasury": "1205010000"})
    return ValuationClient(config, client(answer), lambda: NOW)


async def asked(folder: Path, content: Any, status: int = 200) -> int | None:
    one = service(folder, lambda *_: (status, content))
    return await one.assessed_price(UNIT, Decimal("120.50"), "residential", date(2026, 3, 1))


async def test_a_home_is_valued_as_the_protocol_says(tmp_path: Path) -> None:
    heard: list[Any] = []

    def answer(*said: Any) -> tuple[int, Any]:
        heard.append(said)
        return 200, {"unit_code": UNIT, "assessed": "1600000.05"}

    price = await service(tmp_path, answer).assessed_price(UNIT, Decimal("120.50"), "residential", date(2026, 3, 1))
    assert price == 160_000_005
    message = {"office_code": "13415020000", "unit_code": UNIT, "area_m2": "120.50"}
    assert heard == [
        ("POST", "/base/tax/v1/valuations", {**message, "use": "residential", "on": "2026-03-01"}),
    ]


async def test_what_is_not_valued_has_no_price(tmp_path: Path) -> None:
    assert await asked(tmp_path, {"code": "not_valued", "message": "only homes"}, 404) is None
    with pytest.raises(Refused, match="unknown_office"):
        await asked(tmp_path, {"code": "unknown_office", "message": "who?"}, 422)


@pytest.mark.parametrize(
    "content",
    [
        {"unit_code": UNIT, "assessed": 1600000},
        {"unit_code": UNIT, "assessed": "0.00"},
        {"unit_code": UNIT, "assessed": "-1.00"},
        {"unit_code": UNIT[:-1] + "3", "assessed": "1600000.00"},
        {"assessed": "1600000.00"},
        {"unit_code": UNIT, "assessed": "1600000.00", "note": "x"},
    ],
)
async def test_an_answer_that_does_not_fit_decides_nothing(content: Any, tmp_path: Path) -> None:
    with pytest.raises(Unavailable):
        await asked(tmp_path, content)
