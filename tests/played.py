"""The institutions as the tests play them: the real simulator over HTTP, and what a clerk and a payer do with it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx

from adapters.simulator.server import Simulator
from adapters.simulator.setup import read_regions
from api.cli.demo.cases import demo_cases
from api.wiring import EXAMPLE_REGIONS, House
from foundation import clock
from settlement.allocation.following import follow_bill
from settlement.assessment import RuleSet, Transaction
from settlement.bills.confirmation import confirm_bill
from settlement.bills.drafting import draft_bill, owed_lines
from settlement.bills.intake import parse_case
from settlement.bills.reading import BillView, read_bill
from settlement.kinds import DEFAULT, business_kind
from settlement.office import Actor
from settlement.payments.orders import start_payment
from settlement.ports.channel import PaymentForm
from settlement.regions import Region

PLAIN = httpx.create_ssl_context(verify=False)  # everything here is plain HTTP; reading the roots of trust takes long
_DESK = httpx.Client(verify=PLAIN, trust_env=False)
CLERK = Actor("window", "clerk")


@dataclass(frozen=True, slots=True)
class Played:
    """The simulator, where it is served, and what the region files need to find it."""

    simulator: Simulator
    address: str
    environment: dict[str, str]

    def set_clocks(self, moment: datetime) -> None:
        """Sets our clock and the simulator's."""
        clock.travel(moment)
        self.simulator.world.clock.set(moment)

    def control(self, path: str, body: dict[str, Any]) -> Any:
        """A call to the simulator's control desk."""
        answer = _DESK.post(f"{self.address}/control/{path}", json=body)
        answer.raise_for_status()
        return answer.json()


def playing(keys: Path) -> Iterator[Played]:
    """Serves a simulator until the fixture ends; the keys of a run are shared, since making them is slow."""
    keys.mkdir(exist_ok=True)
    simulator = Simulator(read_regions(EXAMPLE_REGIONS), keys)
    with simulator.serving() as address:
        environment = {
            "HEYI_OUTSIDE": address,
            "HEYI_OUTSIDE_SOCKET": simulator.socket_address,
            "HEYI_KEYS": str(keys),
        }
        yield Played(simulator, address, environment)


def home_case(**changes: Any) -> dict[str, Any]:
    """The home of the demonstration as the window hands it in, with other fields where a test wants them."""
    return {**demo_cases(clock.today())[0].body, **changes}


def shop_case(**changes: Any) -> dict[str, Any]:
    """The shop of the demonstration, each paying their own."""
    return {**demo_cases(clock.today())[1].body, **changes}


def over_networks(case: dict[str, Any]) -> dict[str, Any]:
    """A case in 南昌市东湖区, where taxes are paid over TIPS and fees over CNNONTAX."""
    local = {"land_premium_rate": "0.01", "land_premium_rounding": "fen"}
    return {**case, "transaction": {**case["transaction"], "region": "360102", "parameters": local}}


async def confirmed(house: House, case: dict[str, Any]) -> BillView:
    """A bill taken in and confirmed."""
    bill_id = await draft_bill(house.office, parse_case(case), CLERK)
    await confirm_bill(house.office, bill_id, CLERK)
    return await read_bill(house.office, bill_id)


async def started(house: House, view: BillView, payer: str) -> str:
    """Starts a payer's payment at the channel as a browser would; the order number."""
    assert view.code is not None
    form = await start_payment(house.office, view.code.token, payer, "http://127.0.0.1:8800/p/back")
    assert isinstance(form, PaymentForm)
    async with httpx.AsyncClient(verify=PLAIN) as browser:
        answer = await browser.post(form.address, data=dict(form.fields))
    assert answer.status_code == 303, answer.text
    return form.fields["orderId"]


async def paid(house: House, played: Played, bill_id: UUID, payer: str) -> str:
    """Pays a share at the channel; we have heard nothing of it yet. The order number."""
    order_id = await started(house, await read_bill(house.office, bill_id), payer)
    played.control("payments", {"order_id": order_id})
    return order_id


async def followed_through(
    house: House, played: Played, bill_id: UUID, every: timedelta = timedelta(seconds=1)
) -> None:
    """Lets time go by until nothing of a bill that was paid has further to go: it arrived, or awaits another payer."""
    for _ in range(30):
        if await follow_bill(house.office, bill_id):
            return
        played.set_clocks(clock.now() + every)
    raise AssertionError(f"the money of {bill_id} does not arrive")


def recompute(
    rule_set: RuleSet, facts: Mapping[str, Any], region: Region, kind: str = DEFAULT
) -> list[tuple[str, str, int]]:
    """(item, payer, fen) of a stored bill worked out again from its facts."""
    lines = owed_lines(rule_set, Transaction.parse(facts), region, business_kind(kind))
    return [(one.item, one.payer, one.amount_fen) for one in lines]
