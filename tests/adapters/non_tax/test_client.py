from datetime import date
from pathlib import Path
from typing import Any

import pytest

from adapters.non_tax.client import NonTaxClient
from foundation.errors import BadInput, Unavailable
from settlement.ports.non_tax import FeeItem, FeePayment, FeeState, FeeStatus, FiscalReceipt, PayCodeRequest
from settlement.regions import NonTaxConfig
from tests.adapters.wire.institution import NOW, Answer, client, gateway

CODE = "34150226300000000017"
REQUEST = PayCodeRequest(
    "341502260302000015-transferee",
    "王小明",
    "34150219900101001X",
    (FeeItem("103", "登记费", 8000), FeeItem("104", "工本费", 0), FeeItem("103", "登记费", 1000)),
)
IN_ACCOUNT = {"pay_code": CODE, "state": "in_account", "confirmation_no": "C1", "confirmed_on": "2026-03-02"}
UNPAID = {"pay_code": CODE, "state": "unpaid", "confirmation_no": None, "confirmed_on": None}


def platform(folder: Path, answer: Answer) -> NonTaxClient:
    config = NonTaxConfig.model_validate({**gateway(folder), "unit": "3415020001", "items": {}})
    return NonTaxClient(config, client(answer), lambda: NOW)


def says(content: Any, status: int = 200) -> Answer:
    return lambda *_: (status, content)


async def test_equal_items_are_summed_and_zero_dropped(tmp_path: Path) -> None:
    heard: list[Any] = []

    def answer(method: str, path: str, message: Any) -> tuple[int, Any]:
        heard.append((method, path, message))
        return 200, {"pay_code": CODE, "total": "90.00"}

    assert await platform(tmp_path, answer).issue_pay_code(REQUEST) == CODE
    assert heard == [
        (
            "POST",
            "/base/nontax/v1/paycodes",
            {
                "reference": REQUEST.reference,
                "unit": "3415020001",
                "payer_name": "王小明",
                "payer_identity": "34150219900101001X",
                "items": [{"code": "103", "name": "登记费", "amount": "90.00"}],
                "total": "90.00",
            },
        )
    ]


@pytest.mark.parametrize("answer", [{"pay_code": CODE, "total": "90.01"}, {"pay_code": "1" * 19, "total": "90.00"}])
async def test_a_pay_code_that_does_not_fit_decides_nothing(tmp_path: Path, answer: Any) -> None:
    with pytest.raises(Unavailable):
        await platform(tmp_path, says(answer)).issue_pay_code(REQUEST)


async def test_nothing_owed_needs_no_pay_code(tmp_path: Path) -> None:
    nothing = PayCodeRequest("r", "n", "i", (FeeItem("104", "工本费", 0),))
    with pytest.raises(BadInput, match="above zero"):
        await platform(tmp_path, says({})).issue_pay_code(nothing)


async def test_a_payment_is_confirmed(tmp_path: Path) -> None:
    heard: list[Any] = []

    def answer(method: str, path: str, message: Any) -> tuple[int, Any]:
        heard.append((path, message))
        return 200, IN_ACCOUNT

    status = await platform(tmp_path, answer).confirm(CODE, FeePayment(9000, "ORDER0001", "Q1", NOW))
    assert status == FeeStatus(FeeState.in_account, "C1", date(2026, 3, 2))
    assert heard == [
        (
            "/base/nontax/v1/confirmations",
            {
                "pay_code": CODE,
                "amount": "90.00",
                "order_id": "ORDER0001",
                "query_id": "Q1",
                "paid_at": "2026-03-02T12:00:00+08:00",
            },
        )
    ]


async def test_a_state_is_asked_by_its_pay_code(tmp_path: Path) -> None:
    def answer(method: str, path: str, message: Any) -> tuple[int, Any]:
        assert (method, path, message) == ("GET", f"/base/nontax/v1/paycodes/{CODE}", None)
        return 200, UNPAID

    assert await platform(tmp_path, answer).status(CODE) == FeeStatus(FeeState.unpaid)


@pytest.mark.parametrize(
    "answer",
    [
        {**UNPAID, "pay_code": "1" * 20},
        {**UNPAID, "state": "in_account"},
        {**IN_ACCOUNT, "state": "unpaid"},
        {**IN_ACCOUNT, "confirmed_on": None},
        {**IN_ACCOUNT, "more": ""},
    ],
)
async def test_a_state_that_does_not_fit_decides_nothing(tmp_path: Path, answer: Any) -> None:
    with pytest.raises(Unavailable):
        await platform(tmp_path, says(answer)).status(CODE)


async def test_a_receipt_is_read(tmp_path: Path) -> None:
    answer = {
        "code": "34021026",
        "number": "0000000017",
        "check_code": "a1b2c3",
        "issued_on": "2026-03-02",
        "amount": "90.00",
    }
    receipt = await platform(tmp_path, says(answer)).receipt(CODE)
    assert receipt == FiscalReceipt("34021026", "0000000017", "a1b2c3", date(2026, 3, 2), 9000)
