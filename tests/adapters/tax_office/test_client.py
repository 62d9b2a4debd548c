from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from adapters.tax_office.client import TaxOfficeClient
from foundation.errors import BadInput, Unavailable
from settlement.ports.refusal import Refused
from settlement.ports.tax_office import (
    Declaration,
    DeclaredLine,
    Portion,
    TaxCertificate,
    Taxpayer,
    TaxState,
    TaxStatus,
    Voucher,
)
from settlement.regions import TaxOfficeConfig
from tests.adapters.wire.institution import NOW, Answer, client, gateway

DECLARATION = Declaration(
    bill_number="341502260302000015",
    case_number="2026-0001",
    unit_code="341502001001GB00001F00010001",
    contract_date=date(2026, 3, 1),
    declaration_date=date(2026, 3, 2),
    area_m2=Decimal("120"),
    price_fen=150_000_000,
    taxpayers=(Taxpayer("transferee", "王小明", "34150219900101001X"),),
    lines=(
        DeclaredLine("deed_tax", "transferee", 1_500_000, 150_000_000, "0.01"),
        DeclaredLine("land_premium", "transferor", 500, None, None),
    ),
)
VOUCHER = Voucher("34150219900101001X", "13415020000", "00000000000000000017", "transferee", "deed_tax", 1_500_000)
WHOLE = [Portion(VOUCHER.amount_fen, "ORDER0001", "Q1")]
VOUCHERS = [
    {
        "taxpayer_id": VOUCHER.taxpayer_id,
        "office_code": VOUCHER.office_code,
        "levy_number": VOUCHER.levy_number,
        "side": "transferee",
        "item": "deed_tax",
        "amount": "15000.00",
    }
]
DECLARED = {"reference": DECLARATION.bill_number, "total": "15000.00", "vouchers": VOUCHERS}
UNPAID = {
    "state": "unpaid",
    "tax_voucher_no": None,
    "budget_subject": None,
    "budget_level": None,
    "treasury": None,
    "treasury_date": None,
}
RECEIVED = {
    "state": "received",
    "tax_voucher_no": "334150000000000001",
    "budget_subject": "101190101",
    "budget_level": "4",
    "treasury": "1205010000",
    "treasury_date": None,
}


def office(folder: Path, answer: Answer) -> TaxOfficeClient:
    config = TaxOfficeConfig.model_validate({**gateway(folder), "office_code": "13415020000", "treasury": "1205010000"})
    return TaxOfficeClient(config, client(answer), lambda: NOW)


def says(content: Any, status: int = 200) -> Answer:
    return lambda *_: (status, content)


async def test_a_deal_is_declared_as_the_protocol_says(tmp_path: Path) -> None:
    heard: list[Any] = []

    def answer(method: str, path: str, message: Any) -> tuple[int, Any]:
        heard.append((method, path, message))
        return 200, DECLARED

    assert await office(tmp_path, answer).declare(DECLARATION) == (VOUCHER,)
    assert heard == [
        (
            "POST",
            "/base/tax/v1/declarations",
            {
                "reference": "341502260302000015",
                "office_code": "13415020000",
                "case_number": "2026-0001",
                "unit_code": "341502001001GB00001F00010001",
                "contract_date": "2026-03-01",
                "declaration_date": "2026-03-02",
                "area_m2": "120",
                "price": "1500000.00",
                "taxpayers": [{"side": "transferee", "name": "王小明", "identity": "34150219900101001X"}],
                "lines": [
                    {
                        "item": "deed_tax",
                        "side": "transferee",
                        "amount": "15000.00",
                        "base": "1500000.00",
                        "rate": "0.01",
                    },
                    {"item": "land_premium", "side": "transferor", "amount": "5.00", "base": None, "rate": None},
                ],
            },
        )
    ]


@pytest.mark.parametrize(
    "answer",
    [
        {**DECLARED, "reference": "another"},
        {**DECLARED, "total": "15000.01"},
        {**DECLARED, "vouchers": VOUCHERS * 2, "total": "30000.00"},
        {**DECLARED, "vouchers": [{**VOUCHERS[0], "item": "stamp_tax"}]},
        {**DECLARED, "vouchers": [{**VOUCHERS[0], "side": "transferor"}]},
        {**DECLARED, "vouchers": [{**VOUCHERS[0], "side": "buyer"}]},
        {**DECLARED, "vouchers": [{**VOUCHERS[0], "levy_number": ""}]},
        {**DECLARED, "vouchers": [{**VOUCHERS[0], "levy_number": "1" * 21}]},
        {**DECLARED, "vouchers": [{**VOUCHERS[0], "amount": "0.00"}], "total": "0.00"},
        {"total": "0.00", "vouchers": []},
    ],
)
async def test_vouchers_that_do_not_fit_decide_nothing(tmp_path: Path, answer: Any) -> None:
    with pytest.raises(Unavailable):
        await office(tmp_path, says(answer)).declare(DECLARATION)


async def test_a_voucher_that_two_payers_share_is_paid_in_two_parts(tmp_path: Path) -> None:
    heard: list[Any] = []

    def answer(method: str, path: str, message: Any) -> tuple[int, Any]:
        heard.append((path, message))
        return 200, RECEIVED

    portions = [Portion(700_000, "ORDER0001", "Q1"), Portion(800_000, "ORDER0002", "Q2")]
    status = await office(tmp_path, answer).pay(VOUCHER, portions)
    assert status == TaxStatus(
        TaxState.received, "334150000000000001", "101190101", "4", "1205010000", treasury_date=None
    )
    assert heard == [
        (
            "/base/tax/v1/payments",
            {
                "taxpayer_id": VOUCHER.taxpayer_id,
                "office_code": VOUCHER.office_code,
                "levy_number": VOUCHER.levy_number,
                "amount": amount,
                "order_id": order_id,
                "query_id": query_id,
            },
        )
        for amount, order_id, query_id in (("7000.00", "ORDER0001", "Q1"), ("8000.00", "ORDER0002", "Q2"))
    ]


async def test_parts_that_are_not_the_whole_are_not_sent(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="parts of 1500000 fen"):
        await office(tmp_path, says(RECEIVED)).pay(VOUCHER, [Portion(700_000, "ORDER0001", "Q1")])


async def test_a_payment_that_the_office_calls_a_repetition_is_asked_for(tmp_path: Path) -> None:
    heard: list[str] = []

    def answer(method: str, path: str, message: Any) -> tuple[int, Any]:
        heard.append(path)
        return (409, {"code": "repeated", "message": "…"}) if path.endswith("payments") else (200, RECEIVED)

    status = await office(tmp_path, answer).pay(VOUCHER, WHOLE)
    assert status.state is TaxState.received
    assert heard == ["/base/tax/v1/payments", "/base/tax/v1/status"]


async def test_money_that_was_sent_back_is_read_with_its_number(tmp_path: Path) -> None:
    back = {**RECEIVED, "state": "sent_back", "sent_back_no": "TH1"}
    assert (await office(tmp_path, says(back)).status(VOUCHER)).sent_back_no == "TH1"
    with pytest.raises(Unavailable):
        await office(tmp_path, says({**RECEIVED, "sent_back_no": "TH1"})).status(VOUCHER)


@pytest.mark.parametrize("reason", ["not_received", "amount_differs"])
async def test_a_refused_payment_says_why(tmp_path: Path, reason: str) -> None:
    with pytest.raises(Refused) as caught:
        await office(tmp_path, says({"code": reason, "message": "…"}, 409)).pay(VOUCHER, WHOLE)
    assert caught.value.reason == reason


async def test_states_are_read(tmp_path: Path) -> None:
    arrived = {**RECEIVED, "state": "in_treasury", "treasury_date": "2026-03-03"}
    assert (await office(tmp_path, says(UNPAID)).status(VOUCHER)).state is TaxState.unpaid
    assert (await office(tmp_path, says(arrived)).status(VOUCHER)).treasury_date == date(2026, 3, 3)


@pytest.mark.parametrize(
    "answer",
    [
        {**UNPAID, "state": "received"},
        {**UNPAID, "treasury": "1205010000"},
        {**RECEIVED, "state": "in_treasury"},
        {**RECEIVED, "treasury_date": "2026-03-03"},
        {**RECEIVED, "state": "somewhere"},
        {**RECEIVED, "tax_voucher_no": "1" * 19},
        {"state": "unpaid"},
    ],
)
async def test_a_state_that_contradicts_itself_decides_nothing(tmp_path: Path, answer: Any) -> None:
    with pytest.raises(Unavailable):
        await office(tmp_path, says(answer)).status(VOUCHER)


async def test_a_certificate_is_pulled_for_the_vouchers_amount(tmp_path: Path) -> None:
    answer = {"number": "N1", "kind": "税收完税证明", "issued_on": "2026-03-03", "amount": "15000.00"}
    ours = office(tmp_path, says(answer))
    assert await ours.certificate(VOUCHER) == TaxCertificate("N1", "税收完税证明", date(2026, 3, 3), 1_500_000)
    with pytest.raises(Unavailable, match="voucher"):
        await ours.certificate(replace(VOUCHER, amount_fen=1_500_001))
