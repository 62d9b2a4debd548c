"""Both sides sign by the contract's method, here against the simulator; another one is refused on either side."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

import httpx
import pytest
from pydantic import ValidationError

from adapters.simulator.acp_wire import sign, sign_keyed
from adapters.simulator.certificates import SharedKey
from adapters.simulator.records import Order as PlayedOrder
from adapters.simulator.server import Simulator
from adapters.simulator.setup import Behaviour, read_regions
from adapters.unionpay.acp import AcpChannel
from adapters.unionpay.statements import AcpStatements
from adapters.unionpay.verify import examine_keyed
from foundation.errors import BadInput, HeyiError, Unavailable
from settlement.channels import AcpChannel as AcpConfig
from settlement.ports.channel import Answer, Order, Part, PaymentForm, Unauthentic
from settlement.regions import load_regions

REGIONS = Path(__file__).parents[3] / "deploy" / "regions"
START, DAY = datetime(2026, 3, 2, 4, 0, tzinfo=UTC), date(2026, 3, 2)
MERCHANT = "898341502000001"


@dataclass
class Contract:
    """A world in which the merchant signs by a method, and our side's line to it."""

    simulator: Simulator
    config: AcpConfig
    client: httpx.AsyncClient
    secret: Path

    def channel(self, **changed: object) -> AcpChannel:
        config = self.config.model_copy(update=changed)
        return AcpChannel(config, self.client, self.simulator.world.clock.now)

    def order(self) -> Order:
        receivers = self.config.receivers
        parts = (Part(receivers.treasury, 1_500_000), Part(receivers.non_tax, 9_000))
        return Order("HY26030200001x01", START, 1_509_000, parts, START + timedelta(minutes=15), "不动产登记税费")

    async def paid(self) -> Order:
        order = self.order()
        form = await self.channel().start(order, "http://127.0.0.1:9/back", "http://127.0.0.1:9/notify")
        assert isinstance(form, PaymentForm)
        shown = await self.client.post(form.address, data=dict(form.fields))
        assert shown.status_code == 303, shown.text
        paid = await self.client.post(f"{self.config.gateway}/control/payments", json={"order_id": order.order_id})
        assert paid.status_code == 200, paid.text
        return order

    def told(self) -> tuple[dict[str, str], bytes]:
        """What a notification of the paid order says, and the notification itself."""
        found = self.simulator.world.find(MERCHANT, "HY26030200001x01", "20260302120000")
        assert isinstance(found, PlayedOrder)
        voice = self.simulator.voices["acp"]
        said = dict(voice.said(found, found.payments[0]))
        return said, voice.true(said)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One for all, since making keys takes longer than all that is done with them."""
    return tmp_path_factory.mktemp("keys")


@pytest.fixture(params=["11", "12"])
async def contract(request: pytest.FixtureRequest, folder: Path) -> AsyncIterator[Contract]:
    setup = read_regions(REGIONS, Behaviour(resend_minute_seconds=1000, answer_seconds=2))
    regions = [
        one.model_copy(update={"sign_method": request.param}) if one.merchant == MERCHANT else one
        for one in setup.regions
    ]
    simulator = Simulator(setup.model_copy(update={"regions": tuple(regions)}), folder)
    simulator.world.clock.set(START)
    async with simulator.running() as address, httpx.AsyncClient(trust_env=False) as client:
        given = load_regions(REGIONS, {"HEYI_OUTSIDE": address, "HEYI_KEYS": str(folder)})["341502"].channel
        secret = folder / f"acp-{MERCHANT}.secret"
        keyed = {"sign_method": request.param, "secure_key_file": secret, "trusted_roots": (), "trusted_middles": ()}
        without = dict.fromkeys(("signing_key", "signing_certificate", "encryption_certificates"))
        config = AcpConfig.model_validate({**given.model_dump(), **keyed, **without})
        yield Contract(simulator, config, client, secret)


async def test_an_order_is_paid_notified_queried_and_filed_under_a_shared_key(contract: Contract) -> None:
    order = await contract.paid()
    _, body = contract.told()
    told, asked = contract.channel().read_notification(body), await contract.channel().query(order)
    assert (told.answer, asked.answer, asked.amount_fen) == (Answer.paid, Answer.paid, 1_509_000)
    assert examine_keyed(body, contract.secret.read_text()).authentic
    contract.simulator.world.clock.set(START + timedelta(hours=22))
    source = AcpStatements(contract.config, "341502", contract.client, contract.simulator.world.clock.now)
    raw = await source.fetch(DAY)
    assert raw is not None
    assert source.parse(raw, DAY).columns["amount_fen"].to_pylist() == [1_509_000]


async def test_what_another_method_key_or_hand_signed_is_refused(contract: Contract) -> None:
    await contract.paid()
    said, body = contract.told()
    channel, keys = contract.channel(), contract.simulator.keys
    shared = keys.acp_keys[MERCHANT]
    other_method = SharedKey({"11": "12", "12": "11"}[shared.method], shared.key)
    voice = contract.simulator.voices["acp"]
    for forged in (
        urlencode(sign(said, keys.signer)).encode(),  # by UnionPay itself, but under its certificate
        urlencode(sign_keyed(said, other_method)).encode(),
        urlencode(sign_keyed({**said, "merId": "898360102000001"}, shared)).encode(),
        voice.forged(said),
        voice.expired(said),
    ):
        with pytest.raises(Unauthentic):
            channel.read_notification(forged)
    for name, value in parse_qsl(body.decode()):
        changed = {**dict(parse_qsl(body.decode())), name: ("1" if value[0] != "1" else "2") + value[1:]}
        with pytest.raises(HeyiError):
            channel.read_notification(urlencode(changed).encode())


async def test_the_channel_refuses_another_method_too(contract: Contract) -> None:
    other = {"11": "12", "12": "11"}[contract.config.sign_method]
    with pytest.raises(Unavailable, match="401"):
        await contract.channel(sign_method=other).query(contract.order())
    assert (await contract.channel().query(contract.order())).answer is Answer.pending


async def test_another_key_counts_from_the_next_message_on_and_none_signs_nothing(contract: Contract) -> None:
    await contract.paid()
    _, body = contract.told()
    channel, key = contract.channel(), contract.secret.read_text()
    contract.secret.write_text("another")
    with pytest.raises(Unauthentic):
        channel.read_notification(body)
    contract.secret.write_text("")
    with pytest.raises(BadInput, match="secure_key_file"):
        channel.read_notification(body)
    contract.secret.write_text(key)
    assert channel.read_notification(body).order_id == "HY26030200001x01"


@pytest.mark.parametrize(
    ("changed", "missing"),
    [
        ({"sign_method": "12"}, "secure_key_file"),
        ({"trusted_roots": ()}, "trusted_roots"),
        ({"signing_key": None}, "signing_key"),
        ({"sign_method": "02"}, "sign_method"),
    ],
)
def test_a_contract_has_what_its_method_needs(config: AcpConfig, changed: dict[str, object], missing: str) -> None:
    with pytest.raises(ValidationError, match=missing):
        AcpConfig.model_validate({**config.model_dump(), **changed})
