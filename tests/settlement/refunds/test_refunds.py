"""Refunds per line: by two people, by the right way, and never more than was paid."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from api.wiring import House
from foundation import clock
from foundation.errors import BadInput, Conflict, NotAllowed
from foundation.identifiers import new_id
from settlement.allocation.following import follow_bill
from settlement.allocation.tables import allocation_line
from settlement.bills.reading import read_bill
from settlement.bills.tables import bill, voucher
from settlement.cases import office_case
from settlement.refunds.deciding import approve_refund, reject_refund
from settlement.refunds.errands import close_errand
from settlement.refunds.proposing import Wish, propose_refund
from settlement.refunds.sending import pursue_refund, resume_refund
from settlement.refunds.tables import channel_refund, refund, refund_line
from tests.played import Played, home_case, shop_case
from tests.settlement.refunds.conftest import (
    ASKS,
    DECIDES,
    approved,
    arrived_bill,
    book,
    cases,
    paid_bill,
    pieces,
    proposed,
    pursued,
    state_of,
    without_code,
)


def returned_fen(played: Played) -> int:
    world = played.simulator.world
    return sum(one.amount_fen for one in world.returns.values() if one.outcome == "00" and world.is_known(one))


async def test_before_arrival_the_money_goes_back_through_the_channel(house: House, played: Played) -> None:
    view = await paid_bill(house, played, home_case(), "transferee")
    lines = await pieces(house, view.id)
    refund_id = await approved(house, view, [Wish(one) for one in lines])
    assert await book(house) == {"channel_transit": view.amount_fen, "refunds_payable": view.amount_fen}
    assert await pursued(house, played, refund_id) == "done"
    assert returned_fen(played) == view.amount_fen
    assert await book(house) == {}
    assert (await read_bill(house.office, view.id)).state == "refunded"
    async with house.office.database.connect() as db:
        orders = (await db.execute(select(channel_refund))).all()
    assert {(one.kind, one.receiver[-3:], one.state) for one in orders} == {
        ("refund", "101", "done"),
        ("refund", "201", "done"),
    }
    assert not await follow_bill(house.office, view.id) or returned_fen(played) == view.amount_fen


async def test_what_is_held_does_not_go_on_until_it_is_rejected(house: House, played: Played) -> None:
    view = await paid_bill(house, played, home_case(), "transferee")
    refund_id = await proposed(house, view, [Wish(one) for one in await pieces(house, view.id)])
    assert not await follow_bill(house.office, view.id)
    assert not any(one.query_id for one in played.simulator.world.vouchers.values())
    await reject_refund(house.office, refund_id, DECIDES, "资料不全")
    assert not await follow_bill(house.office, view.id)
    played.set_clocks(clock.now() + timedelta(seconds=2))
    assert await follow_bill(house.office, view.id)


async def test_one_line_goes_back_and_the_other_arrives(house: House, played: Played) -> None:
    view = await paid_bill(house, played, home_case(), "transferee")
    (fee,) = await pieces(house, view.id, "non_tax")
    refund_id = await approved(house, view, [Wish(fee)])
    assert await pursued(house, played, refund_id) == "done"
    for _ in range(3):
        await follow_bill(house.office, view.id)
        played.set_clocks(clock.now() + timedelta(seconds=1))
    assert (await read_bill(house.office, view.id)).state == "refunded"
    assert await book(house) == {}


async def test_at_the_channel_only_whole_vouchers_go_back(house: House, played: Played) -> None:
    view = await paid_bill(house, played, home_case(), "transferee")
    (tax,) = await pieces(house, view.id, "tax")
    with pytest.raises(Conflict, match="only go back whole"):
        await proposed(house, view, [Wish(tax, 100)])
    with pytest.raises(BadInput, match="paid line of the bill"):
        await proposed(house, view, [Wish(new_id())])
    with pytest.raises(BadInput, match="each line once"):
        await proposed(house, view, [Wish(tax), Wish(tax)])


async def test_a_bill_paid_in_part_goes_back_once_its_code_is_cancelled(house: House, played: Played) -> None:
    view = await paid_bill(house, played, shop_case(), "transferor")
    async with house.office.database.connect() as db:
        paid_lines = list(
            await db.scalars(
                select(allocation_line.c.id).where(
                    allocation_line.c.bill_id == view.id, allocation_line.c.state == "in_transit"
                )
            )
        )
    with pytest.raises(Conflict, match="cancel the code first"):
        await proposed(house, view, [Wish(one) for one in paid_lines])
    await without_code(house, view)
    refund_id = await approved(house, view, [Wish(one) for one in paid_lines])
    assert await pursued(house, played, refund_id) == "done"
    after = await read_bill(house.office, view.id)
    assert (after.state, after.code.state if after.code else "") == ("refunded", "cancelled")
    assert await book(house) == {}  # what the other side never paid is owed no more


async def test_after_arrival_treasury_and_finance_give_back_in_parts(house: House, played: Played) -> None:
    view = await arrived_bill(house, played, home_case(), "transferee")
    (tax,), (fee,) = await pieces(house, view.id, "tax"), await pieces(house, view.id, "non_tax")
    refund_id = await approved(house, view, [Wish(tax, 100_000), Wish(fee)])
    assert await pursued(house, played, refund_id) == "sent"
    assert await cases(house) == ["R-non-tax", "R-treasury"]
    async with house.office.database.connect() as db:
        lines = {row.way: row for row in await db.execute(select(refund_line))}
        papers = await db.scalar(select(office_case.c.facts).where(office_case.c.kind == "R-treasury"))
    assert "收入退还书" in str(papers)
    await close_errand(house.office, lines["treasury"].id, "TH2026-0001", None, DECIDES)
    with pytest.raises(BadInput, match="red-letter"):
        await close_errand(house.office, lines["non_tax"].id, "TF2026-0001", None, DECIDES)
    assert await state_of(house, refund, refund_id) == "sent"
    await close_errand(house.office, lines["non_tax"].id, "TF2026-0001", "34060126-0000000009", DECIDES)
    assert await state_of(house, refund, refund_id) == "done"
    assert (await cases(house), await book(house)) == ([], {})
    with pytest.raises(Conflict, match="are left"):
        await proposed(house, view, [Wish(tax, 1_500_000)])
    assert returned_fen(played) == 0


async def test_a_half_paid_bill_ends_when_what_arrived_of_it_was_given_back(house: House, played: Played) -> None:
    view = await paid_bill(house, played, shop_case(), "transferor")
    for _ in range(3):
        await follow_bill(house.office, view.id)
        played.set_clocks(clock.now() + timedelta(seconds=1))
    async with house.office.database.connect() as db:
        arrived = select(allocation_line.c.id).where(
            allocation_line.c.bill_id == view.id, allocation_line.c.state == "arrived"
        )
        (tax,) = await db.scalars(arrived)
    await without_code(house, view)
    assert await pursued(house, played, await approved(house, view, [Wish(tax)])) == "sent"
    assert (await read_bill(house.office, view.id)).state == "part_paid"
    async with house.office.database.connect() as db:
        line_id = (await db.execute(select(refund_line.c.id))).scalar_one()
    await close_errand(house.office, line_id, "TH2026-0001", None, DECIDES)
    assert (await read_bill(house.office, view.id)).state == "refunded"
    assert await book(house) == {}  # what the other side never paid is owed no more


async def test_who_proposes_does_not_decide(house: House, played: Played) -> None:
    view = await paid_bill(house, played, home_case(), "transferee")
    refund_id = await proposed(house, view, [Wish(one) for one in await pieces(house, view.id)])
    for decide in (approve_refund(house.office, refund_id, ASKS), reject_refund(house.office, refund_id, ASKS, "no")):
        with pytest.raises(NotAllowed, match="another person"):
            await decide
    with pytest.raises(IntegrityError, match="refund_two_people"):
        async with house.office.database.begin() as db:
            await db.execute(update(refund).values(decided_by=ASKS.name))


async def test_of_two_refunds_at_the_same_moment_one_passes(house: House, played: Played) -> None:
    view = await arrived_bill(house, played, home_case(), "transferee")
    (tax,) = await pieces(house, view.id, "tax")
    tries = await asyncio.gather(
        *(propose_refund(house.office, view.id, [Wish(tax, 1_000_000)], [], "多缴", ASKS) for _ in range(4)),
        return_exceptions=True,
    )
    assert sorted(type(one).__name__ for one in tries) == ["Conflict", "Conflict", "Conflict", "UUID"]


async def test_the_database_itself_refuses_more_than_was_paid(house: House, played: Played) -> None:
    view = await arrived_bill(house, played, home_case(), "transferee")
    (fee,) = await pieces(house, view.id, "non_tax")
    await proposed(house, view, [Wish(fee)])
    async with house.office.database.connect() as db:
        row = dict((await db.execute(select(refund_line))).mappings().one())
    with pytest.raises(IntegrityError, match="exceed"):
        async with house.office.database.begin() as db:
            await db.execute(insert(refund_line).values({**row, "id": new_id(), "amount_fen": 1}))


async def test_a_half_that_fails_is_resumed_under_a_new_number(house: House, played: Played) -> None:
    view = await paid_bill(house, played, home_case(), "transferee")
    played.control("faults", {"kind": "refund", "how": "failed"})
    refund_id = await approved(house, view, [Wish(one) for one in await pieces(house, view.id)])
    assert await pursued(house, played, refund_id) == "failed"
    assert await cases(house) == ["R-failed"]
    assert 0 < returned_fen(played) < view.amount_fen
    await resume_refund(house.office, refund_id, DECIDES)
    assert await pursued(house, played, refund_id) == "done"
    assert returned_fen(played) == view.amount_fen
    assert (await book(house), await cases(house)) == ({}, [])


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "refund", "how": "unknown"},
        {"kind": "query", "how": "not_found", "times": 3},
        {"kind": "query", "how": "too_often", "times": 2},
        {"kind": "query", "how": "unavailable", "times": 4},
        {"kind": "query", "how": "forged", "times": 2},
    ],
)
async def test_whatever_the_answers_the_money_goes_back_once(
    fault: dict[str, object], house: House, played: Played
) -> None:
    view = await paid_bill(house, played, home_case(), "transferee")
    played.control("faults", fault)
    refund_id = await approved(house, view, [Wish(one) for one in await pieces(house, view.id)])
    assert await pursued(house, played, refund_id, steps=40) == "done"
    assert returned_fen(played) == view.amount_fen
    assert await book(house) == {}


async def test_a_refund_that_never_reached_the_channel_fails_after_the_ladder(
    house: House, played: Played, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = await paid_bill(house, played, home_case(), "transferee")
    (fee,) = await pieces(house, view.id, "non_tax")
    refund_id = await approved(house, view, [Wish(fee)])
    channel = house.office.institutions["341502"].channel

    async def lost(*_: object) -> None:
        raise Conflict("the line is dead")

    with monkeypatch.context() as dead:
        dead.setattr(channel, "refund", lost)
        assert not await pursue_refund(house.office, refund_id)
    assert await pursued(house, played, refund_id) == "failed"
    assert returned_fen(played) == 0
    await resume_refund(house.office, refund_id, DECIDES)
    assert await pursued(house, played, refund_id) == "done"


async def test_money_that_somebody_else_told_the_office_of_goes_back_from_there(house: House, played: Played) -> None:
    view = await paid_bill(house, played, home_case(), "transferee")
    (tax,) = await pieces(house, view.id, "tax")
    await follow_bill(house.office, view.id)  # the tax office takes it
    async with house.office.database.begin() as db:  # and not because of us
        await db.execute(update(allocation_line).where(allocation_line.c.id == tax).values(state="in_transit"))
        await db.execute(update(voucher).values(told_at=None))
    refund_id = await approved(house, view, [Wish(tax)])
    assert not await pursue_refund(house.office, refund_id)
    assert await state_of(house, refund, refund_id) == "approved"
    played.set_clocks(clock.now() + timedelta(seconds=2))
    await follow_bill(house.office, view.id)
    assert await pursue_refund(house.office, refund_id)
    assert await cases(house) == ["R-treasury"]
    assert returned_fen(played) == 0


async def test_after_the_window_the_acquirer_does_it_by_hand(house: House, played: Played) -> None:
    view = await paid_bill(house, played, home_case(), "transferee")
    played.set_clocks(clock.now() + timedelta(days=100))
    refund_id = await approved(house, view, [Wish(one) for one in await pieces(house, view.id)])
    assert await pursued(house, played, refund_id) == "sent"
    assert await cases(house) == ["R-by-hand", "R-by-hand"]
    async with house.office.database.connect() as db:
        ids = list(await db.scalars(select(refund_line.c.id)))
    for one in ids:
        await close_errand(house.office, one, "SD-1", None, DECIDES)
    assert await state_of(house, refund, refund_id) == "done"
    assert await book(house) == {}
    assert await state_of(house, bill, view.id) == "refunded"
