"""Each line finds its own way: a leg that is stuck holds nobody up, and nothing is lost meanwhile."""

from datetime import timedelta

import pytest

from api.wiring import House
from foundation import clock
from settlement.allocation.following import follow_bill
from settlement.bills.reading import read_bill
from settlement.payments.queries import query_bill
from settlement.ports.refusal import Refused
from tests.played import Played, confirmed, home_case, paid


async def test_a_voucher_that_the_tax_office_does_not_know_leaves_the_fee_on_its_way(
    house: House, played: Played
) -> None:
    view = await confirmed(house, home_case())
    await paid(house, played, view.id, "transferee")
    await query_bill(house.office, view.id)
    known = dict(played.simulator.world.vouchers)
    played.simulator.world.vouchers.clear()
    for _ in range(3):
        with pytest.raises(Refused):
            await follow_bill(house.office, view.id)
        played.set_clocks(clock.now() + timedelta(seconds=1))
    half = await read_bill(house.office, view.id)
    assert {(piece.leg, piece.state) for piece in half.pieces} == {("tax", "in_transit"), ("non_tax", "arrived")}
    assert half.state == "paid"
    played.simulator.world.vouchers.update(known)
    while not await follow_bill(house.office, view.id):
        played.set_clocks(clock.now() + timedelta(seconds=1))
    assert {piece.state for piece in (await read_bill(house.office, view.id)).pieces} == {"arrived"}
