"""A bill of any channel's region, and what that channel says of its payment."""

from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
import yaml

from adapters.simulator.records import Movement, Order
from api.wiring import EXAMPLE_REGIONS, House
from settlement.bills.reading import BillView
from settlement.payments.inbox import receive_notification
from settlement.payments.orders import start_payment
from settlement.ports.channel import PaymentForm
from tests.played import PLAIN, Played, confirmed, home_case

REGION_OF = {"acp": "341502", "ums": "430102", "qra": "440305"}
"""An example region for each channel."""


def one_receiver_an_order(folder: Path) -> Path:
    """A folder with the first example region, whose contract with ACP divides an order among one receiver only."""
    region = yaml.safe_load((EXAMPLE_REGIONS / "341502.yaml").read_text(encoding="utf-8"))
    region["channel"]["most_receivers"] = 1
    regions = folder / "regions"
    regions.mkdir()
    (regions / "341502.yaml").write_text(yaml.safe_dump(region, allow_unicode=True), encoding="utf-8")
    return regions


@dataclass(frozen=True, slots=True)
class Till:
    """A house and a simulator, seen from one channel."""

    channel: str
    house: House
    played: Played

    @property
    def region(self) -> str:
        return REGION_OF[self.channel]

    async def bill(self) -> BillView:
        """A confirmed bill over taxes and fees of one payer."""
        case = home_case(unit_code=f"{self.region}001001GB00001F00010001")
        case["transaction"] = {**case["transaction"], "region": self.region}
        return await confirmed(self.house, case)

    async def started(self, view: BillView) -> Order:
        """The order that the payer's phone has before it."""
        assert view.code is not None
        start = await start_payment(self.house.office, view.code.token, "transferee", "http://127.0.0.1:8800/p/back")
        async with httpx.AsyncClient(verify=PLAIN, follow_redirects=True) as phone:
            if isinstance(start, PaymentForm):
                shown = await phone.post(start.address, data=dict(start.fields))
            else:
                shown = await phone.get(start.address)
        assert shown.status_code == 200, shown.text
        return self.played.simulator.world.by_token[str(shown.url).rpartition("/")[2]]

    async def paid(self, view: BillView) -> Order:
        """Pays what is due next; we have heard nothing of it."""
        order = await self.started(view)
        self.played.control("payments", {"order_id": order.order_id})
        return order

    def told(self, order: Order, movement: Movement | None = None, more_fen: int = 0) -> bytes:
        """The channel's notification of a payment."""
        voice = self.played.simulator.voices[self.channel]
        return voice.true(voice.said(order, movement or order.payments[0], more_fen))

    async def hear(self, raw: bytes) -> str:
        """What becomes of a notification."""
        return (await receive_notification(self.house.office, self.region, raw, "203.0.113.9")).name


@pytest.fixture(params=["acp", "ums", "qra"])
def till(request: pytest.FixtureRequest, house: House, played: Played) -> Till:
    return Till(request.param, house, played)
