"""A payment that the channel denies to every question, and that only its file tells of: it is never left unbooked."""

from datetime import timedelta
from uuid import UUID

import pytest

from api.closing import close_the_day
from api.wiring import House
from foundation import clock
from foundation.errors import Conflict
from settlement.adjustments import ask_and_decide, propose
from settlement.bills.reading import BillView, read_bill
from settlement.office import Actor
from settlement.payments.closing import expire_codes, replace_code
from settlement.payments.queries import query_bill, query_due_orders
from settlement.refunds.deciding import approve_refund
from settlement.refunds.proposing import propose_refund
from settlement.refunds.reading import refundable
from tests.days import REGION
from tests.played import Played, paid
from tests.settlement.payments.test_file_rows import order, silently_paid
from tests.settlement.refunds.conftest import pursued

WANG, LI = Actor("wang", "finance"), Actor("li", "finance")
WHY = "与银联电话核实，款项确已收到"


async def denied(house: House, played: Played) -> tuple[BillView, str]:
    """A bill that was paid, and whose order every query denied until it was closed."""
    view, order_id = await silently_paid(house, played)
    played.control("faults", {"kind": "query", "how": "not_found", "times": 999, "order_id": order_id})
    played.set_clocks(clock.now() + timedelta(days=1, minutes=1))
    await query_due_orders(house.office)
    await expire_codes(house.office)
    assert (await order(house, order_id)).state == "not_paid"
    return view, order_id


async def test_the_window_asks_again_for_a_payer_who_says_that_it_was_paid(house: House, played: Played) -> None:
    view, order_id = await denied(house, played)
    assert [one.name for one in await query_bill(house.office, view.id)] == ["stale"]  # denied once more: nothing moves
    assert (await order(house, order_id)).next_query_at is None
    played.simulator.faults.clear()
    assert [one.name for one in await query_bill(house.office, view.id)] == ["applied"]
    assert (await read_bill(house.office, view.id)).state == "paid"
    assert await query_bill(house.office, view.id) == []


async def test_the_window_finds_what_was_paid_by_another_code_meanwhile(house: House, played: Played) -> None:
    view, order_id = await denied(house, played)
    await replace_code(house.office, view.id, Actor("window", "clerk"), "付款人要求换码")
    await paid(house, played, view.id, "transferee")
    assert {one.name for one in await query_bill(house.office, view.id)} == {"applied", "stale"}
    played.simulator.faults.clear()
    assert [one.name for one in await query_bill(house.office, view.id)] == ["applied"]
    assert (await order(house, order_id)).state == "paid_late"
    assert [one.kind for one in (await refundable(house.office, view.id)).surplus] == ["late"]


async def taken(house: House, case_id: UUID) -> None:
    """Two people take the file's row; on its word alone only with a reason, as the channel goes on denying it."""
    async with house.office.database.begin() as db:
        await propose(db, house.office.regions, case_id, WANG)
    with pytest.raises(Conflict, match="say why"):
        await ask_and_decide(house.office, case_id, LI, approve=True)
    assert await ask_and_decide(house.office, case_id, LI, approve=True, reason=WHY) == "closed"


@pytest.mark.parametrize("hour", [12, 23], ids=["in the file of its day", "in the file of the next clearing day"])
@pytest.mark.parametrize("again", [False, True], ids=["still owed", "paid by another code meanwhile"])
async def test_what_every_query_denies_is_booked_from_the_file(
    house: House, played: Played, hour: int, again: bool
) -> None:
    paid_at = clock.local_now().subtract(days=5).replace(hour=hour, minute=20, second=0)
    played.set_clocks(paid_at)
    view, order_id = await silently_paid(house, played)
    played.control("faults", {"kind": "query", "how": "not_found", "times": 999, "order_id": order_id})
    played.set_clocks(paid_at + timedelta(minutes=20))
    await query_due_orders(house.office)
    if again:
        await replace_code(house.office, view.id, Actor("window", "clerk"), "付款人要求换码")
        await paid(house, played, view.id, "transferee")
        await query_bill(house.office, view.id)
    played.set_clocks(paid_at + timedelta(days=1, minutes=1))
    await expire_codes(house.office)
    assert (await order(house, order_id)).state == "not_paid"

    shown_on = (paid_at + timedelta(hours=1)).date()
    found = []
    for ahead in range(3):
        played.set_clocks(paid_at.replace(hour=11) + timedelta(days=ahead + 2))
        report = await close_the_day(house, REGION, paid_at.date() + timedelta(days=ahead))
        found += [(report.day, one) for one in report.breaks if one.kind[0] == "P"]
        assert all(one.holds for one in report.equations), report.equations
    ((day, one),) = found
    assert (day, one.kind, one.bill_id) == (shown_on, "P-21" if again else "P-3", view.id)
    assert one.case_id is not None
    await taken(house, one.case_id)

    row, could = await order(house, order_id), await refundable(house.office, view.id)
    assert (await read_bill(house.office, view.id)).state == ("settled" if again else "paid")
    assert (row.state, row.proved_by) == ("paid_late" if again else "paid", "file")
    assert [(each.kind, each.amount_fen) for each in could.surplus] == ([("late", view.amount_fen)] if again else [])
    if again:  # nobody owes it: it is given back
        played.simulator.faults.clear()
        surplus = [each.id for each in could.surplus]
        refund_id = await propose_refund(house.office, view.id, [], surplus, "重复缴款", WANG)
        await approve_refund(house.office, refund_id, LI)
        assert await pursued(house, played, refund_id) == "done"
