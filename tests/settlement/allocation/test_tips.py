"""Taxes over TIPS, from the bill to the certificate, whatever gets lost on the way."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from api.wiring import House
from foundation import clock
from settlement.bills.reading import read_bill
from settlement.exchanges.tables import exchange
from tests.played import Played, home_case
from tests.settlement.allocation.legs import followed, paid_over_networks, states, vouchers


async def _sent(house: House, message: str) -> list[tuple[str, str | None]]:
    wanted = select(exchange.c.state, exchange.c.result).where(exchange.c.message == message).order_by(exchange.c.id)
    async with house.office.database.connect() as db:
        return [(row.state, row.result) for row in await db.execute(wanted)]


async def test_every_tax_comes_home_under_what_the_1008_says(house: House, played: Played) -> None:
    view = await paid_over_networks(house, played)
    assert await followed(house, played, view.id) == []
    assert (await read_bill(house.office, view.id)).state == "settled"
    found = await vouchers(house, view.id)
    assert {(one.item, one.budget_subject, one.budget_level, one.treasury) for one in found} == {
        ("deed_tax", "1011901", "4", "1401010000"),
        ("stamp_tax", "1011119", "4", "1401010000"),
        ("land_premium", "103014802", "4", "1401010000"),
    }
    assert all(one.certificate_number and one.tax_voucher_no for one in found)
    assert await _sent(house, "2090") == [("accepted", "90000")] * 4
    assert await _sent(house, "2108") == [("accepted", "90000")] * 4


@pytest.mark.parametrize(
    ("how", "of_2090"),
    [
        ("unheard", [("never_arrived", "9004 0"), ("accepted", "90000")]),
        ("lost", [("accepted", "9004 1")]),
        ("duplicate", [("accepted", "9004 1")]),
    ],
)
async def test_what_got_no_answer_is_asked_for_and_never_paid_twice(
    house: House, played: Played, how: str, of_2090: list[tuple[str, str]]
) -> None:
    view = await paid_over_networks(house, played, home_case())
    played.control("faults", {"kind": "leg", "leg": "tax", "how": how})
    await followed(house, played, view.id)
    assert (await states(house, view.id))["tax"] == {"arrived"}
    assert await _sent(house, "2090") == of_2090
    assert await _sent(house, "2108") == [("accepted", "90000")]
    truth = list(played.simulator.world.vouchers.values())
    assert [sum(one.portions.values()) for one in truth] == [one.amount_fen for one in truth]


async def test_one_leg_in_and_the_other_not_is_normal_for_a_while(house: House, played: Played) -> None:
    view = await paid_over_networks(house, played)
    played.control("faults", {"kind": "leg", "leg": "tax", "how": "late", "seconds": 600})
    assert await followed(house, played, view.id) == []
    assert await states(house, view.id) == {"tax": {"arrived", "received"}, "non_tax": {"arrived"}}
    assert (await read_bill(house.office, view.id)).state == "paid"
    played.set_clocks(clock.now() + timedelta(seconds=600))
    await followed(house, played, view.id)
    assert (await read_bill(house.office, view.id)).state == "settled"
