"""ChinaUMS in both interfaces, and QRA, spoken with the simulator directly; and what the simulator does not let in."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4
from zoneinfo import ZoneInfo

import httpx
import pytest

from adapters.simulator.server import Simulator
from adapters.simulator.setup import Behaviour, read_regions
from adapters.unionpay.qra.messages import written
from adapters.unionpay.qra.trade import QraTrade
from adapters.unionpay.ums.bills import UmsBills
from adapters.unionpay.ums.signature import open_body_sig
from api.wiring import EXAMPLE_REGIONS
from foundation import clock
from settlement.channels import QraChannel, UmsChannel
from settlement.ports.channel import Answer, Order, Part, Payment, PaymentLink, RefundAnswer, RefundOrder
from settlement.ports.refusal import Refused
from settlement.regions import load_regions

START = datetime(2026, 3, 2, 12, 0, tzinfo=ZoneInfo(clock.CHINA))


@dataclass(frozen=True, slots=True)
class Outside:
    simulator: Simulator
    address: str
    keys: Path
    client: httpx.AsyncClient

    def now(self) -> datetime:
        return self.simulator.world.clock.now()

    def ums(self, interface: str = "open_platform") -> UmsBills:
        contract = self._contract("430102")
        assert isinstance(contract, UmsChannel)
        return UmsBills(contract.model_copy(update={"interface": interface}), self.client, self.now)

    def qra(self) -> QraTrade:
        contract = self._contract("440305")
        assert isinstance(contract, QraChannel)
        return QraTrade(contract, self.client, self.now)

    def _contract(self, region: str) -> object:
        names = {"HEYI_OUTSIDE": self.address, "HEYI_KEYS": str(self.keys)}
        return load_regions(EXAMPLE_REGIONS, names)[region].channel

    def order(self, *parts: Part) -> Order:
        start = self.now().replace(microsecond=0)
        fen = sum(part.amount_fen for part in parts)
        return Order(f"HY{uuid4().hex[:20]}", start, fen, parts, start + timedelta(minutes=15), "不动产登记税费")


@pytest.fixture
async def outside(tmp_path: Path) -> AsyncIterator[Outside]:
    behaviour = Behaviour(resend_minute_seconds=0.02, answer_seconds=2, arrival_seconds=0, return_seconds=0)
    simulator = Simulator(read_regions(EXAMPLE_REGIONS, behaviour), tmp_path)
    simulator.world.clock.set(START)
    async with simulator.running() as address, httpx.AsyncClient(verify=False, trust_env=False) as client:
        yield Outside(simulator, address, tmp_path, client)


UMS_PARTS = (Part("898430102000101", 1_500_000), Part("898430102000201", 8_000))
QRA_PARTS = (Part("QRA440305000201", 8_000),)


@pytest.mark.parametrize("which", ["open_platform", "route_server", "qra"])
async def test_the_whole_life_of_an_order(outside: Outside, which: str) -> None:
    channel = outside.qra() if which == "qra" else outside.ums(which)
    order = outside.order(*(QRA_PARTS if which == "qra" else UMS_PARTS))
    assert (await channel.query(order)).answer is Answer.pending  # it never arrived, and may yet
    link = await channel.start(order, "http://127.0.0.1:9/back", "http://127.0.0.1:9/notify")
    assert await channel.start(order, "http://127.0.0.1:9/back", "http://127.0.0.1:9/notify") == link
    assert isinstance(link, PaymentLink)
    shown = await outside.client.get(link.address, follow_redirects=True)
    assert "确认付款" in shown.text
    assert (await channel.query(order)).answer is Answer.pending
    await outside.client.post(f"{shown.url}/pay")
    proof = await channel.query(order)
    assert (proof.answer, proof.amount_fen, proof.order_id) == (Answer.paid, order.amount_fen, order.order_id)
    with pytest.raises(Refused):
        await channel.close(order)
    paid = Payment(order.order_id, order.started_at, order.amount_fen, proof.query_id or "")
    part = order.parts[-1]
    refund = RefundOrder("refund", "4301022603020000101R0101", outside.now(), part.amount_fen, (part,), paid)
    assert (await channel.query_refund(refund)).answer is RefundAnswer.unknown
    assert (await channel.refund(refund, "http://127.0.0.1:9/notify")).answer is RefundAnswer.pending
    assert (await channel.refund(refund, "http://127.0.0.1:9/notify")).answer is RefundAnswer.pending  # once
    done = await channel.query_refund(refund)
    assert (done.answer, done.amount_fen, len(outside.simulator.world.returns)) == (RefundAnswer.done, 8_000, 1)
    more = replace(refund, order_id="4301022603020000101R0102")
    assert (await channel.refund(more, "http://127.0.0.1:9/notify")).answer is RefundAnswer.failed


@pytest.mark.parametrize("which", ["open_platform", "route_server", "qra"])
async def test_a_closed_order_is_not_paid_before_its_time_is_over(outside: Outside, which: str) -> None:
    channel = outside.qra() if which == "qra" else outside.ums(which)
    order = outside.order(*(QRA_PARTS if which == "qra" else UMS_PARTS))
    await channel.start(order, "http://127.0.0.1:9/back", "http://127.0.0.1:9/notify")
    await channel.close(order)
    proof = await channel.query(order)
    assert (proof.answer, proof.closed) == (Answer.not_paid, True)


async def asked_ums(outside: Outside, operation: str, message: dict[str, object], **header: str) -> httpx.Response:
    body = json.dumps(message).encode()
    key = (outside.keys / "ums-430102-app.secret").read_text()
    at = header.get("timestamp", f"{outside.now():%Y%m%d%H%M%S}")
    signed = open_body_sig("heyi-ums-430102", header.get("key", key), at, header.get("nonce", uuid4().hex), body)
    address = f"{outside.address}/v1/netpay/bills/{operation}"
    return await outside.client.post(address, content=body, headers={"Authorization": signed})


MESSAGE: dict[str, object] = {
    "requestTimestamp": "2026-03-02 12:00:00",
    "mid": "898430102000001",
    "tid": "00000001",
    "instMid": "QRPAYDEFAULT",
    "billNo": "00HYHY0001",
    "billDate": "2026-03-02",
}


async def test_chinaums_lets_in_only_what_is_signed_and_known(outside: Outside) -> None:
    known = await asked_ums(outside, "query", MESSAGE)
    assert (known.status_code, known.json()["errCode"]) == (200, "NO_ORDER")
    refused = [
        (await asked_ums(outside, "query", MESSAGE, key="another"), 401, "BAD_SIGN"),
        (await asked_ums(outside, "query", MESSAGE, timestamp="20260302115000"), 401, "ABNORMAL_REQUEST_TIME"),
        (await asked_ums(outside, "guess", MESSAGE), 404, "NO_SERVICE"),
        (await asked_ums(outside, "query", {**MESSAGE, "extra": "1"}), 400, "BAD_REQUEST"),
        (await asked_ums(outside, "query", {**MESSAGE, "billDate": "20260302"}), 400, "BAD_REQUEST"),
        (await asked_ums(outside, "query", {**MESSAGE, "mid": "898341502000001"}), 400, "NO_MERCHANT"),
    ]
    assert [(answer.status_code, answer.json()["errCode"]) for answer, _, _ in refused] == [
        (status, code) for _, status, code in refused
    ]
    await asked_ums(outside, "query", MESSAGE, nonce="used once")
    again = await asked_ums(outside, "query", MESSAGE, nonce="used once")
    assert (again.status_code, again.json()["errCode"]) == (401, "BAD_SIGN")
    unsigned = await outside.client.post(f"{outside.address}/v1/netpay/bills/query", json=MESSAGE)
    older = await outside.client.post(
        f"{outside.address}/netpay-route-server/api/",
        json={**MESSAGE, "msgSrc": "HEYI.EXAMPLE", "msgType": "bills.query", "signType": "SHA256", "sign": "00"},
    )
    assert (unsigned.status_code, older.status_code) == (401, 401)


async def test_qra_lets_in_only_what_is_signed_and_known(outside: Outside) -> None:
    key = (outside.keys / "qra-QRA440305000201.secret").read_text()
    question = {
        "service": "unified.trade.query",
        "version": "2.0",
        "charset": "UTF-8",
        "sign_type": "MD5",
        "mch_id": "QRA440305000201",
        "nonce_str": "n1",
        "out_trade_no": "HY0001",
    }

    async def asked(body: bytes) -> tuple[int, str]:
        answer = await outside.client.post(f"{outside.address}/pay/gateway", content=body)
        return answer.status_code, answer.text.split("<err_code>")[1].split("<")[0]

    assert await asked(written(question, key)) == (200, "ORDERNOTEXIST")
    assert await asked(written(question, "another")) == (401, "SIGNERROR")
    assert await asked(written({**question, "sign_type": "SM3"}, key)) == (401, "SIGNERROR")
    assert await asked(written({**question, "extra": "1"}, key)) == (400, "PARAMERROR")
    assert await asked(written({**question, "service": "unified.trade.guess"}, key)) == (400, "NOSERVICE")
    assert await asked(written({**question, "mch_id": "QRA000000000000"}, key)) == (400, "NOMERCHANT")
    assert await asked(b"<xml>") == (400, "XMLERROR")
