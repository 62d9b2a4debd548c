"""Faults of payments and queries, and those that an order brings along."""

from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature

from adapters.simulator.faults import RandomFaults
from adapters.simulator.scripts import BY_LAST_FEN, Scripts
from adapters.simulator.server import Simulator
from adapters.simulator.waiting_faults import Faults
from tests.adapters.simulator.parties import (
    REGION,
    SETUP,
    Caller,
    Inbox,
    Merchant,
    assert_from_unionpay,
    raw_fields,
    split_data,
)
from tests.adapters.simulator.test_faults import pay, plan
from tests.adapters.simulator.test_server import declaration

QUERY = "/gateway/api/queryTrans.do"


@pytest.mark.parametrize(("how", "told"), [("not_found", "34"), ("too_often", "37"), ("pending", "05")])
def test_a_query_can_be_told_other_than_the_truth_for_a_while(
    served: httpx.Client, merchant: Merchant, how: str, told: str
) -> None:
    order = merchant.order()
    pay(served, order)
    plan(served, kind="query", how=how, times=2, order_id=order["orderId"])
    answers = [raw_fields(served.post(QUERY, data=merchant.query(order))) for _ in range(3)]
    assert [each.get("origRespCode", each["respCode"]) for each in answers] == [told, told, "00"]


def test_a_query_can_be_answered_by_a_stranger_or_not_at_all(
    served: httpx.Client, merchant: Merchant, key_folder: Path
) -> None:
    order = merchant.order()
    pay(served, order)
    plan(served, kind="query", how="forged")
    with pytest.raises(InvalidSignature):
        assert_from_unionpay(raw_fields(served.post(QUERY, data=merchant.query(order))), key_folder)
    plan(served, kind="query", how="unavailable")
    assert served.post(QUERY, data=merchant.query(order)).status_code == 503


def test_money_can_come_late(served: httpx.Client, simulator: Simulator, merchant: Merchant) -> None:
    order = merchant.order()
    plan(served, kind="payment", how="late", order_id=order["orderId"])
    served.post("/gateway/api/frontTransReq.do", data=order)
    simulator.world.clock.set(merchant.now + timedelta(minutes=20))
    assert served.post("/control/payments", json={"order_id": order["orderId"]}).status_code == 200
    answer = raw_fields(served.post(QUERY, data=merchant.query(order)))
    assert answer["origRespCode"] == "00"


def test_a_payer_can_be_debited_twice(served: httpx.Client, merchant: Merchant, inbox: Inbox) -> None:
    plan(served, kind="payment", how="twice")
    pay(served, merchant.order(inbox.address))
    inbox.wait(2)
    assert len({each["queryId"] for each in inbox.received}) == 2
    assert served.get("/control/truth").json()["paid_fen"] == 2 * 1508000


def test_what_was_paid_twice_goes_back_whichever_of_both_the_treasury_took(
    served: httpx.Client, simulator: Simulator, merchant: Merchant, caller: Caller, inbox: Inbox
) -> None:
    [told] = caller.call("POST", "/tax/v1/declarations", declaration("HY1000000")).json()["vouchers"]
    voucher = simulator.world.vouchers[told["levy_number"]]
    plan(served, kind="payment", how="twice")
    order = merchant.order(inbox.address, orderId=f"{voucher.reference}A01")
    pay(served, order)
    inbox.wait(2)
    taken, other = (each["queryId"] for each in inbox.received)
    simulator.taxes.take(REGION, voucher, order["orderId"], taken, voucher.amount_fen)
    back = merchant.back("04", "00", origQryId=taken, txnAmt="1508000")
    assert raw_fields(served.post("/gateway/api/backTransReq.do", data=back))["respCode"] == "30"
    voucher.taken_under = "00000042"  # as over TIPS, where nobody says which payment it was
    again = merchant.back("04", "00", origQryId=taken, txnAmt="1508000")
    assert raw_fields(served.post("/gateway/api/backTransReq.do", data=again))["respCode"] == "00"
    assert voucher.portions == {(order["orderId"], other): voucher.amount_fen}


def test_money_can_be_withheld_from_the_receivers_until_all_is_well(
    served: httpx.Client, merchant: Merchant, caller: Caller
) -> None:
    [voucher] = caller.call("POST", "/tax/v1/declarations", declaration()).json()["vouchers"]
    key = {k: voucher[k] for k in ("taxpayer_id", "office_code", "levy_number")}
    order = merchant.order()
    plan(served, kind="payment", how="withheld")
    money = {"order_id": order["orderId"], "query_id": pay(served, order), "amount": "15000.00"}
    assert caller.call("POST", "/tax/v1/payments", key | money).json()["code"] == "not_received"
    served.delete("/control/faults")
    assert caller.call("POST", "/tax/v1/payments", key | money).status_code == 200


def test_an_expired_certificate_hangs_from_the_right_root(
    served: httpx.Client, merchant: Merchant, inbox: Inbox, key_folder: Path
) -> None:
    plan(served, kind="notification", how="expired")
    pay(served, merchant.order(inbox.address))
    inbox.wait(2)
    old, new = inbox.received
    assert_from_unionpay(old, key_folder)
    ends = [x509.load_pem_x509_certificate(each["signPubKeyCert"].encode()).not_valid_after_utc for each in (old, new)]
    assert ends[0] < merchant.now < ends[1]


def test_a_slow_notification_arrives_whole(
    served: httpx.Client, merchant: Merchant, inbox: Inbox, key_folder: Path
) -> None:
    plan(served, kind="notification", how="slow", seconds=0.2)
    pay(served, merchant.order(inbox.address))
    inbox.wait()
    assert_from_unionpay(inbox.received[0], key_folder)


def test_a_magic_amount_brings_its_fault(key_folder: Path, inbox: Inbox) -> None:
    assert BY_LAST_FEN[81].model_dump(exclude={"order_id"})["how"] == "dropped"
    magic = SETUP.behaviour.model_copy(update={"magic_amounts": True})
    simulator = Simulator(SETUP.model_copy(update={"behaviour": magic}), key_folder)
    with simulator.serving() as address, httpx.Client(verify=False, base_url=address, trust_env=False) as client:
        merchant = Merchant(key_folder, simulator.world.clock.now())
        for fen in ("100081", "100080"):
            split = split_data({REGION.treasury_receiver: fen})
            pay(client, merchant.order(inbox.address, txnAmt=fen, accSplitData=split))
        inbox.wait()
    assert [each["txnAmt"] for each in inbox.received] == ["100080"]


def drawn(seed: int, orders: int, rate: float = 0.2) -> list[tuple[str | None, str]]:
    faults = Faults()
    scripts = Scripts(faults, magic_amounts=False)
    scripts.draw(RandomFaults(kind="random", seed=seed, rate=rate))
    for number in range(orders):
        scripts.order_arrives(str(number), 100)
    return [(each.order_id, repr(each)) for each in faults.of_orders]


def test_a_seed_draws_the_same_faults_again() -> None:
    assert drawn(7, 200) == drawn(7, 200) != drawn(8, 200)
    assert 20 <= len(drawn(7, 200)) <= 60
    assert drawn(7, 200, rate=0) == []


def test_random_faults_are_asked_for_and_called_off(served: httpx.Client, merchant: Merchant) -> None:
    plan(served, kind="random", seed=7, rate=1)
    served.post("/gateway/api/frontTransReq.do", data=merchant.order())
    assert len(served.get("/control/faults").json()["of_orders"]) == 1
    served.delete("/control/faults")
    served.post("/gateway/api/frontTransReq.do", data=merchant.order())
    assert served.get("/control/faults").json()["of_orders"] == []
