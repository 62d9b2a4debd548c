"""What was paid together goes its whole way, bill by bill, wherever its taxes and fees go."""

from datetime import timedelta
from uuid import UUID

import httpx
import pytest

from api.wiring import House
from foundation import clock
from settlement.bills.reading import read_bill
from settlement.joint.asking import ask_about_attempt
from settlement.joint.making import make_joint_payment
from settlement.joint.reading import read_joint_payment
from settlement.joint.starting import start_joint_payment
from settlement.ports.channel import PaymentForm
from tests.played import CLERK, Played, confirmed, followed_through, home_case, over_networks


async def _paid_together(house: House, played: Played, region: str, ids: list[UUID]) -> None:
    made = await make_joint_payment(house.office, region, ids, "transferee", "一并缴款", CLERK)
    token = (await read_joint_payment(house.office, made)).token
    start = await start_joint_payment(house.office, token, "http://127.0.0.1:8800/j/back")
    assert isinstance(start, PaymentForm)
    async with httpx.AsyncClient() as browser:
        await browser.post(start.address, data=dict(start.fields))
    played.control("payments", {"order_id": start.fields["orderId"]})
    await ask_about_attempt(house.office, made)


@pytest.mark.parametrize("networks", [False, True])
async def test_each_bill_paid_together_arrives(house: House, played: Played, networks: bool) -> None:
    played.set_clocks(clock.local_now().replace(hour=10))
    cases = [home_case(case_number=f"JOINT-{one}") for one in range(2)]
    views = [await confirmed(house, over_networks(case) if networks else case) for case in cases]
    await _paid_together(house, played, views[0].region, [view.id for view in views])
    for view in views:
        await followed_through(house, played, view.id, timedelta(seconds=5))
        done = await read_bill(house.office, view.id)
        assert done.state == "settled"
        assert sum(one.amount_fen for one in done.pieces if one.state == "arrived") == view.amount_fen
