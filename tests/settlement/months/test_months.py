"""Mortgages of a bank that pays by the month: registered first, gathered, paid by one order, booked to each bill."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from api.wiring import House
from foundation import clock
from foundation.errors import Conflict
from settlement.bills.confirmation import confirm_bill
from settlement.bills.drafting import draft_bill
from settlement.bills.intake import parse_case
from settlement.bills.reading import BillView, read_bill
from settlement.bills.withdrawal import withdraw_bill
from settlement.cases import office_case
from settlement.clearance.answering import may_register
from settlement.clearance.telling import tell_registry
from settlement.joint.asking import ask_about_attempt
from settlement.joint.making import cancel_joint_payment
from settlement.joint.starting import start_joint_payment
from settlement.months.making import settle_months
from settlement.months.reading import MonthSummary, list_months, read_month
from settlement.months.watching import watch_months
from settlement.office import Actor
from settlement.payments.queries import query_bill
from settlement.ports.channel import PaymentForm
from tests.played import CLERK, Played, followed_through, paid
from tests.settlement.kinds.test_kinds import case_of

REGION = "341502"
BY_MONTH = "91341502MA2BANK01J"  # as the example of the region's configuration says


def of_bank(kind: str, number: str, bank: str = BY_MONTH) -> dict[str, Any]:
    case = case_of(kind)
    parties = [{**one, "identity": bank} if one["side"] == "mortgagee" else one for one in case["parties"]]
    return {**case, "case_number": number, "parties": parties}


async def confirmed(house: House, case: dict[str, Any], who: Actor = CLERK) -> BillView:
    bill_id = await draft_bill(house.office, parse_case(case), who)
    await confirm_bill(house.office, bill_id, who)
    return await read_bill(house.office, bill_id)


async def pay(house: House, played: Played, statement: MonthSummary) -> None:
    """Pays a statement's code at the channel, and asks."""
    token = statement.address.rpartition("/")[2]
    form = await start_joint_payment(house.office, token, "http://127.0.0.1:8800/j/back")
    assert isinstance(form, PaymentForm)
    async with httpx.AsyncClient() as browser:
        await browser.post(form.address, data=dict(form.fields))
    played.control("payments", {"order_id": form.fields["orderId"]})
    await ask_about_attempt(house.office, statement.joint_payment_id)


async def overdue_cases(house: House) -> list[tuple[str, int]]:
    wanted = select(office_case.c.state, office_case.c.amount_fen).where(office_case.c.kind == "M-overdue")
    async with house.office.database.connect() as db:
        return [(state, fen) for state, fen in await db.execute(wanted)]


@pytest.fixture
def in_october(house: House, played: Played) -> None:
    played.set_clocks(clock.local_now().replace(month=10, day=20, hour=10))


@pytest.mark.usefixtures("in_october")
async def test_a_month_is_gathered_once_and_paid_by_one_order(house: House, played: Played) -> None:
    views = [await confirmed(house, of_bank("mortgage", f"MONTH-{one}")) for one in range(3)]
    alone = await confirmed(house, of_bank("mortgage", "ALONE-1"))
    other = await confirmed(house, of_bank("mortgage", "OTHER-1", "91110000MA0000000H"))
    await paid(house, played, alone.id, "mortgagee")
    await query_bill(house.office, alone.id)
    assert await settle_months(house.office) == 0  # October is not over
    played.set_clocks(clock.local_now().replace(month=11, day=1, hour=1))
    late = await confirmed(house, of_bank("mortgage", "NOVEMBER-1"))
    assert [await settle_months(house.office) for _ in range(2)] == [1, 0]
    [statement] = await list_months(house.office, REGION)
    assert (statement.bills, statement.amount_fen, statement.left_fen, statement.state) == (3, 24_000, 24_000, "due")
    lines = (await read_month(house.office, statement.id)).lines
    assert {one.bill_id for one in lines} == {view.id for view in views}
    await pay(house, played, statement)
    assert await watch_months(house.office) == 0
    [statement] = await list_months(house.office, REGION)
    assert (statement.state, statement.left_fen) == ("paid", 0)
    for view in views:
        await followed_through(house, played, view.id, timedelta(seconds=30))
        done = await read_bill(house.office, view.id)
        assert done.state == "settled"
        assert [(one.item, one.state) for one in done.pieces] == [("registration_fee", "arrived")]
    assert [(await read_bill(house.office, one.id)).state for one in (other, late)] == ["confirmed", "confirmed"]


@pytest.mark.usefixtures("in_october")
async def test_what_is_overdue_is_a_case_until_it_is_paid(house: House, played: Played) -> None:
    await confirmed(house, of_bank("mortgage", "MONTH-1"))
    played.set_clocks(clock.local_now().replace(month=11, day=1, hour=1))
    await settle_months(house.office)
    played.set_clocks(clock.local_now().replace(day=11))
    assert await watch_months(house.office) == 0
    played.set_clocks(clock.local_now().replace(day=12))
    assert [await watch_months(house.office) for _ in range(2)] == [1, 1]
    assert await overdue_cases(house) == [("open", 8_000)]
    [statement] = await list_months(house.office, REGION)
    assert statement.state == "overdue"
    await pay(house, played, statement)
    assert await watch_months(house.office) == 0
    assert [state for state, _ in await overdue_cases(house)] == ["vanished"]


@pytest.mark.usefixtures("in_october")
async def test_what_was_taken_back_comes_with_the_next_month(house: House, played: Played) -> None:
    view = await confirmed(house, of_bank("mortgage", "MONTH-1"))
    played.set_clocks(clock.local_now().replace(month=11, day=3))
    await settle_months(house.office)
    [first] = await list_months(house.office, REGION)
    await cancel_joint_payment(house.office, first.joint_payment_id, CLERK, "银行要求更正")
    await watch_months(house.office)
    assert (await settle_months(house.office), (await list_months(house.office, REGION))[0].state) == (0, "lapsed")
    played.set_clocks(clock.local_now().replace(month=12, day=1))
    assert await settle_months(house.office) == 1
    second = (await list_months(house.office, REGION))[0]
    assert {one.bill_id for one in (await read_month(house.office, second.id)).lines} == {view.id}


@pytest.mark.usefixtures("in_october")
async def test_the_registry_does_not_wait_for_the_month(house: House, played: Played) -> None:
    view = await confirmed(house, of_bank("mortgage", "MONTH-1"))
    other = await confirmed(house, of_bank("mortgage", "OTHER-1", "91110000MA0000000H"))
    answer = await may_register(house.office, view.id)
    assert (answer.cleared, [one.state for one in answer.lines]) == (True, ["by_month"])
    assert not (await may_register(house.office, other.id)).cleared
    told = await tell_registry(house.office, view.id)
    assert (told.cleared, told.delivered) == (True, True)
    assert (await tell_registry(house.office, view.id)).again_in is None
    with pytest.raises(Conflict, match="month's statement"):
        await withdraw_bill(house.office, view.id, CLERK, "不再办理")
    await paid(house, played, view.id, "mortgagee")  # nobody has to wait for the statement
    await query_bill(house.office, view.id)
    await followed_through(house, played, view.id, timedelta(seconds=30))
    await tell_registry(house.office, view.id)
    assert (await read_bill(house.office, view.id)).state == "cleared"
    assert len(played.simulator.world.clearances) == 1  # told once, and not again when it was paid


@pytest.mark.usefixtures("in_october")
async def test_a_transfer_waits_for_its_taxes_and_not_for_the_banks_month(house: House, played: Played) -> None:
    view = await confirmed(house, of_bank("transfer_with_mortgage", "MONTH-1"))
    assert not (await may_register(house.office, view.id)).cleared
    assert not (await tell_registry(house.office, view.id)).cleared
    await paid(house, played, view.id, "transferee")
    await query_bill(house.office, view.id)
    await followed_through(house, played, view.id, timedelta(seconds=30))
    assert (await read_bill(house.office, view.id)).state == "part_paid"
    told = await tell_registry(house.office, view.id)
    assert (told.cleared, told.delivered) == (True, True)
    states = {(one.item, one.payer): one.state for one in (await may_register(house.office, view.id)).lines}
    assert states["registration_fee", "mortgagee"] == "by_month"
    assert states["deed_tax", "transferee"] == "certified"
