"""Red letters: one a refunded fee line, the same however often asked, and never more than the receipt."""

from random import Random
from uuid import UUID

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from api.audit.trail import Search, trail
from api.wiring import House
from foundation import clock
from foundation.errors import BadInput, Conflict, NotAllowed, NotFound, Unavailable
from foundation.states import WrongState
from settlement.bills.reading import BillView
from settlement.bills.tables import pay_code
from settlement.office import Actor
from settlement.ports.fiscal_papers import ReceiptStanding, RedLetter
from settlement.ports.non_tax import FiscalReceipt
from settlement.ports.refusal import Refused
from settlement.receipts.fetching import fetch_papers
from settlement.receipts.papers import papers_of
from settlement.receipts.red_letters import (
    RedReceipt,
    approve_red_letter,
    propose_red_letter,
    read_red_letter,
    reject_red_letter,
)
from settlement.receipts.tables import red_receipt
from settlement.refunds.deciding import approve_refund
from settlement.refunds.errands import close_errand
from settlement.refunds.proposing import Wish
from settlement.refunds.reading import read_refund
from tests.played import Played, home_case
from tests.settlement.refunds.conftest import ASKS, DECIDES, approved, arrived_bill, pieces, proposed


async def _home(house: House, played: Played) -> BillView:
    return await arrived_bill(house, played, home_case(), "transferee")


async def _receipt(house: House, view: BillView) -> FiscalReceipt:
    async with house.office.database.connect() as db:
        row = (await db.execute(select(pay_code).where(pay_code.c.bill_id == view.id))).one()
    return FiscalReceipt(
        row.receipt_code, row.receipt_number, row.receipt_check_code, row.receipt_issued_on, row.amount_fen
    )


async def _issued(house: House, line_id: UUID) -> RedReceipt:
    """Proposed by one, approved by another."""
    await propose_red_letter(house.office, line_id, ASKS, "退费冲红")
    receipt = (await approve_red_letter(house.office, line_id, DECIDES)).receipt
    assert receipt is not None
    return receipt


async def test_a_refunded_fee_is_taken_back_by_one_red_letter(house: House, played: Played) -> None:
    view = await _home(house, played)
    black = await _receipt(house, view)
    [(fee, fen)] = (await pieces(house, view.id, "non_tax")).items()
    refund_id = await approved(house, view, [Wish(fee)])
    line = (await read_refund(house.office, refund_id)).lines[0]
    red = await _issued(house, line.id)
    assert red.amount_fen == fen
    assert (await approve_red_letter(house.office, line.id, DECIDES)).receipt == red  # nothing is issued again
    platform = house.office.institutions["341502"].fiscal_papers
    assert (await platform.verify(black)).standing is ReceiptStanding.red_lettered
    await fetch_papers(house.office, view.id)
    assert red.number in {one.number for one in await papers_of(house.office, [view.id]) if one.kind == "red_receipt"}


async def test_the_refund_closes_with_the_red_letter_that_was_issued(house: House, played: Played) -> None:
    view = await _home(house, played)
    [fee] = await pieces(house, view.id, "non_tax")
    refund_id = await approved(house, view, [Wish(fee)])
    line = (await read_refund(house.office, refund_id)).lines[0]
    with pytest.raises(BadInput, match="red-letter"):
        await close_errand(house.office, line.id, "TF-1", None, DECIDES)
    red = await _issued(house, line.id)
    with pytest.raises(BadInput, match=red.number):
        await close_errand(house.office, line.id, "TF-1", "0000000000", DECIDES)
    await close_errand(house.office, line.id, "TF-1", None, DECIDES)
    assert (await read_refund(house.office, refund_id)).lines[0].red_receipt == red.number


async def test_only_an_approved_fee_line_gets_one(house: House, played: Played) -> None:
    view = await _home(house, played)
    [fee] = await pieces(house, view.id, "non_tax")
    refund_id = await proposed(house, view, [Wish(fee)])
    line = (await read_refund(house.office, refund_id)).lines[0]
    with pytest.raises(Conflict, match="approved non-tax refund"):
        await propose_red_letter(house.office, line.id, ASKS, "退费冲红")
    await approve_refund(house.office, refund_id, DECIDES)
    await _issued(house, line.id)


async def test_who_proposed_one_does_not_approve_it(house: House, played: Played) -> None:
    view = await _home(house, played)
    [fee] = await pieces(house, view.id, "non_tax")
    refund_id = await approved(house, view, [Wish(fee)])
    line = (await read_refund(house.office, refund_id)).lines[0]
    with pytest.raises(NotFound):
        await approve_red_letter(house.office, line.id, DECIDES)
    await propose_red_letter(house.office, line.id, ASKS, "退费冲红")
    with pytest.raises(Conflict, match="proposed already"):
        await propose_red_letter(house.office, line.id, DECIDES, "退费冲红")
    with pytest.raises(NotAllowed, match="another person"):
        await approve_red_letter(house.office, line.id, ASKS)
    with pytest.raises(WrongState):
        await approve_red_letter(house.office, line.id, Actor("li", "clerk"))
    with pytest.raises(IntegrityError, match="two_people"):
        async with house.office.database.begin() as db:
            await db.execute(text("UPDATE red_letter SET state = 'approved', approved_by = proposed_by"))
    platform = house.office.institutions["341502"].fiscal_papers
    assert (await platform.verify(await _receipt(house, view))).red_lettered_fen == 0  # nothing left this house yet
    await reject_red_letter(house.office, line.id, DECIDES, "金额有误")
    with pytest.raises(NotFound):
        await read_red_letter(house.office, line.id)
    await propose_red_letter(house.office, line.id, DECIDES, "退费冲红")
    done = await approve_red_letter(house.office, line.id, ASKS)
    assert (done.state, done.proposed_by, done.approved_by) == ("issued", DECIDES.name, ASKS.name)
    today = clock.today()
    async with house.office.database.connect() as db:
        ours = await trail(db, Search("341502", today, today, kind="proposal"))
        assert {one.actor for one in ours if one.event == "red_letter"} == {ASKS.name, DECIDES.name}
        theirs = await trail(db, Search("360102", today, today, kind="proposal"))
        assert not [one for one in theirs if one.event == "red_letter"]
        steps = await trail(db, Search("341502", today, today, kind="red_letter"))
        assert [(one.actor, one.event) for one in steps] == [(ASKS.name, "approve"), (DECIDES.name, "reject")]


async def test_an_approval_without_an_answer_stands_and_is_carried_out_later(house: House, played: Played) -> None:
    view = await _home(house, played)
    [fee] = await pieces(house, view.id, "non_tax")
    refund_id = await approved(house, view, [Wish(fee)])
    line = (await read_refund(house.office, refund_id)).lines[0]
    await propose_red_letter(house.office, line.id, ASKS, "退费冲红")
    played.control("faults", {"kind": "desk", "how": "red_letter_lost"})
    with pytest.raises(Unavailable):
        await approve_red_letter(house.office, line.id, DECIDES)
    assert (await read_red_letter(house.office, line.id)).state == "approved"
    assert (await approve_red_letter(house.office, line.id, DECIDES)).state == "issued"
    assert len(played.simulator.world.red_receipts) == 1


@pytest.mark.parametrize("seed", range(3))
async def test_whatever_is_asked_the_red_letters_never_exceed_the_receipt(
    house: House, played: Played, seed: int
) -> None:
    view = await _home(house, played)
    black = await _receipt(house, view)
    platform = house.office.institutions["341502"].fiscal_papers
    draw, red, asked = Random(seed), 0, []
    for place in range(30):
        again = bool(asked) and draw.random() < 0.3
        reference, amount = draw.choice(asked) if again else (f"R{place}", draw.randint(1, black.amount_fen // 2))
        wish = RedLetter(black, amount, "退费", reference)
        if again or amount <= black.amount_fen - red:
            assert (await platform.red_letter(wish)).amount_fen == amount
            red += 0 if again else amount
            asked.append((reference, amount))
        else:
            with pytest.raises(Refused, match="exceeds"):
                await platform.red_letter(wish)
        said = await platform.verify(black)
        assert said.red_lettered_fen == red <= black.amount_fen
        assert (said.standing is ReceiptStanding.red_lettered) == (red == black.amount_fen)


async def test_the_database_holds_the_sum_too(house: House, played: Played) -> None:
    view = await _home(house, played)
    [fee] = await pieces(house, view.id, "non_tax")
    refund_id = await approved(house, view, [Wish(fee)])
    line = (await read_refund(house.office, refund_id)).lines[0]
    async with house.office.database.connect() as db:
        code = (await db.execute(select(pay_code).where(pay_code.c.bill_id == view.id))).one()
    values = {
        "pay_code_id": code.id,
        "refund_line_id": line.id,
        "code": "34021026",
        "number": "0000000001",
        "check_code": "123456",
        "issued_on": code.receipt_issued_on,
        "issued_by": "x",
        "issued_at": view.created_at,
    }
    for amount in (line.amount_fen - 1, line.amount_fen + 1):
        with pytest.raises(DBAPIError, match=r"red_receipts_never_more|red letters"):
            async with house.office.database.begin() as db:
                await db.execute(insert(red_receipt).values(id=text("gen_random_uuid()"), amount_fen=amount, **values))
