"""Codes to show, payers' codes, refunds, undos, reversals."""

from datetime import timedelta

import httpx
import pytest

from adapters.simulator.server import Simulator
from tests.adapters.simulator.parties import REGION, Caller, Inbox, Merchant, raw_fields, split_data
from tests.adapters.simulator.test_faults import pay, plan
from tests.adapters.simulator.test_server import declaration

BACK, QUERY = "/gateway/api/backTransReq.do", "/gateway/api/queryTrans.do"
REFUND, UNDO = ("04", "00"), ("31", "00")


def send(served: httpx.Client, fields: dict[str, str]) -> dict[str, str]:
    return raw_fields(served.post(BACK, data=fields))


def state(served: httpx.Client, merchant: Merchant, sent: dict[str, str]) -> str:
    answer = raw_fields(served.post(QUERY, data=merchant.query(sent)))
    return answer.get("origRespCode", answer["respCode"])


def truth(served: httpx.Client) -> dict[str, object]:
    return dict(served.get("/control/truth").json())


def test_a_code_to_show_is_scanned_and_paid(served: httpx.Client, merchant: Merchant, inbox: Inbox) -> None:
    parts = {REGION.treasury_receiver: "1500000", REGION.non_tax_receiver: "8000"}
    money = {
        "bizType": "000000",
        "txnAmt": "1508000",
        "accSplitData": split_data(parts),
        "backUrl": inbox.address,
    }
    apply = merchant.back("01", "07", **money)
    answer = send(served, apply)
    assert answer["respCode"] == "00"
    assert state(served, merchant, apply) == "05"
    page = served.get(answer["qrCode"])
    assert "15,080.00" in page.text
    assert "可以关闭此页面" in served.post(answer["qrCode"] + "/pay").text
    inbox.wait()
    assert inbox.received[0]["txnSubType"] == "07"
    assert state(served, merchant, apply) == "00"


def test_a_payers_code_is_paid_at_once(served: httpx.Client, merchant: Merchant, inbox: Inbox) -> None:
    plan(served, kind="notification", how="early")
    scanned = merchant.back(
        "01", "06", bizType="000000", txnAmt="100", qrNo="6226000000000000001", backUrl=inbox.address
    )
    answer = send(served, scanned)
    assert (answer["respCode"], len(answer["queryId"])) == ("00", 21)
    assert [each["queryId"] for each in inbox.received] == [answer["queryId"]], "told before the answer"


def test_refunds_by_receiver_never_exceed_what_was_paid(served: httpx.Client, merchant: Merchant, inbox: Inbox) -> None:
    query_id = pay(served, merchant.order())

    def refund(amount: str, **fields: str) -> dict[str, str]:
        sent = merchant.back(*REFUND, origQryId=query_id, txnAmt=amount, backUrl=inbox.address, **fields)
        return send(served, sent)

    assert refund("1")["respCode"] == "13", "a part needs to be told from whom"
    fee = split_data({REGION.non_tax_receiver: "8000"})
    assert refund("8000", accSplitData=fee)["respCode"] == "00"
    assert refund("8000", accSplitData=fee)["respCode"] == "30", "the receiver has nothing left"
    assert refund("1500001")["respCode"] == "36"
    assert refund("1500000")["respCode"] == "00"
    assert refund("1")["respCode"] == "36"
    inbox.wait(2)
    assert {(each["txnType"], each["txnAmt"]) for each in inbox.received} == {
        ("04", "8000"),
        ("04", "1500000"),
    }
    assert (truth(served)["paid_fen"], truth(served)["returned_fen"]) == (1508000, 1508000)


def test_what_is_in_the_treasury_does_not_come_back(served: httpx.Client, merchant: Merchant, caller: Caller) -> None:
    [voucher] = caller.call("POST", "/tax/v1/declarations", declaration()).json()["vouchers"]
    key = {k: voucher[k] for k in ("taxpayer_id", "office_code", "levy_number")}
    order = merchant.order()
    query_id = pay(served, order)
    money = {"order_id": order["orderId"], "query_id": query_id, "amount": "15000.00"}
    assert caller.call("POST", "/tax/v1/payments", key | money).status_code == 200
    tax = split_data({REGION.treasury_receiver: "1500000"})
    answer = send(served, merchant.back(*REFUND, origQryId=query_id, txnAmt="1500000", accSplitData=tax))
    assert answer["respCode"] == "30"


def test_what_was_returned_pays_no_tax(served: httpx.Client, merchant: Merchant, caller: Caller) -> None:
    [voucher] = caller.call("POST", "/tax/v1/declarations", declaration()).json()["vouchers"]
    key = {k: voucher[k] for k in ("taxpayer_id", "office_code", "levy_number")}
    order = merchant.order()
    query_id = pay(served, order)
    assert send(served, merchant.back(*REFUND, origQryId=query_id, txnAmt="1508000"))["respCode"] == "00"
    money = {"order_id": order["orderId"], "query_id": query_id, "amount": "15000.00"}
    assert caller.call("POST", "/tax/v1/payments", key | money).json()["code"] == "not_received"


@pytest.mark.parametrize(("days", "code"), [(330, "00"), (331, "30")])
def test_a_refund_has_its_window(
    served: httpx.Client, simulator: Simulator, merchant: Merchant, days: int, code: str
) -> None:
    query_id = pay(served, merchant.order())
    simulator.world.clock.set(merchant.now + timedelta(days=days))
    merchant.now = simulator.world.clock.now()
    assert send(served, merchant.back(*REFUND, origQryId=query_id, txnAmt="1508000"))["respCode"] == code


def test_an_undo_is_whole_once_and_of_the_same_clearing_day(
    served: httpx.Client, simulator: Simulator, merchant: Merchant
) -> None:
    first, second = pay(served, merchant.order()), pay(served, merchant.order())
    assert send(served, merchant.back(*UNDO, origQryId=first, txnAmt="1"))["respCode"] == "36"
    undo = merchant.back(*UNDO, origQryId=first, txnAmt="1508000")
    assert send(served, undo)["respCode"] == "00"
    assert state(served, merchant, undo) == "00"
    assert send(served, merchant.back(*UNDO, origQryId=first, txnAmt="1508000"))["respCode"] == "45"
    simulator.world.clock.set(merchant.now + timedelta(days=1))
    merchant.now = simulator.world.clock.now()
    assert send(served, merchant.back(*UNDO, origQryId=second, txnAmt="1508000"))["respCode"] == "35"


def test_a_reversal_undoes_an_order_as_if_it_had_never_been(served: httpx.Client, merchant: Merchant) -> None:
    order = merchant.order()
    pay(served, order)
    same = {name: order[name] for name in ("orderId", "txnTime")}
    plain = merchant.back("99", "01", **same)
    reversal = merchant.signed({k: v for k, v in plain.items() if k not in ("currencyCode", "signature")})
    assert send(served, reversal)["respCode"] == "00"
    assert state(served, merchant, order) == "01"
    assert truth(served)["paid_fen"] == 0


def test_a_used_number_and_an_unknown_original_are_refused(served: httpx.Client, merchant: Merchant) -> None:
    order = merchant.order()
    query_id = pay(served, order)
    again = merchant.back(*REFUND, origQryId=query_id, txnAmt="1", orderId=order["orderId"])
    assert send(served, again)["respCode"] == "12"
    assert send(served, merchant.back(*REFUND, origQryId="0" * 21, txnAmt="1"))["respCode"] == "35"


def test_a_refund_of_unknown_outcome_is_told_by_query(served: httpx.Client, merchant: Merchant) -> None:
    plan(served, kind="refund", how="unknown")
    refund = merchant.back(*REFUND, origQryId=pay(served, merchant.order()), txnAmt="1508000")
    assert send(served, refund)["respCode"] == "04"
    assert state(served, merchant, refund) == "00"
    assert truth(served)["returned_fen"] == 1508000


def test_a_failed_refund_leaves_the_money(served: httpx.Client, merchant: Merchant) -> None:
    plan(served, kind="refund", how="failed")
    query_id = pay(served, merchant.order())
    refund = merchant.back(*REFUND, origQryId=query_id, txnAmt="1508000")
    assert send(served, refund)["respCode"] == "00"
    assert state(served, merchant, refund) == "01"
    assert truth(served)["returned_fen"] == 0
    assert send(served, merchant.back(*REFUND, origQryId=query_id, txnAmt="1508000"))["respCode"] == "00"
