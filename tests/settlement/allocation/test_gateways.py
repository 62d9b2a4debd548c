"""The same faults where tax office and finance are reached at the province's gateways: the other adapter, one truth."""

import pytest

from api.wiring import House
from settlement.adjustments import decide, propose
from settlement.allocation.voiding import void_pay_codes
from settlement.bills.reading import BillView, read_bill
from settlement.bills.withdrawal import withdraw_bill
from settlement.office import Actor
from settlement.payments.queries import query_bill
from tests.played import CLERK, Played, confirmed, home_case, paid
from tests.settlement.allocation.legs import codes, followed, states
from tests.settlement.allocation.test_remedies import open_of


async def _paid(house: House, played: Played) -> BillView:
    view = await confirmed(house, home_case())
    await paid(house, played, view.id, "transferee")
    await query_bill(house.office, view.id)
    return view


@pytest.mark.parametrize("leg", ["tax", "non_tax"])
@pytest.mark.parametrize("how", ["unheard", "lost", "duplicate", "late"])
async def test_each_leg_is_paid_once_whatever_gets_lost(house: House, played: Played, leg: str, how: str) -> None:
    view = await _paid(house, played)
    played.control("faults", {"kind": "leg", "leg": leg, "how": how, "seconds": 2})
    await followed(house, played, view.id)
    assert (await read_bill(house.office, view.id)).state == "settled"
    debts = [*played.simulator.world.vouchers.values(), *played.simulator.world.pay_codes.values()]
    assert [sum(one.portions.values()) for one in debts] == [one.amount_fen for one in debts]


@pytest.mark.parametrize("leg", ["tax", "non_tax"])
async def test_what_was_sent_back_is_sent_again_by_two(house: House, played: Played, leg: str) -> None:
    view = await _paid(house, played)
    played.control("faults", {"kind": "leg", "leg": leg, "how": "returned"})
    await followed(house, played, view.id, steps=4)
    assert (await states(house, view.id))[leg] == {"sent_back"}
    ((case_id, _),) = await open_of(house, "L-sent-back")
    async with house.office.database.begin() as db:
        await propose(db, house.office.regions, case_id, Actor("one", "finance"))
        await decide(house.office, db, case_id, Actor("other", "finance"), approve=True)
    await followed(house, played, view.id)
    assert (await read_bill(house.office, view.id)).state == "settled"


async def test_the_pay_codes_of_a_withdrawn_bill_are_made_void(house: House, played: Played) -> None:
    view = await confirmed(house, home_case())
    await withdraw_bill(house.office, view.id, CLERK, "录入错误")
    await void_pay_codes(house.office, view.id)
    assert [one.state for one in await codes(house, view.id)] == ["voided"]
    assert [one.is_void for one in played.simulator.world.pay_codes.values()] == [True]
