"""What the gateway refuses, and what it says of orders that are not paid."""

import base64
import json
from datetime import timedelta

import httpx
import pytest

from adapters.simulator.server import Simulator
from tests.adapters.simulator.parties import REGION, Merchant, raw_fields

FRONT, QUERY = "/gateway/api/frontTransReq.do", "/gateway/api/queryTrans.do"


def split(*parts: tuple[str, str]) -> str:
    receivers = [{"accSplitMerId": receiver, "accSplitAmt": amount} for receiver, amount in parts]
    return base64.b64encode(json.dumps({"accSplitType": "1", "accSplitMchts": receivers}).encode()).decode()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"txnAmt": "15080.00"}, "10"),
        ({"txnAmt": "0"}, "10"),
        ({"txnAmt": "150800０"}, "10"),
        ({"reqReserved": "a\r\nb"}, "10"),
        ({"currencyCode": ""}, "13"),
        ({"backUrl": "http://127.0.0.1:9/notify?bill=1"}, "10"),
        ({"invented": "1"}, "10"),
        ({"orderId": "HY-2026-0001"}, "10"),
        ({"txnTime": "20200101000000"}, "10"),
        ({"txnTime": "20261399999999"}, "10"),
        ({"payTimeout": "20200101000000"}, "10"),
        ({"accSplitData": "{}"}, "10"),
        ({"accSplitData": base64.b64encode(b'{"accSplitType":"1"}').decode()}, "10"),
        ({"accSplitData": split(("898341502000999", "1"))}, "36"),
        ({"accSplitData": split((REGION.treasury_receiver, "1508001"))}, "36"),
        ({"accSplitData": split((REGION.treasury_receiver, "1"), (REGION.treasury_receiver, "2"))}, "10"),
        ({"accSplitData": split((REGION.treasury_receiver, "1000000000"))}, "10"),
    ],
)
def test_an_order_with_a_wrong_field_is_refused(
    served: httpx.Client, simulator: Simulator, merchant: Merchant, change: dict[str, str], code: str
) -> None:
    order = merchant.order(**change)
    answer = served.post(FRONT, data=order)
    assert answer.status_code == 400
    assert f'<p class="amount">{code}</p>' in answer.text
    assert not simulator.world.orders


@pytest.mark.parametrize("name", ["txnAmt", "orderId", "backUrl", "signature", "certId", "orderDesc"])
def test_one_changed_byte_in_any_field_is_not_signed(served: httpx.Client, merchant: Merchant, name: str) -> None:
    order = merchant.order()
    first = "2" if order[name][0] != "2" else "3"
    answer = served.post(FRONT, data=order | {name: first + order[name][1:]})
    assert answer.status_code == 401


def test_a_query_with_a_wrong_signature_answers_11(served: httpx.Client, merchant: Merchant) -> None:
    query = merchant.query(merchant.order())
    answer = served.post(QUERY, data=query | {"txnTime": "20260101000000"})
    assert answer.status_code == 401
    assert raw_fields(answer)["respCode"] == "11"


def test_an_unknown_merchant_is_refused(served: httpx.Client, merchant: Merchant) -> None:
    answer = served.post(QUERY, data=merchant.query(merchant.order(), merId="898000000000000"))
    assert answer.status_code == 400
    assert raw_fields(answer)["respCode"] == "31"


def test_the_same_unpaid_order_may_come_again_but_no_other_under_its_number(
    served: httpx.Client, merchant: Merchant
) -> None:
    order = merchant.order()
    first = served.post(FRONT, data=order)
    assert served.post(FRONT, data=order).headers["location"] == first.headers["location"]
    same = {name: order[name] for name in ("orderId", "txnTime")}
    assert served.post(FRONT, data=merchant.order(**same, orderDesc="另一件")).status_code == 400
    served.post(first.headers["location"] + "/pay")
    assert served.post(FRONT, data=order).status_code == 400


def test_an_open_order_is_pending_and_after_its_time_it_is_not_paid(
    served: httpx.Client, simulator: Simulator, merchant: Merchant
) -> None:
    order = merchant.order()
    cashier = served.post(FRONT, data=order).headers["location"]
    answer = raw_fields(served.post(QUERY, data=merchant.query(order)))
    assert (answer["respCode"], answer["origRespCode"]) == ("00", "05")
    assert served.post(cashier + "/cancel").status_code == 200
    answer = raw_fields(served.post(QUERY, data=merchant.query(order)))
    assert answer["origRespCode"] == "05", "turning back leaves the order payable"

    simulator.world.clock.set(merchant.now + timedelta(minutes=16))
    assert served.post(cashier + "/pay").status_code == 409
    answer = raw_fields(served.post(QUERY, data=merchant.query(order)))
    assert (answer["respCode"], answer["origRespCode"]) == ("00", "34")
    assert not simulator.world.by_query_id


def test_paying_twice_is_paying_once(served: httpx.Client, simulator: Simulator, merchant: Merchant) -> None:
    cashier = served.post(FRONT, data=merchant.order()).headers["location"]
    served.post(cashier + "/pay")
    served.post(cashier + "/pay")
    assert len(simulator.world.by_query_id) == 1


def test_what_is_not_divided_stays_with_the_merchant(
    served: httpx.Client, simulator: Simulator, merchant: Merchant
) -> None:
    order = merchant.order(accSplitData=split((REGION.treasury_receiver, "1500000")))
    served.post(FRONT, data=order)
    [taken] = simulator.world.orders.values()
    assert [(part.receiver, part.amount_fen) for part in taken.parts] == [
        (REGION.treasury_receiver, 1500000),
        (REGION.merchant, 8000),
    ]
