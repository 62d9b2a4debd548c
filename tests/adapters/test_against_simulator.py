"""The adapters against the simulator, which was written apart from them: a whole day of one region over HTTP."""

import queue
import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from adapters.non_tax.client import NonTaxClient
from adapters.non_tax.statements import NonTaxStatements
from adapters.registry.client import RegistryClient
from adapters.simulator.server import Simulator
from adapters.simulator.setup import Behaviour, read_regions
from adapters.tax_office.client import TaxOfficeClient
from adapters.treasury.statements import TreasuryStatements
from adapters.unionpay.acp import AcpChannel
from adapters.unionpay.statements import AcpStatements
from adapters.unionpay.verify import examine
from foundation.errors import HeyiError
from settlement.ports.channel import Answer, Order, Part, PaymentForm, Unauthentic
from settlement.ports.columns import rows_of
from settlement.ports.non_tax import FeeItem, FeePayment, FeeState, PayCodeRequest
from settlement.ports.refusal import Refused
from settlement.ports.registry import Clearance, ClearedLine
from settlement.ports.statements import StatementRow
from settlement.ports.tax_office import Declaration, DeclaredLine, Portion, Taxpayer, TaxState, TaxStatus, Voucher
from settlement.regions import Region, load_regions

REGIONS = Path(__file__).parents[2] / "deploy" / "regions"
START = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)  # noon in China
DAY = date(2026, 3, 2)
NEXT_MORNING = datetime(2026, 3, 3, 2, 0, tzinfo=UTC)
UNIT_CODE = "341502001001GB00001F00010001"
Inbox = tuple[str, "queue.Queue[bytes]"]


@dataclass(frozen=True)
class Outside:
    """The played world and our side's line to it."""

    simulator: Simulator
    address: str
    region: Region
    client: httpx.AsyncClient
    keys: Path

    def now(self) -> datetime:
        return self.simulator.world.clock.now()

    def channel(self) -> AcpChannel:
        return AcpChannel(self.region.channel, self.client, self.now)

    def order(self, **changes: object) -> Order:
        receivers = self.region.channel.receivers
        order = Order(
            order_id=f"HY{uuid4().hex[:20]}",
            started_at=self.now().replace(microsecond=0),
            amount_fen=1_509_000,
            parts=(Part(receivers.treasury, 1_500_000), Part(receivers.non_tax, 9_000)),
            pay_until=self.now().replace(microsecond=0) + timedelta(minutes=15),
            title="不动产登记税费",
        )
        return replace(order, **changes)  # type: ignore[arg-type]

    async def start(self, order: Order, notify: str = "http://127.0.0.1:9/notify") -> None:
        form = await self.channel().start(order, "http://127.0.0.1:9/back", notify)
        assert isinstance(form, PaymentForm)
        shown = await self.client.post(form.address, data=dict(form.fields))
        assert shown.status_code == 303, shown.text

    async def pay(self, order: Order) -> None:
        paid = await self.client.post(f"{self.address}/control/payments", json={"order_id": order.order_id})
        assert paid.status_code == 200, paid.text


@pytest.fixture(params=["receiver", "order"])
async def outside(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Outside]:
    """Once with a line for each receiver in the settlement file, once with a line for each order."""
    behaviour = Behaviour.model_validate(
        {"resend_minute_seconds": 0.02, "answer_seconds": 2, "arrival_seconds": 0, "settlement_lines": request.param}
    )
    simulator = Simulator(read_regions(REGIONS, behaviour), tmp_path)
    simulator.world.clock.set(START)
    async with simulator.running() as address, httpx.AsyncClient(verify=False, trust_env=False) as client:
        region = load_regions(REGIONS, {"HEYI_OUTSIDE": address, "HEYI_KEYS": str(tmp_path)})["341502"]
        yield Outside(simulator, address, region, client, tmp_path)


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    received: queue.Queue[bytes] = queue.Queue()

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.put(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = HTTPServer(("127.0.0.1", 0), Door)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/notify", received
    server.shutdown()
    server.server_close()


async def test_a_payment_is_notified_and_found_by_query(outside: Outside, inbox: Inbox) -> None:
    address, received = inbox
    order, channel = outside.order(), outside.channel()
    assert (await channel.query(order)).answer is Answer.pending
    await outside.start(order, address)
    assert (await channel.query(order)).answer is Answer.pending
    await outside.pay(order)
    body = received.get(timeout=60)
    told, asked = channel.read_notification(body), await channel.query(order)
    assert (told.answer, told.order_id, told.amount_fen) == (Answer.paid, order.order_id, 1_509_000)
    assert (told.started_at, told.clearing_day) == (order.started_at, DAY)
    assert replace(told, detail="") == replace(asked, detail="")

    for place in range(0, len(body), 97):
        changed = body[:place] + (b"0" if body[place : place + 1] != b"0" else b"1") + body[place + 1 :]
        with pytest.raises(HeyiError):
            channel.read_notification(changed)


async def test_an_order_that_nobody_paid_ends_with_its_time(outside: Outside) -> None:
    order = outside.order()
    await outside.start(order)
    outside.simulator.world.clock.set(START + timedelta(minutes=16))
    assert (await outside.channel().query(order)).answer is Answer.not_paid


async def test_another_simulators_world_is_not_believed(outside: Outside, inbox: Inbox, tmp_path: Path) -> None:
    address, received = inbox
    order = outside.order()
    await outside.start(order, address)
    await outside.pay(order)
    body = received.get(timeout=60)
    assert examine(body, tmp_path, outside.now()).authentic
    stranger = tmp_path / "stranger"
    stranger.mkdir()
    Simulator(read_regions(REGIONS), stranger)
    pinned = {"trusted_roots": (stranger / "acp_root.cer",), "trusted_middles": (stranger / "acp_middle.cer",)}
    config = outside.region.channel.model_copy(update=pinned)
    with pytest.raises(Unauthentic):
        AcpChannel(config, outside.client, outside.now).read_notification(body)
    assert not examine(body, stranger, outside.now()).authentic


async def declared(outside: Outside) -> Voucher:
    (voucher,) = await TaxOfficeClient(outside.region.tax_office, outside.client, outside.now).declare(
        Declaration(
            bill_number="341502260302000015",
            case_number="SL-1",
            unit_code=UNIT_CODE,
            contract_date=date(2026, 3, 1),
            declaration_date=DAY,
            area_m2=Decimal("120"),
            price_fen=150_000_000,
            taxpayers=(Taxpayer("transferee", "王芳", "342401199001011234"),),
            lines=(
                DeclaredLine("deed_tax", "transferee", 1_500_000, 150_000_000, "0.01"),
                DeclaredLine("stamp_tax", "transferee", 0, None, None),
            ),
        )
    )
    return voucher


async def test_the_money_arrives_and_every_statement_says_so(outside: Outside) -> None:
    region, client = outside.region, outside.client
    office = TaxOfficeClient(region.tax_office, client, outside.now)
    platform = NonTaxClient(region.non_tax, client, outside.now)
    voucher = await declared(outside)
    items = tuple(
        FeeItem(region.non_tax.items[name].code, region.non_tax.items[name].name, fen)
        for name, fen in (("registration_fee.residential", 8_000), ("certificate_fee", 1_000))
    )
    pay_code = await platform.issue_pay_code(PayCodeRequest("HY-1", "王芳", "342401199001011234", items))
    order = outside.order()
    await outside.start(order)
    with pytest.raises(Refused) as refused:
        await office.pay(voucher, [Portion(1_500_000, order.order_id, "0" * 21)])
    assert refused.value.reason == "not_received"
    await outside.pay(order)
    query_id = (await outside.channel().query(order)).query_id
    assert query_id

    assert (await office.status(voucher)).state is TaxState.unpaid
    paid = await office.pay(voucher, [Portion(1_500_000, order.order_id, query_id)])
    arrived = await office.status(voucher)
    assert arrived.state is TaxState.in_treasury
    assert arrived.tax_voucher_no == paid.tax_voucher_no
    assert (await office.certificate(voucher)).amount_fen == 1_500_000

    await platform.confirm(pay_code, FeePayment(9_000, order.order_id, query_id, outside.now()))
    assert (await platform.status(pay_code)).state is FeeState.in_account
    receipt = await platform.receipt(pay_code)
    assert receipt.amount_fen == 9_000
    assert await platform.receipt(pay_code) == receipt

    outside.simulator.world.clock.set(NEXT_MORNING)
    await the_day_is_closed(outside, StatementRow(1, query_id, order.order_id, 1_509_000), voucher, arrived, pay_code)


async def the_day_is_closed(
    outside: Outside, expected: StatementRow, voucher: Voucher, arrived: TaxStatus, pay_code: str
) -> None:
    region, client = outside.region, outside.client
    files = AcpStatements(region.channel, region.region, client, outside.now)
    treasury = TreasuryStatements(region.tax_office, region.region, client, outside.now)
    non_tax = NonTaxStatements(region.non_tax, region.region, client, outside.now)
    found = {}
    for source in (files, treasury, non_tax):
        fetched = await source.fetch(DAY)
        assert fetched is not None
        found[source.source] = rows_of(source.parse(fetched, DAY).columns)
    assert found[files.source] == (expected,)
    (row,) = found[treasury.source]
    account = f"{arrived.budget_subject} {arrived.budget_level} {region.tax_office.treasury}"
    assert row == StatementRow(1, arrived.tax_voucher_no or "", voucher.levy_number, 1_500_000, account)
    assert {(row.key, row.second_key, row.amount_fen) for row in found[non_tax.source]} == {
        (pay_code, expected.key, 8_000),
        (pay_code, expected.key, 1_000),
    }


async def test_statements_are_not_there_before_their_time(outside: Outside) -> None:
    region, client = outside.region, outside.client
    assert await AcpStatements(region.channel, region.region, client, outside.now).fetch(DAY) is None
    assert await TreasuryStatements(region.tax_office, region.region, client, outside.now).fetch(DAY) is None
    assert await NonTaxStatements(region.non_tax, region.region, client, outside.now).fetch(DAY) is None


async def test_the_registry_acknowledges_once(outside: Outside) -> None:
    registry = RegistryClient(outside.region.registry, outside.client, outside.now)
    line = ClearedLine("deed_tax", "transferee", 1_500_000, "N1")
    clearance = Clearance(uuid4(), "341502260302000015", "SL-1", UNIT_CODE, outside.now(), (line,))
    message = registry.written(clearance)
    said = await registry.deliver(clearance.id, message)
    assert said.taken
    assert await registry.deliver(clearance.id, message) == said
    other = await registry.deliver(clearance.id, message.replace(b"SL-1", b"SL-2"))
    assert (other.status, other.taken) == (409, False)
