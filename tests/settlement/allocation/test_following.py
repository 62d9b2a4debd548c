"""Each line finds its own way: a leg that is stuck holds nobody up, and nothing is lost meanwhile."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from api.wiring import House
from foundation import clock
from settlement.allocation import moving
from settlement.allocation.claims import paid_claims
from settlement.allocation.following import follow_bill, follow_claim
from settlement.allocation.unfinished import IDLE, queue_unfinished
from settlement.bills.reading import read_bill
from settlement.payments.queries import query_bill
from settlement.ports.refusal import Refused
from settlement.ports.tax_office import TaxStatus, Voucher
from tests.played import Played, confirmed, followed_through, home_case, paid, shop_case

_TWO_THIRDS = {"choice": "custom", "transferee_parts": "2", "transferor_parts": "1"}


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
    await followed_through(house, played, view.id)
    assert {piece.state for piece in (await read_bill(house.office, view.id)).pieces} == {"arrived"}


@pytest.mark.parametrize(
    ("case", "so_far"),
    [
        (shop_case, {"arrived", "due"}),
        (lambda: home_case(split=_TWO_THIRDS), {"arrived", "in_transit", "due"}),  # the voucher waits for its rest
    ],
)
async def test_what_one_side_paid_is_followed_to_its_end_and_no_further(
    house: House, played: Played, case: Callable[[], dict[str, Any]], so_far: set[str]
) -> None:
    """Until the other side pays nothing moves, and nobody is asked again and again about what has arrived."""
    view = await confirmed(house, case())
    await paid(house, played, view.id, "transferee")
    await query_bill(house.office, view.id)
    await followed_through(house, played, view.id)
    half = await read_bill(house.office, view.id)
    assert (half.state, {piece.state for piece in half.pieces}) == ("part_paid", so_far)
    played.set_clocks(clock.now() + IDLE)
    async with house.office.database.begin() as db:
        await db.execute(text("DELETE FROM pgqueuer"))  # as if a worker had taken it
    assert await queue_unfinished(house.office) == 0
    await paid(house, played, view.id, "transferor")
    await query_bill(house.office, view.id)
    await followed_through(house, played, view.id)
    assert (await read_bill(house.office, view.id)).state == "settled"


async def test_two_workers_that_write_of_the_same_voucher_wait_for_one_lock(house: House, played: Played) -> None:
    """Both take the bill's before they write; in another order each would hold what the other waits for."""
    view = await confirmed(house, home_case())
    await paid(house, played, view.id, "transferee")
    await query_bill(house.office, view.id)
    await follow_bill(house.office, view.id)
    played.set_clocks(clock.now() + timedelta(seconds=2))
    claims = await paid_claims(house.office, view.id)
    waits_for_us = text("SELECT count(*) FROM pg_locks WHERE NOT granted AND transactionid = pg_current_xact_id()::xid")
    async with house.office.database.begin() as db:
        for claim in claims:
            await moving.locked(db, claim)
        other = asyncio.create_task(follow_bill(house.office, view.id))
        while not (other.done() or await db.scalar(waits_for_us)):
            pass  # each look gives way to the other
        for claim in claims:
            await moving.record(db, claim, told_at=clock.now())
    await other
    await followed_through(house, played, view.id)


async def test_an_answer_that_comes_late_erases_nothing_of_a_later_one(house: House, played: Played) -> None:
    """Two workers ask: the first is told that the money was taken, the second that it arrived, and writes first."""
    view = await confirmed(house, home_case())
    await paid(house, played, view.id, "transferee")
    await query_bill(house.office, view.id)
    await follow_bill(house.office, view.id)
    at = house.office.institutions[view.region]
    (claim,) = [one for one in await paid_claims(house.office, view.id) if one.table.name == "voucher"]
    asked = asyncio.Event()

    class FirstAsked:
        """The tax office as the first worker hears it: its answer is on the way until the other one is through."""

        def __getattr__(self, name: str) -> Any:
            return getattr(at.tax_office, name)

        async def status(self, voucher: Voucher) -> TaxStatus:
            answer = await at.tax_office.status(voucher)
            asked.set()
            await through.wait()
            return answer

    through = asyncio.Event()
    first = asyncio.create_task(follow_claim(house.office, replace(at, tax_office=FirstAsked()), claim))
    await asked.wait()
    played.set_clocks(clock.now() + timedelta(seconds=2))
    await followed_through(house, played, view.id)
    dated = text("SELECT treasury_date FROM voucher WHERE certificate_number IS NOT NULL")
    async with house.office.database.connect() as db:
        said = await db.scalar(dated)
    through.set()
    await first
    async with house.office.database.connect() as db:
        assert await db.scalar(dated) == said is not None
