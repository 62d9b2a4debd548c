"""One order from the cashier to the registry, over HTTP."""

import base64
import hmac
import io
import json
import zipfile
import zlib
from datetime import timedelta
from pathlib import Path

import httpx
from defusedxml import ElementTree

from adapters.simulator.server import Simulator
from tests.adapters.simulator.parties import (
    REGION,
    UNIT_CODE,
    Caller,
    Inbox,
    Merchant,
    assert_from_unionpay,
    raw_fields,
)

PAY_CODE = {
    "reference": "HY-1",
    "unit": REGION.unit,
    "payer_name": "王芳",
    "payer_identity": "342401199001011234",
    "items": [{"code": "103043211001", "name": "不动产登记费（住宅类）", "amount": "80.00"}],
    "total": "80.00",
}


def declaration(reference: str = "HY-1") -> dict[str, object]:
    return {
        "reference": reference,
        "office_code": REGION.office_code,
        "case_number": "SL-1",
        "unit_code": UNIT_CODE,
        "contract_date": "2026-07-01",
        "declaration_date": "2026-07-15",
        "area_m2": "120",
        "price": "1500000.00",
        "taxpayers": [{"side": "transferee", "name": "王芳", "identity": "342401199001011234"}],
        "lines": [
            {
                "item": "deed_tax",
                "side": "transferee",
                "amount": "15000.00",
                "base": "1500000.00",
                "rate": "0.01",
            },
            {"item": "stamp_tax", "side": "transferee", "amount": "0.00", "base": None, "rate": None},
        ],
    }


def paid_order(served: httpx.Client, order: dict[str, str]) -> str:
    cashier = served.post("/gateway/api/frontTransReq.do", data=order)
    assert cashier.status_code == 303
    page = served.get(cashier.headers["location"])
    assert "15,080.00" in page.text and "不动产登记税费" in page.text
    back = served.post(cashier.headers["location"] + "/pay")
    assert back.status_code == 200 and "http://127.0.0.1:9/back?bill=1" in back.text
    return cashier.headers["location"]


def test_an_order_goes_its_whole_way(
    served: httpx.Client,
    simulator: Simulator,
    merchant: Merchant,
    caller: Caller,
    inbox: Inbox,
    key_folder: Path,
) -> None:
    declared = caller.call("POST", "/tax/v1/declarations", declaration()).json()
    assert declared["total"] == "15000.00" and len(declared["vouchers"]) == 1
    assert caller.call("POST", "/tax/v1/declarations", declaration()).json() == declared
    code = caller.call("POST", "/nontax/v1/paycodes", PAY_CODE).json()
    assert len(code["pay_code"]) == 20 and code["total"] == "80.00"

    order = merchant.order(inbox.address)
    assert raw_fields(served.post("/gateway/api/queryTrans.do", data=merchant.query(order)))["respCode"] == "34"
    paid_order(served, order)

    inbox.wait()
    told = inbox.received[0]
    assert_from_unionpay(told, key_folder)
    assert (told["respCode"], told["txnAmt"], told["orderId"]) == ("00", "1508000", order["orderId"])

    answer = raw_fields(served.post("/gateway/api/queryTrans.do", data=merchant.query(order)))
    assert_from_unionpay(answer, key_folder)
    assert (answer["respCode"], answer["origRespCode"]) == ("00", "00")
    assert answer["queryId"] == told["queryId"] and len(answer["queryId"]) == 21

    voucher = {k: declared["vouchers"][0][k] for k in ("taxpayer_id", "office_code", "levy_number")}
    assert caller.call("POST", "/tax/v1/status", voucher).json()["state"] == "unpaid"
    money = {"order_id": order["orderId"], "query_id": answer["queryId"]}
    status = caller.call("POST", "/tax/v1/payments", {**voucher, **money, "amount": "15000.00"}).json()
    assert status["state"] == "in_treasury" and len(status["tax_voucher_no"]) == 18
    assert caller.call("POST", "/tax/v1/payments", {**voucher, **money, "amount": "15000.00"}).json() == status
    certificate = caller.call("POST", "/tax/v1/certificates", voucher).json()
    assert certificate["kind"] == "税收完税证明" and certificate["amount"] == "15000.00"

    paid_at = simulator.world.clock.now().isoformat()
    confirmation = {"pay_code": code["pay_code"], "amount": "80.00", **money, "paid_at": paid_at}
    confirmed = caller.call("POST", "/nontax/v1/confirmations", confirmation).json()
    assert confirmed["state"] == "in_account"
    assert caller.call("GET", f"/nontax/v1/paycodes/{code['pay_code']}").json() == confirmed
    receipt = caller.call("POST", "/nontax/v1/receipts", {"pay_code": code["pay_code"]}).json()
    assert [len(receipt[k]) for k in ("code", "number", "check_code")] == [8, 10, 6]

    tell_registry(served, simulator, key_folder, certificate["number"])
    close_the_day(served, simulator, merchant, caller, answer["queryId"], status["tax_voucher_no"])


def tell_registry(served: httpx.Client, simulator: Simulator, folder: Path, proof: str) -> None:
    line = {"item": "deed_tax", "payer": "transferee", "amount": "15000.00", "proof": proof}
    cleared_at = simulator.world.clock.now()
    message = {"bill_number": "HY-1", "case_number": "SL-1", "unit_code": UNIT_CODE, "lines": [line]}
    body = json.dumps({**message, "cleared_at": cleared_at.isoformat()}).encode()
    sent_at = str(int(cleared_at.timestamp()))
    secret = (folder / "registry-341502.secret").read_bytes()
    signature = base64.b64encode(hmac.digest(secret, f"id-1.{sent_at}.".encode() + body, "sha256")).decode()
    headers = {"webhook-id": "id-1", "webhook-timestamp": sent_at, "webhook-signature": f"v1,{signature}"}
    first = served.post("/registry/v1/clearances", content=body, headers=headers)
    assert first.status_code == 200 and first.json()["acknowledgement"]
    assert served.post("/registry/v1/clearances", content=body, headers=headers).json() == first.json()
    forged = headers | {"webhook-id": "id-2"}
    assert served.post("/registry/v1/clearances", content=body, headers=forged).status_code == 401


def close_the_day(
    served: httpx.Client,
    simulator: Simulator,
    merchant: Merchant,
    caller: Caller,
    query_id: str,
    voucher_no: str,
) -> None:
    payment = simulator.world.by_query_id[query_id].payment
    assert payment is not None
    paid_on, clearing = payment.at.date(), payment.clearing_day
    early = raw_fields(served.post("/", data=merchant.file(f"{clearing:%m%d}")))
    assert early["respCode"] == "98"

    tomorrow = (payment.at + timedelta(days=2)).replace(hour=9, minute=30)
    answer = served.post("/control/clock", json={"now": tomorrow.isoformat()})
    assert answer.status_code == 200
    merchant.now = caller.now = simulator.world.clock.now()

    file = raw_fields(served.post("/", data=merchant.file(f"{clearing:%m%d}")))
    assert file["respCode"] == "00" and file["fileName"] == f"{REGION.merchant}_{clearing:%Y%m%d}.zip"
    archive = zipfile.ZipFile(io.BytesIO(zlib.decompress(base64.b64decode(file["fileContent"]))))
    zm = archive.read(f"INN{clearing:%y%m%d}88ZM_{REGION.merchant}")
    lines = zm.split(b"\r\n")[:-1]
    assert [len(each) for each in lines] == [607, 607]
    assert {each[87:108] for each in lines} == {query_id.encode()}
    parts = {each[311:326].decode(): each[360:373].decode() for each in lines}
    assert parts == {REGION.treasury_receiver: "C000001500000", REGION.non_tax_receiver: "C000000008000"}

    statement = caller.call("GET", f"/treasury/v1/statements/{REGION.treasury}/{paid_on}")
    assert statement.headers["content-type"] == "application/xml"
    assert statement.content.startswith(b'<?xml version="1.0" encoding="GBK"?>')
    root = ElementTree.fromstring(statement.content.decode("gbk").replace("GBK", "UTF-8", 1))
    assert root.findtext("MSG/BatchHead3139/AllAmt") == "15000.00"
    assert root.findtext("MSG/IncomeDetail3139/ExpTaxVouNo") == voucher_no

    csv = caller.call("GET", f"/nontax/v1/statements/{REGION.unit}/{paid_on}").text.splitlines()
    assert csv[0] == f"H,{REGION.unit},{paid_on}" and csv[-1] == "T,1,80.00"
    assert csv[1].endswith(f",103043211001,80.00,{query_id}")

    truth = served.get("/control/truth").json()
    assert truth["paid_fen"] == 1508000
    assert truth["per_receiver_fen"] == {REGION.treasury_receiver: 1500000, REGION.non_tax_receiver: 8000}
    assert len(truth["clearances"]) == 1


def test_an_unknown_path_is_an_error(served: httpx.Client) -> None:
    assert served.post("/gateway/api/unknown.do").status_code == 404
    assert served.get("/tax/v1/status").status_code == 405
