"""An institution that was told of a payment says in writing that it has nothing: two people let the refund have it."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from api.wiring import House
from foundation import clock
from foundation.errors import BadInput, Conflict, NotAllowed, NotFound
from settlement.allocation import moving
from settlement.allocation.claims import Claim, paid_claims
from settlement.allocation.following import follow_claim, payment_of
from settlement.allocation.pushed_fees import hear_fee
from settlement.bills.reading import BillView
from settlement.exchanges.pushes import Pushed
from settlement.ports.pushes import FeeArrived
from settlement.refunds.deciding import approve_refund, foreseen_ways, reject_refund
from settlement.refunds.history import steps_of_refund
from settlement.refunds.non_receipt import (
    Letter,
    approve_non_receipt,
    ask_institution,
    drop_non_receipt,
    propose_non_receipt,
    told_lines,
)
from tests.played import Played, home_case
from tests.reconciliation.test_remedies import decided
from tests.reconciliation.test_simulated import Town
from tests.settlement.allocation.legs import followed, states
from tests.settlement.refunds.conftest import (
    ASKS,
    DECIDES,
    book,
    cases,
    paid_bill,
    pieces,
    proposed,
    pursued,
)
from tests.settlement.refunds.test_told import lines_of, returned_fen

LEGS = ["tax", "non_tax"]


def letter(**other: Any) -> Letter:
    return Letter(**{"number": "税函〔2026〕17号", "on": clock.today(), "reason": "电话及书面核实，均未收到"} | other)


async def told(house: House, view: BillView, leg: str) -> Claim:
    """The institution is told of a claim, and its answer is lost: nobody here knows whether it heard."""
    (claim,) = [one for one in await paid_claims(house.office, view.id) if one.pieces[0].leg == leg]
    async with house.office.database.begin() as db:
        assert await moving.tell(db, claim)
    return claim


async def a_refund_that_waits(house: House, played: Played, leg: str) -> tuple[BillView, UUID, UUID, Claim]:
    """A refund of what an institution was told of; its bill, its id, its line, and the claim."""
    view = await paid_bill(house, played, home_case(), "transferee")
    claim = await told(house, view, leg)
    refund_id = await proposed(house, view, await lines_of(house, view, leg))
    (waits,) = await told_lines(house.office, refund_id)
    assert (waits.state, waits.amount_fen) == ("told", sum((await pieces(house, view.id, leg)).values()))
    return view, refund_id, waits.line_id, claim


async def confirmed_by_letter(house: House, played: Played, refund_id: UUID, line_id: UUID) -> None:
    await ask_institution(house.office, refund_id, line_id, ASKS)
    played.set_clocks(clock.now() + timedelta(minutes=2))
    await propose_non_receipt(house.office, refund_id, line_id, letter(), ASKS)
    await approve_non_receipt(house.office, refund_id, line_id, DECIDES)


@pytest.mark.parametrize("leg", LEGS)
async def test_what_it_has_nothing_of_goes_back_through_the_channel(house: House, played: Played, leg: str) -> None:
    view, refund_id, line_id, _ = await a_refund_that_waits(house, played, leg)
    with pytest.raises(Conflict, match="said in writing"):
        await approve_refund(house.office, refund_id, DECIDES)
    await confirmed_by_letter(house, played, refund_id, line_id)
    assert (await states(house, view.id))[leg] == {"held"}
    assert set((await foreseen_ways(house.office, refund_id)).values()) == {"channel"}
    (said,) = await told_lines(house.office, refund_id)
    assert (said.state, said.told_at, said.decided_by) == ("approved", None, DECIDES.name)
    assert [one.event for one in await steps_of_refund(house.office, refund_id)] == [
        "non_receipt.ask", "non_receipt.propose", "non_receipt.approve",
    ]  # fmt: skip
    await approve_refund(house.office, refund_id, DECIDES)
    assert await pursued(house, played, refund_id) == "done"
    assert returned_fen(played) == sum((await pieces(house, view.id, leg)).values())
    assert await cases(house) == []


@pytest.mark.parametrize("leg", LEGS)
async def test_nobody_is_told_while_people_ask_and_told_again_when_they_stop(
    house: House, played: Played, leg: str
) -> None:
    view, refund_id, line_id, claim = await a_refund_that_waits(house, played, leg)
    await ask_institution(house.office, refund_id, line_id, ASKS)
    with pytest.raises(Conflict, match="being asked"):
        await ask_institution(house.office, refund_id, line_id, DECIDES)
    played.set_clocks(clock.now() + timedelta(minutes=2))
    at = house.office.institutions[view.region]
    await follow_claim(house.office, at, claim)
    assert (await states(house, view.id))[leg] == {"in_transit"}
    assert not any(one.received_at for one in played.simulator.world.pay_codes.values())
    assert not any(one.portions for one in played.simulator.world.vouchers.values())
    await drop_non_receipt(house.office, refund_id, line_id, ASKS, "不再查询")
    await followed(house, played, view.id)
    assert (await states(house, view.id))[leg] == {"arrived"}
    await approve_refund(house.office, refund_id, DECIDES)
    assert (await pursued(house, played, refund_id), returned_fen(played)) == ("sent", 0)


async def test_it_takes_a_letter_of_after_the_question_and_two_people(house: House, played: Played) -> None:
    _, refund_id, line_id, _ = await a_refund_that_waits(house, played, "tax")
    with pytest.raises(NotFound):
        await propose_non_receipt(house.office, refund_id, line_id, letter(), ASKS)
    await ask_institution(house.office, refund_id, line_id, ASKS)
    for day in (clock.today() - timedelta(days=1), clock.today() + timedelta(days=1)):
        with pytest.raises(BadInput, match="letter_on"):
            await propose_non_receipt(house.office, refund_id, line_id, letter(on=day), ASKS)
    await propose_non_receipt(house.office, refund_id, line_id, letter(), ASKS)
    with pytest.raises(NotAllowed, match="another person"):
        await approve_non_receipt(house.office, refund_id, line_id, ASKS)
    with pytest.raises(IntegrityError, match="two_people"):
        async with house.office.database.begin() as db:
            await db.execute(text("UPDATE non_receipt SET state = 'approved', decided_by = proposed_by"))
    with pytest.raises(Conflict, match="in a minute"):  # what was told last may be under way
        await approve_non_receipt(house.office, refund_id, line_id, DECIDES)
    await reject_refund(house.office, refund_id, DECIDES, "不退了")
    with pytest.raises(NotFound):
        await approve_non_receipt(house.office, refund_id, line_id, DECIDES)


async def test_what_it_says_over_the_wire_counts_before_its_letter(house: House, played: Played) -> None:
    """The platform had the payment all the time: its letter is not approved, and its answer ends the question."""
    view, refund_id, line_id, claim = await a_refund_that_waits(house, played, "non_tax")
    await ask_institution(house.office, refund_id, line_id, ASKS)
    await propose_non_receipt(house.office, refund_id, line_id, letter(), ASKS)
    played.set_clocks(clock.now() + timedelta(minutes=2))
    await house.office.institutions[view.region].non_tax.confirm(claim.row.code, payment_of(claim))
    played.set_clocks(clock.now() + timedelta(minutes=1))
    with pytest.raises(Conflict, match="knows of this payment"):
        await approve_non_receipt(house.office, refund_id, line_id, DECIDES)
    await followed(house, played, view.id)
    assert (await states(house, view.id))["non_tax"] == {"arrived"}
    assert await told_lines(house.office, refund_id) == []
    await approve_refund(house.office, refund_id, DECIDES)
    assert (await pursued(house, played, refund_id), returned_fen(played)) == ("sent", 0)


@pytest.mark.parametrize(("leg", "kind"), [("tax", "T-14"), ("non_tax", "N-11")])
async def test_what_it_had_after_all_is_a_named_difference_of_the_day(
    house: House, played: Played, leg: str, kind: str
) -> None:
    """It wrote that it had nothing, and shows the money in its statement after all: once, with its bill."""
    morning = clock.local_now().subtract(days=3).replace(hour=9)
    played.set_clocks(morning)
    view, refund_id, line_id, claim = await a_refund_that_waits(house, played, leg)
    await confirmed_by_letter(house, played, refund_id, line_id)
    await approve_refund(house.office, refund_id, DECIDES)
    assert await pursued(house, played, refund_id) == "done"
    world = played.simulator.world
    debt: Any = world.vouchers[claim.row.levy_number] if leg == "tax" else world.pay_codes[claim.row.code]
    debt.portions[claim.pieces[0].order_id, claim.pieces[0].query_id] = debt.amount_fen
    debt.received_at = world.clock.now()
    if leg == "tax":
        debt.tax_voucher_no = "334150200000000999"
    else:
        debt.confirmation_no = "341502QR99"
    await followed(house, played, view.id)
    played.set_clocks(morning + timedelta(days=1, hours=2))
    town = Town(house, played, morning.date(), {})
    for _ in range(2):  # looked at again, it is the same case
        report = await town.closed()
        assert [(one.kind, one.their_fen, one.bill_id) for one in report.breaks] == [(kind, debt.amount_fen, view.id)]
        assert all(one.holds for one in report.equations), report.equations
    assert await cases(house) == [kind]
    assert (await book(house, view.region)).get("channel_transit", 0) == 0
    assert returned_fen(played) == debt.amount_fen
    (one,) = report.breaks
    for left_fen, state in ((-debt.amount_fen, "held"), (0, "closed")):  # a shortage until it is recovered from there
        assert await decided(house, one.case_id) == state
        assert (await book(house, view.region)).get("channel_transit", 0) == left_fen
        assert all(each.holds for each in (await town.closed()).equations)


async def test_what_comes_before_the_channel_is_asked_goes_back_from_its_account(house: House, played: Played) -> None:
    """Letter and refund are approved; then the platform, told by somebody else, has the money after all."""
    view, refund_id, line_id, claim = await a_refund_that_waits(house, played, "non_tax")
    await confirmed_by_letter(house, played, refund_id, line_id)
    await approve_refund(house.office, refund_id, DECIDES)
    await house.office.institutions[view.region].non_tax.confirm(claim.row.code, payment_of(claim))
    played.set_clocks(clock.now() + timedelta(minutes=1))
    assert await pursued(house, played, refund_id, steps=1) == "approved"
    await followed(house, played, view.id)
    assert await pursued(house, played, refund_id) == "sent"
    assert ("R-non-tax" in await cases(house), returned_fen(played)) == (True, 0)


async def test_a_push_about_what_went_back_is_a_case(house: House, played: Played) -> None:
    """Finance tells by itself that a fee arrived which it had not, so that it was given back: never passed over."""
    view, refund_id, line_id, claim = await a_refund_that_waits(house, played, "non_tax")
    await confirmed_by_letter(house, played, refund_id, line_id)
    await approve_refund(house.office, refund_id, DECIDES)
    assert await pursued(house, played, refund_id) == "done"
    said = FeeArrived(claim.row.code, claim.row.amount_fen, claim.pieces[0].query_id, clock.today(), "QR99")
    for _ in range(2):
        one = Pushed(view.region, "cnnontax", "5996", "10.0.0.9", b"", f"{claim.row.code} QR99")
        assert (await hear_fee(house.office, one, said)).name == "conflicting"
    assert await cases(house) == ["L-fee-push"]
