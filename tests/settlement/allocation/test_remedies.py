"""Money that was sent back, or booked elsewhere, or does not come: a case each, and a way back through two people."""

from datetime import timedelta
from uuid import UUID

import httpx
import pytest
from sqlalchemy import select, text

from api.wiring import House
from foundation import clock
from foundation.errors import Conflict, NotAllowed
from settlement.adjustments import decide, propose
from settlement.allocation import moving
from settlement.allocation.claims import paid_claims
from settlement.allocation.stuck import (
    lines_in_no_case,
    open_cases_of_newly_stuck_lines,
    open_cases_of_stuck_lines,
)
from settlement.bills.reading import read_bill
from settlement.cases import office_case
from settlement.office import Actor
from settlement.payments.queries import query_bill
from settlement.receipts.confirming import NotArrived, arrived_vouchers, confirm_receipt, vouchers_on_their_way
from tests.played import PLAIN, Played, confirmed, home_case, paid
from tests.settlement.allocation.legs import followed, paid_over_networks, states, vouchers

ONE, OTHER = Actor("one", "finance"), Actor("other", "finance")


async def open_of(house: House, kind: str) -> list[tuple[UUID, str]]:
    wanted = select(office_case.c.id, office_case.c.state).where(office_case.c.kind == kind).order_by(office_case.c.id)
    async with house.office.database.connect() as db:
        return [(row.id, row.state) for row in await db.execute(wanted)]


async def _decided(house: House, case_id: UUID) -> None:
    async with house.office.database.begin() as db:
        await propose(db, house.office.regions, case_id, ONE)
    with pytest.raises(NotAllowed):
        async with house.office.database.begin() as db:
            await decide(house.office, db, case_id, ONE, approve=True)
    async with house.office.database.begin() as db:
        assert await decide(house.office, db, case_id, OTHER, approve=True) == "closed"


@pytest.mark.parametrize("leg", ["tax", "non_tax"])
async def test_what_was_sent_back_is_sent_again_by_two(house: House, played: Played, leg: str) -> None:
    view = await paid_over_networks(house, played, home_case())
    played.control("faults", {"kind": "leg", "leg": leg, "how": "returned"})
    await followed(house, played, view.id, steps=5)
    other = {"tax": "non_tax", "non_tax": "tax"}[leg]
    assert await states(house, view.id) == {leg: {"sent_back"}, other: {"arrived"}}
    ((case_id, state),) = await open_of(house, "L-sent-back")
    assert state == "open"
    await _decided(house, case_id)
    assert (await states(house, view.id))[leg] == {"in_transit"}
    assert await followed(house, played, view.id) == []
    assert (await read_bill(house.office, view.id)).state == "settled"
    debts = [*played.simulator.world.vouchers.values(), *played.simulator.world.pay_codes.values()]
    assert [sum(one.portions.values()) for one in debts] == [one.amount_fen for one in debts]


@pytest.mark.parametrize("leg", ["tax", "non_tax"])
async def test_stale_news_of_a_return_holds_up_nothing_that_was_sent_again(
    house: House, played: Played, leg: str
) -> None:
    """A second worker may have asked before people decided, and write what it heard only afterwards."""
    view = await paid_over_networks(house, played, home_case())
    played.control("faults", {"kind": "leg", "leg": leg, "how": "returned"})
    await followed(house, played, view.id, steps=5)
    table = {"tax": "voucher", "non_tax": "pay_code"}[leg]
    claim = next(one for one in await paid_claims(house.office, view.id) if one.table.name == table)
    await _decided(house, (await open_of(house, "L-sent-back"))[0][0])
    async with house.office.database.begin() as db:
        await moving.send_back(db, claim, claim.row.sent_back_no)
    assert (await states(house, view.id))[leg] == {"in_transit"}
    assert await followed(house, played, view.id) == []
    assert (await read_bill(house.office, view.id)).state == "settled"


async def test_a_voucher_of_two_payers_that_was_sent_back_before_all_of_it_came_is_sent_again(
    house: House, played: Played
) -> None:
    """There is no tax voucher then: the office gives that a number when it has the whole."""
    view = await confirmed(
        house, home_case(split={"choice": "custom", "transferee_parts": "2", "transferor_parts": "1"})
    )
    for share in view.shares:
        await paid(house, played, view.id, share.payer)
    await query_bill(house.office, view.id)
    played.control("faults", {"kind": "leg", "leg": "tax", "how": "returned"})
    assert await followed(house, played, view.id, steps=3) == []
    assert await states(house, view.id) == {"tax": {"sent_back"}, "non_tax": {"arrived"}}
    ((case_id, _),) = await open_of(house, "L-sent-back")
    await _decided(house, case_id)
    assert await followed(house, played, view.id) == []
    assert (await read_bill(house.office, view.id)).state == "settled"
    assert all(sum(one.portions.values()) == one.amount_fen for one in played.simulator.world.vouchers.values())


async def test_money_that_comes_back_twice_needs_two_decisions(house: House, played: Played) -> None:
    view = await paid_over_networks(house, played, home_case())
    for _ in range(2):
        played.control("faults", {"kind": "leg", "leg": "tax", "how": "returned"})
    await followed(house, played, view.id, steps=4)
    await _decided(house, (await open_of(house, "L-sent-back"))[0][0])
    await followed(house, played, view.id, steps=4)
    assert (await states(house, view.id))["tax"] == {"sent_back"}
    first, second = await open_of(house, "L-sent-back")
    assert (first[1], second[1]) == ("closed", "open")
    await _decided(house, second[0])
    await followed(house, played, view.id)
    assert (await read_bill(house.office, view.id)).state == "settled"


@pytest.mark.parametrize("is_corrected", [True, False])
async def test_a_wrong_subject_arrives_only_after_two_agreed(house: House, played: Played, is_corrected: bool) -> None:
    view = await paid_over_networks(house, played, home_case())
    played.control("faults", {"kind": "leg", "leg": "tax", "how": "wrong_subject"})
    await followed(house, played, view.id, steps=4)
    assert await states(house, view.id) == {"tax": {"wrong_subject"}, "non_tax": {"arrived"}}
    (tax,) = await vouchers(house, view.id)
    assert (tax.budget_subject, tax.certificate_number) == ("1011999", None)
    assert await arrived_vouchers(house.office, view.region, confirmed=False) == []  # a date in the treasury is not all
    (outside,) = await vouchers_on_their_way(house.office, view.region)
    assert (outside.id, outside.state) == (tax.id, "wrong_subject")
    with pytest.raises(NotArrived):
        await confirm_receipt(house.office, view.region, [tax.id], Actor("周岩", "tax_officer"))
    ((case_id, _),) = await open_of(house, "L-wrong-subject")
    if is_corrected:
        played.control("corrections", {"number": tax.levy_number})
        await followed(house, played, view.id, steps=2)
        assert (await states(house, view.id))["tax"] == {"wrong_subject"}
    await _decided(house, case_id)
    await followed(house, played, view.id)
    assert (await read_bill(house.office, view.id)).state == "settled"
    (tax,) = await vouchers(house, view.id)
    assert tax.budget_subject == tax.subject_agreed == ("1011901" if is_corrected else "1011999")
    assert tax.certificate_number is not None


async def test_a_decision_on_a_subject_that_changed_meanwhile_is_not_carried_out(house: House, played: Played) -> None:
    view = await paid_over_networks(house, played, home_case())
    played.control("faults", {"kind": "leg", "leg": "tax", "how": "wrong_subject"})
    await followed(house, played, view.id, steps=4)
    ((case_id, _),) = await open_of(house, "L-wrong-subject")
    async with house.office.database.begin() as db:
        await propose(db, house.office.regions, case_id, ONE)
    (tax,) = await vouchers(house, view.id)
    played.control("corrections", {"number": tax.levy_number})
    await followed(house, played, view.id, steps=1)
    with pytest.raises(Conflict, match="已经变化"):
        async with house.office.database.begin() as db:
            await decide(house.office, db, case_id, OTHER, approve=True)
    async with house.office.database.begin() as db:
        await decide(house.office, db, case_id, OTHER, approve=False)
    await _decided(house, case_id)
    await followed(house, played, view.id)
    assert (await read_bill(house.office, view.id)).state == "settled"


async def test_what_is_corrected_after_two_agreed_arrives_as_corrected(house: House, played: Played) -> None:
    view = await paid_over_networks(house, played, home_case())
    played.control("faults", {"kind": "leg", "leg": "tax", "how": "wrong_subject"})
    await followed(house, played, view.id, steps=4)
    await _decided(house, (await open_of(house, "L-wrong-subject"))[0][0])
    (tax,) = await vouchers(house, view.id)
    played.control("corrections", {"number": tax.levy_number})
    await followed(house, played, view.id)
    assert (await read_bill(house.office, view.id)).state == "settled"
    assert [one.budget_subject for one in await vouchers(house, view.id)] == ["1011901"]


async def test_another_wrong_subject_after_two_agreed_is_another_case(house: House, played: Played) -> None:
    view = await paid_over_networks(house, played, home_case())
    played.control("faults", {"kind": "leg", "leg": "tax", "how": "wrong_subject"})
    await followed(house, played, view.id, steps=4)
    await _decided(house, (await open_of(house, "L-wrong-subject"))[0][0])
    for voucher in played.simulator.world.vouchers.values():
        voucher.subject = "1011920"
    await followed(house, played, view.id, steps=2)
    assert [state for _, state in await open_of(house, "L-wrong-subject")] == ["closed", "open"]
    await _decided(house, (await open_of(house, "L-wrong-subject"))[1][0])
    await followed(house, played, view.id)
    assert [one.budget_subject for one in await vouchers(house, view.id)] == ["1011920"]


async def test_a_line_that_is_stuck_becomes_a_case_and_the_case_ends_with_it(house: House, played: Played) -> None:
    view = await paid_over_networks(house, played, home_case())
    played.control("faults", {"kind": "leg", "leg": "tax", "how": "partial"})
    await followed(house, played, view.id, steps=3)
    async with house.office.database.connect() as db:
        assert [row.state for row in await lines_in_no_case(db, "360102")] == ["received"]
    assert await open_cases_of_stuck_lines(house.office) == 0
    async with house.office.database.connect() as db:
        paid_at = (await db.execute(text("SELECT paid_at FROM channel_order"))).scalar_one()
    for minutes, found in ((-1, 0), (1, 1), (30, 0)):  # later they are for those who look at all lines
        played.set_clocks(paid_at + timedelta(hours=24, minutes=minutes))
        assert await open_cases_of_newly_stuck_lines(house.office) == found, minutes
    assert [state for _, state in await open_of(house, "L-stuck")] == ["open"]
    played.set_clocks(clock.now() + timedelta(hours=1))
    assert [await open_cases_of_stuck_lines(house.office) for _ in range(2)] == [1, 1]
    assert [state for _, state in await open_of(house, "L-stuck")] == ["open"]
    async with house.office.database.connect() as db:
        assert await lines_in_no_case(db, "360102") == []
    async with httpx.AsyncClient(verify=PLAIN) as desk:
        (await desk.delete(f"{played.address}/control/faults")).raise_for_status()
    await followed(house, played, view.id)
    assert await open_cases_of_stuck_lines(house.office) == 0
    assert [state for _, state in await open_of(house, "L-stuck")] == ["vanished"]
