"""The rehearsal's finance officers: what the channel denies is not put aside, it is asked about until it is booked."""

from datetime import timedelta

import pytest

from api.cli.rehearse.outside import Desk
from api.cli.rehearse.staff import tend_cases
from api.cli.rehearse.town import Town
from api.closing import close_the_day
from api.wiring import House
from foundation import clock
from settlement.bills.reading import read_bill
from settlement.office import Actor
from settlement.payments.closing import expire_codes, replace_code
from settlement.payments.queries import query_due_orders
from tests.days import REGION
from tests.played import Played
from tests.settlement.payments.test_file_rows import order, silently_paid
from tests.settlement.refunds.conftest import cases


@pytest.mark.parametrize("kind", ["P-3", "P-4", "P-21"])
async def test_a_payment_that_is_denied_on_its_day_is_booked_when_the_channel_says_so(
    house: House, played: Played, kind: str
) -> None:
    paid_at = clock.local_now().subtract(days=4).replace(hour=12, minute=20, second=0)
    played.set_clocks(paid_at)
    view, order_id = await silently_paid(house, played)
    played.control("faults", {"kind": "query", "how": "not_found", "times": 999, "order_id": order_id})
    played.set_clocks(paid_at + timedelta(minutes=20))
    await query_due_orders(house.office)
    if kind == "P-21":
        await replace_code(house.office, view.id, Actor("window", "clerk"), "付款人要求换码")
    played.set_clocks(paid_at + timedelta(days=1 if kind != "P-4" else 0, hours=23))
    await expire_codes(house.office)
    await close_the_day(house, REGION, paid_at.date())
    assert await cases(house) == [kind]
    async with Desk(played.address) as desk:
        town = Town(house, desk, (REGION,))
        await tend_cases(town)
        assert (await cases(house), (await order(house, order_id)).state) == ([kind], "not_paid")
        played.simulator.faults.clear()
        await tend_cases(town)
    assert (await cases(house), (await order(house, order_id)).state) == ([], "paid")
    assert (await read_bill(house.office, view.id)).state == "paid"
