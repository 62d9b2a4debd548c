"""Signatures and refusals of tax office, treasury and non-tax platform."""

import httpx
import pytest

from adapters.simulator.server import Simulator
from tests.adapters.simulator.parties import REGION, Caller, Merchant
from tests.adapters.simulator.test_faults import pay
from tests.adapters.simulator.test_server import PAY_CODE, declaration


def line(**changed: object) -> dict[str, object]:
    plain = {"item": "deed_tax", "side": "transferee", "amount": "1.00", "base": "1500000.00", "rate": "0.01"}
    return {**plain, **changed}


def test_a_nonce_is_good_once(caller: Caller) -> None:
    path = f"/nontax/v1/statements/{REGION.unit}/2020-01-01"
    assert caller.call("GET", path, nonce="0123456789abcdef").status_code == 200
    again = caller.call("GET", path, nonce="0123456789abcdef")
    assert (again.status_code, again.json()["code"]) == (401, "replayed")


@pytest.mark.parametrize("header", ["X-Signature", "X-Timestamp", "X-Nonce", "X-App-Id"])
def test_a_request_without_its_signature_is_refused(caller: Caller, header: str) -> None:
    caller.client.headers[header] = "wrong"
    request = caller.client.build_request("POST", "/tax/v1/declarations", json=declaration())
    assert caller.client.send(request).status_code == 401


def test_a_wrong_secret_is_refused(served: httpx.Client, simulator: Simulator) -> None:
    stranger = Caller(served, b"0" * 64, simulator.world.clock.now())
    with pytest.raises(AssertionError):  # the answer is signed with the right secret, which the stranger has not
        stranger.call("POST", "/tax/v1/declarations", declaration())
    assert not simulator.world.vouchers


def test_an_old_request_is_refused(caller: Caller) -> None:
    caller.now = caller.now.replace(year=caller.now.year - 1)
    answer = caller.call("POST", "/tax/v1/declarations", declaration())
    assert (answer.status_code, answer.json()["code"]) == (401, "bad_timestamp")


@pytest.mark.parametrize(
    "change",
    [
        {"price": "1500000"},
        {"price": 1500000},
        {"invented": 1},
        {"contract_date": "2026-02-30"},
        {"unit_code": "341502"},
        {"office_code": "13601020000"},
        {"lines": [line(rate="0.0123")]},
        {"lines": [line(item="vehicle_tax")]},
        {"lines": [line(side="transferor")]},
        {"lines": [line(amount="-1.00")]},
    ],
)
def test_a_declaration_with_a_wrong_field_is_refused(
    caller: Caller, simulator: Simulator, change: dict[str, object]
) -> None:
    answer = caller.call("POST", "/tax/v1/declarations", declaration() | change)
    assert answer.status_code == 422
    assert not simulator.world.vouchers


@pytest.mark.parametrize(
    ("declared", "found"),
    [
        (line(amount="15000.01"), "15000.00"),
        (line(base="1000000.50", rate="0.015"), "15000.01"),
        (line(item="stamp_tax", base="1000.00", rate="0.00025"), "0.25"),
        (line(item="stamp_tax", base="30.00", rate="0.0005"), "0.02"),
        (line(item="land_premium", amount="12000.00", rate="0.1"), "12000.00"),
        (line(amount="77.00", base=None, rate=None), "77.00"),
    ],
)
def test_the_tax_office_finds_its_own_amount(caller: Caller, declared: dict[str, object], found: str) -> None:
    answer = caller.call("POST", "/tax/v1/declarations", declaration() | {"lines": [declared]})
    assert answer.json()["total"] == found


def test_a_voucher_is_paid_only_by_money_that_came_to_the_treasury(
    served: httpx.Client, simulator: Simulator, merchant: Merchant, caller: Caller
) -> None:
    vouchers = [
        caller.call("POST", "/tax/v1/declarations", declaration(number)).json()["vouchers"][0] for number in ("A", "B")
    ]
    keys = [{k: each[k] for k in ("taxpayer_id", "office_code", "levy_number")} for each in vouchers]
    order = merchant.order()
    query_id = pay(served, order)
    money = {"order_id": order["orderId"], "query_id": query_id, "amount": "15000.00"}

    for wrong, code in (
        ({"amount": "15000.01"}, "amount_differs"),
        ({"query_id": "0" * 21}, "not_received"),
        ({"order_id": "HY00000000"}, "not_received"),
    ):
        answer = caller.call("POST", "/tax/v1/payments", keys[0] | money | wrong)
        assert (answer.status_code, answer.json()["code"]) == (409, code)
    assert caller.call("POST", "/tax/v1/certificates", keys[0]).json()["code"] == "not_in_treasury"
    assert caller.call("POST", "/tax/v1/payments", keys[0] | money).status_code == 200
    spent = caller.call("POST", "/tax/v1/payments", keys[1] | money)
    assert (spent.status_code, spent.json()["code"]) == (409, "not_received")
    stolen = keys[1] | {"taxpayer_id": "someone else"}
    assert caller.call("POST", "/tax/v1/status", stolen).status_code == 404


def test_money_takes_its_time_into_the_treasury(
    served: httpx.Client, simulator: Simulator, merchant: Merchant, caller: Caller
) -> None:
    slow = simulator.world.setup.behaviour.model_copy(update={"arrival_seconds": 3600})
    simulator.world.setup = simulator.world.setup.model_copy(update={"behaviour": slow})
    [voucher] = caller.call("POST", "/tax/v1/declarations", declaration()).json()["vouchers"]
    key = {k: voucher[k] for k in ("taxpayer_id", "office_code", "levy_number")}
    order = merchant.order()
    money = {"order_id": order["orderId"], "query_id": pay(served, order), "amount": "15000.00"}
    status = caller.call("POST", "/tax/v1/payments", key | money).json()
    assert (status["state"], status["treasury_date"]) == ("received", None)
    simulator.world.clock.set(caller.now.replace(year=caller.now.year + 1))
    caller.now = simulator.world.clock.now()
    assert caller.call("POST", "/tax/v1/status", key).json()["state"] == "in_treasury"


@pytest.mark.parametrize(
    "change",
    [
        {"total": "81.00"},
        {"unit": "3601020001"},
        {"items": []},
        {"items": [PAY_CODE["items"][0] | {"code": "1"}]},
    ],
)
def test_a_wrong_pay_code_request_is_refused(caller: Caller, change: dict[str, object]) -> None:
    assert caller.call("POST", "/nontax/v1/paycodes", PAY_CODE | change).status_code == 422


def test_a_receipt_needs_the_money(caller: Caller) -> None:
    code = caller.call("POST", "/nontax/v1/paycodes", PAY_CODE).json()["pay_code"]
    answer = caller.call("POST", "/nontax/v1/receipts", {"pay_code": code})
    assert (answer.status_code, answer.json()["code"]) == (409, "not_in_account")
    assert caller.call("GET", f"/nontax/v1/paycodes/{code}").json()["state"] == "unpaid"


@pytest.mark.parametrize("day", ["20260715", "2026-02-30", "today"])
def test_a_statement_of_no_day_is_refused(caller: Caller, day: str) -> None:
    assert caller.call("GET", f"/treasury/v1/statements/{REGION.treasury}/{day}").status_code == 422
