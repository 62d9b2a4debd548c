"""An order of ours, what UnionPay says of it, and a channel that hears it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from urllib.parse import urlencode

import httpx
import pytest

from adapters.unionpay.acp import AcpChannel
from settlement.channels import AcpChannel as AcpConfig
from settlement.ports.channel import Order, Part
from tests.adapters.unionpay.authority import NOW, raw, signed

ORDER = Order(
    order_id="34150226030200001x01",
    started_at=NOW,
    amount_fen=1508000,
    parts=(Part("898341502000101", 1500000), Part("898341502000201", 8000)),
    pay_until=NOW + timedelta(minutes=15),
    title="六安市金安区不动产登记税费",
)
ABOUT = {"merId": "898341502000001", "orderId": ORDER.order_id, "txnTime": "20260302120000", "version": "5.1.0"}
PAID = {
    **ABOUT,
    "txnType": "01",
    "txnAmt": "1508000",
    "currencyCode": "156",
    "queryId": "202603021200000000011",
    "traceNo": "000011",
    "settleDate": "0302",
    "respCode": "00",
    "respMsg": "成功[0000000]",
    "reqReserved": "{a+b&c=d}",
}
Answering = Callable[[httpx.Request], httpx.Response]


def channel(config: AcpConfig, answer: Answering | None = None, now: datetime = NOW) -> AcpChannel:
    transport = httpx.MockTransport(answer or (lambda _: pytest.fail("nothing is asked here")))
    return AcpChannel(config, httpx.AsyncClient(transport=transport), lambda: now)


def answering(fields: dict[str, str]) -> Answering:
    return lambda _: httpx.Response(200, content=raw(signed(fields)))


def posted(fields: dict[str, str]) -> bytes:
    return urlencode(signed(fields)).encode()
