"""What an institution was told of is on its way, whatever it answers: the channel never gives it back as well."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from api.wiring import House
from foundation import clock
from foundation.errors import Conflict
from settlement.allocation import moving
from settlement.allocation.claims import paid_claims
from settlement.allocation.following import follow_claim, payment_of
from settlement.allocation.stuck import open_cases_of_stuck_lines
from settlement.bills.reading import BillView
from settlement.payments.queries import query_bill
from settlement.refunds.deciding import approve_refund, foreseen_ways, reject_refund
from settlement.refunds.proposing import Wish
from settlement.refunds.sending import pursue_refund
from tests.played import Played, home_case, paid
from tests.settlement.allocation.legs import followed, paid_over_networks, paid_to_gateways, states
from tests.settlement.refunds.conftest import DECIDES, approved, book, cases, paid_bill, pieces, proposed, pursued

HOW = [("late", {"seconds": 3600}), ("partial", {})]


def returned_fen(played: Played) -> int:
    world = played.simulator.world
    return sum(one.amount_fen for one in world.returns.values() if one.outcome == "00" and world.is_known(one))


async def lines_of(house: House, view: BillView, leg: str) -> list[Wish]:
    return [Wish(one) for one in await pieces(house, view.id, leg)]


@pytest.mark.parametrize("to", [paid_over_networks, paid_to_gateways])
@pytest.mark.parametrize(("how", "more"), HOW)
async def test_what_an_institution_took_and_calls_unpaid_is_waited_for_and_goes_back_from_there(
    house: House, played: Played, to: Any, how: str, more: dict[str, int]
) -> None:
    view = await to(house, played, home_case())
    played.control("faults", {"kind": "leg", "leg": "non_tax", "how": how} | more)
    await followed(house, played, view.id, steps=4)
    refund_id = await proposed(house, view, await lines_of(house, view, "non_tax"))
    assert (await states(house, view.id))["non_tax"] == {"in_transit"}  # it is not held: it goes on
    assert set((await foreseen_ways(house.office, refund_id)).values()) == {None}
    with pytest.raises(Conflict, match=r"已告知征收单位.*on its way into its account"):
        await approve_refund(house.office, refund_id, DECIDES)
    played.set_clocks(clock.now() + timedelta(days=1))
    if how == "partial":
        await followed(house, played, view.id, steps=2)
        await open_cases_of_stuck_lines(house.office)
        assert "L-stuck" in await cases(house)  # nobody waits in the dark
        for code in played.simulator.world.pay_codes.values():
            code.is_stuck = False
    await followed(house, played, view.id)
    await approve_refund(house.office, refund_id, DECIDES)
    assert await pursued(house, played, refund_id) == "sent"
    assert ("R-non-tax" in await cases(house), returned_fen(played)) == (True, 0)


async def test_a_voucher_of_which_a_part_was_taken_is_waited_for(house: House, played: Played) -> None:
    """The tax office has the first payer's part; the channel has not divided the second payer's yet."""
    split = {"choice": "custom", "transferee_parts": "2", "transferor_parts": "1"}
    view = await paid_bill(house, played, home_case(split=split), "transferee")
    played.control("faults", {"kind": "payment", "how": "withheld"})
    await paid(house, played, view.id, "transferor")
    await query_bill(house.office, view.id)
    assert [type(one).__name__ for one in await followed(house, played, view.id, steps=1)] == ["Unavailable"]
    assert sum(sum(one.portions.values()) for one in played.simulator.world.vouchers.values()) > 0
    refund_id = await proposed(house, view, await lines_of(house, view, "tax"))
    with pytest.raises(Conflict, match="on its way"):
        await approve_refund(house.office, refund_id, DECIDES)
    for order in played.simulator.world.by_query_id.values():
        order.is_withheld = False
    await followed(house, played, view.id)
    await approve_refund(house.office, refund_id, DECIDES)
    await pursue_refund(house.office, refund_id)
    assert ((await cases(house)).count("R-treasury"), returned_fen(played)) == (2, 0)


@pytest.mark.parametrize("to", [paid_over_networks, paid_to_gateways])
async def test_what_was_refused_goes_back_through_the_channel(house: House, played: Played, to: Any) -> None:
    played.control("faults", {"kind": "payment", "how": "withheld"})
    view = await to(house, played, home_case())
    early = await proposed(house, view, await lines_of(house, view, "tax"))
    await reject_refund(house.office, early, DECIDES, "再看看")
    assert {type(one).__name__ for one in await followed(house, played, view.id, steps=2)} == {"Refused"}
    refund_id = await approved(house, view, [Wish(one) for one in await pieces(house, view.id)])
    for order in played.simulator.world.by_query_id.values():
        order.is_withheld = False
    await followed(house, played, view.id, steps=2)  # nobody is told of it any more
    assert await pursued(house, played, refund_id) == "done"
    assert (returned_fen(played), await book(house, view.region)) == (view.amount_fen, {})


@pytest.mark.parametrize("leg", ["tax", "non_tax"])
async def test_what_is_refused_after_the_proposal_is_held_by_the_approval(
    house: House, played: Played, leg: str
) -> None:
    view = await paid_bill(house, played, home_case(), "transferee")
    (claim,) = [one for one in await paid_claims(house.office, view.id) if one.pieces[0].leg == leg]
    async with house.office.database.begin() as db:
        told_at = await moving.tell(db, claim)
    refund_id = await proposed(house, view, await lines_of(house, view, leg))
    assert told_at is not None
    async with house.office.database.begin() as db:
        await moving.was_refused(db, claim, told_at)
    assert set((await foreseen_ways(house.office, refund_id)).values()) == {"channel"}
    await approve_refund(house.office, refund_id, DECIDES)
    assert (await states(house, view.id))[leg] == {"held"}
    assert await pursued(house, played, refund_id) == "done"
    assert returned_fen(played) == sum((await pieces(house, view.id, leg)).values())


async def test_a_no_counts_only_when_nothing_else_is_under_way(house: House, played: Played) -> None:
    """Of two workers that tell at once, one is refused; what the other says may still be taken."""
    view = await paid_bill(house, played, home_case(), "transferee")
    claim = (await paid_claims(house.office, view.id))[0]

    async def told_and_refused() -> object:
        async with house.office.database.begin() as db:
            told_at = await moving.tell(db, claim)
            assert told_at is not None
            await moving.was_refused(db, claim, told_at)
        async with house.office.database.connect() as db:
            return await db.scalar(select(claim.table.c.told_at).where(claim.table.c.id == claim.row.id))

    async with house.office.database.begin() as db:
        first = await moving.tell(db, claim)
    played.set_clocks(clock.now() + timedelta(seconds=30))
    assert await told_and_refused() == first
    played.set_clocks(clock.now() + timedelta(seconds=40))
    assert await told_and_refused() is None


@pytest.mark.parametrize("to", [paid_over_networks, paid_to_gateways])
@pytest.mark.parametrize("leg", ["tax", "non_tax"])
async def test_what_was_sent_back_can_go_back_to_its_payer(house: House, played: Played, to: Any, leg: str) -> None:
    view = await to(house, played, home_case())
    played.control("faults", {"kind": "leg", "leg": leg, "how": "returned"})
    await followed(house, played, view.id, steps=5)
    assert ((await states(house, view.id))[leg], await cases(house)) == ({"sent_back"}, ["L-sent-back"])
    wishes = await lines_of(house, view, leg)
    with pytest.raises(Conflict, match="only go back whole"):
        await proposed(house, view, [Wish(wishes[0].allocation_line_id, 100)])
    refund_id = await approved(house, view, wishes)
    assert await cases(house) == []
    assert await pursued(house, played, refund_id) == "done"
    assert returned_fen(played) == sum((await pieces(house, view.id, leg)).values())
    assert await book(house, view.region) == {}


async def test_who_is_just_being_told_is_waited_for(house: House, played: Played) -> None:
    """The follow-up has read the lines as free when a refund takes hold of them: nobody is told any more."""
    view = await paid_bill(house, played, home_case(), "transferee")
    free = await paid_claims(house.office, view.id)
    refund_id = await approved(house, view, [Wish(one) for one in await pieces(house, view.id)])
    for claim in free:
        await follow_claim(house.office, house.office.institutions[view.region], claim)
    assert not any(one.query_id for one in played.simulator.world.vouchers.values())
    assert await pursued(house, played, refund_id) == "done"


async def test_what_is_just_being_told_does_not_go_back(house: House, played: Played) -> None:
    """The platform hears of the fee while its refund is decided on: it does not go back through the channel as well."""
    view = await paid_bill(house, played, home_case(), "transferee")
    (claim,) = [one for one in await paid_claims(house.office, view.id) if one.table.name == "pay_code"]
    async with house.office.database.begin() as db:
        assert await moving.tell(db, claim)
    refund_id = await proposed(house, view, await lines_of(house, view, "non_tax"))
    played.set_clocks(clock.now() + timedelta(minutes=2))
    with pytest.raises(Conflict, match="on its way"):  # the platform has not heard yet, but may at any moment
        await approve_refund(house.office, refund_id, DECIDES)
    await house.office.institutions[view.region].non_tax.confirm(claim.row.code, payment_of(claim))
    await followed(house, played, view.id)
    await approve_refund(house.office, refund_id, DECIDES)
    await pursue_refund(house.office, refund_id)
    assert (returned_fen(played), "R-non-tax" in await cases(house)) == (0, True)
