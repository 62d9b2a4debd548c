"""Orders and refunds of which our book has not heard rightly, played by the simulator: the file tells of them.

Where the channel confirms its file the book learns, and there is no difference; where it does not, each has its name.
"""

from datetime import timedelta
from typing import Any

import pytest

from api.wiring import House
from foundation import clock
from settlement.office import Actor
from settlement.payments.closing import expire_codes, replace_code
from settlement.payments.queries import query_bill, query_due_orders
from settlement.refunds.proposing import Wish
from tests.played import Played, confirmed, home_case, paid
from tests.reconciliation.test_simulated import Town
from tests.settlement.refunds.conftest import approved, paid_bill, pieces, pursued

ALWAYS = 999


def denies(played: Played, how: str, number: str | None = None) -> None:
    """From here on the channel's answers about a number, or the next, are not the truth."""
    played.control("faults", {"kind": "query", "how": how, "times": ALWAYS, "order_id": number})


async def closes(town: Town, kind: str, key: str) -> None:
    """While the channel does not confirm its file there is one difference of this kind; once it does, none."""
    town.played.set_clocks(town.morning_after())
    report = await town.closed()
    assert [(one.kind, one.key) for one in report.breaks if one.kind[0] in "PR"] == [(kind, key)]
    assert all(one.holds for one in report.equations), report.equations
    town.forget()
    report = await town.closed()
    assert [one.kind for one in report.breaks if one.kind[0] in "PR"] == []
    assert all(one.holds for one in report.equations), report.equations


@pytest.mark.parametrize("kind", ["P-2", "P-3", "P-4", "P-21"])
async def test_a_payment_that_our_book_has_missed(house: House, played: Played, kind: str) -> None:
    morning = clock.local_now().subtract(days=3).replace(hour=9)
    played.set_clocks(morning)
    view = await confirmed(house, home_case())
    played.control("faults", {"kind": "notification", "how": "dropped"})
    order_id = await paid(house, played, view.id, "transferee")
    denies(played, "pending" if kind == "P-2" else "not_found", order_id)
    if kind != "P-2":
        played.set_clocks(clock.now() + timedelta(minutes=20))
        await query_due_orders(house.office)
    if kind == "P-3":
        played.set_clocks(clock.now() + timedelta(days=1))
        await expire_codes(house.office)
    if kind == "P-21":
        await replace_code(house.office, view.id, Actor("window", "clerk"), "付款人要求换码")
    order = next(one for one in played.simulator.world.orders.values() if one.order_id == order_id)
    await closes(Town(house, played, morning.date(), {}), kind, order.payments[0].query_id)


@pytest.mark.parametrize(("kind", "told"), [("R-1", "pending"), ("R-3", "not_found")])
async def test_a_refund_that_our_book_has_missed(house: House, played: Played, kind: str, told: str) -> None:
    morning = clock.local_now().subtract(days=3).replace(hour=9)
    played.set_clocks(morning)
    view = await paid_bill(house, played, home_case(), "transferee")
    await query_bill(house.office, view.id)
    wishes = [Wish(one) for one in await pieces(house, view.id, "tax")]
    played.control("faults", {"kind": "notification", "how": "dropped"})
    played.control("faults", {"kind": "refund", "how": "unknown"})
    denies(played, told)
    refund_id = await approved(house, view, wishes)
    assert await pursued(house, played, refund_id) == {"R-1": "sent", "R-3": "failed"}[kind]
    given: Any = next(iter(played.simulator.world.returns.values()))
    await closes(Town(house, played, morning.date(), {}), kind, given.movement.query_id)
    assert await pursued(house, played, refund_id) == "done"
