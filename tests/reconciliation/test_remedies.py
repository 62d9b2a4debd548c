"""What is suggested for a difference, carried out: posted by two, tied to its case, and every equation still true."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from api.wiring import House
from foundation import clock
from foundation.errors import NotAllowed
from reconciliation.kinds import KINDS
from reconciliation.report import DayReport
from settlement.adjustments import decide, propose
from settlement.adjustments.entries import movements
from settlement.cases import CaseFilter, list_cases, read_case
from settlement.refunds.errands import close_errand
from settlement.refunds.tables import refund, refund_line
from tests.played import Played
from tests.reconciliation.test_simulated import REGION, Town, town
from tests.reconciliation.test_simulated_refunds import REFUND, town_with_a_refund
from tests.settlement.adjustments.conftest import LI, WANG, decided
from tests.settlement.adjustments.test_posting import held
from tests.settlement.refunds.conftest import ASKS
from tests.signing import signed_by_two

__all__ = ["town"]


async def suspense(house: House) -> dict[str, int]:
    """What the book has in suspense and in transit."""
    return {cls: await held(house, cls) for cls in ("surplus", "shortage", "channel_transit", "refunds_payable")}


async def signed(town: Town) -> DayReport:
    """The day as it is run again, with every equation true, and signed by two."""
    report = await town.closed()
    assert all(one.holds for one in report.equations), report.equations
    async with town.house.office.database.begin() as db:
        await signed_by_two(db, REGION, town.day, town.house.book)
    return report


async def next_day(town: Town) -> None:
    """Goes on to the morning after the following day."""
    town.forget()
    town.day += timedelta(days=1)
    town.played.set_clocks(town.morning_after())


async def posted(house: House, case_id: UUID) -> list[tuple[str, int]]:
    async with house.office.database.connect() as db:
        return [(one.kind, one.amount_fen) for one in (await read_case(db, case_id)).postings]


async def test_a_discount_and_a_test_payment_wait_in_suspense_until_they_are_settled(town: Town) -> None:
    """P-12 and P-19, over two signed days: the accounts hold what the open cases name, and at last nothing."""
    house = town.house
    assert town.plant("channel", "discounted", 7, 0)[0] == "P-12"
    assert town.plant("channel", "test_card", 0, 1)[0] == "P-19"
    by_kind = {one.kind: one for one in (await town.closed()).breaks}
    assert by_kind.keys() == {"P-12", "P-19"}
    paid_fen = by_kind["P-19"].our_fen
    assert [await decided(house, one.case_id) for one in by_kind.values()] == ["held", "held"]
    assert await posted(house, by_kind["P-12"].case_id) == [("shortage_found", 7)]
    assert await posted(house, by_kind["P-19"].case_id) == [("shortage_found", paid_fen)]
    waiting = {"surplus": 0, "shortage": paid_fen + 7, "channel_transit": -paid_fen - 7, "refunds_payable": 0}
    assert await suspense(house) == waiting
    assert {one.kind: one.case_state for one in (await signed(town)).breaks} == {"P-12": "held", "P-19": "held"}
    await next_day(town)
    assert (await town.closed()).breaks == ()
    assert [await decided(house, one.case_id) for one in by_kind.values()] == ["closed", "closed"]
    assert not any((await suspense(house)).values())
    assert (await signed(town)).breaks == ()


async def test_what_a_statement_issued_again_shows_otherwise_is_decided_anew(town: Town) -> None:
    town.plant("channel", "renumbered", 0, 0)
    (one,) = (await town.closed()).breaks
    assert await decided(town.house, one.case_id) == "closed"
    assert [each.case_state for each in (await town.closed()).breaks] == ["closed"]
    town.forget()
    town.plant("channel", "missing", 0, 0)
    assert [(each.kind, each.case_id, each.case_state) for each in (await town.closed()).breaks] == [
        ("P-9", one.case_id, "open")
    ]


@pytest.mark.parametrize(("how", "by_fen", "kind"), [("discounted", 7, "P-12"), ("altered", -7, "P-11")])
async def test_of_a_refund_that_took_less_from_us_the_rest_is_surplus(
    house: House, played: Played, how: str, by_fen: int, kind: str
) -> None:
    town = await town_with_a_refund(house, played)
    town.break_row("channel", how, by_fen, REFUND)
    (one,) = (await town.closed()).breaks
    assert one.kind == kind
    assert await decided(house, one.case_id) == "held"
    assert await suspense(house) == {"surplus": 7, "shortage": 0, "channel_transit": 7, "refunds_payable": 0}
    assert (await signed(town)).breaks[0].case_state == "held"
    assert await decided(house, one.case_id) == "closed"
    assert not any((await suspense(house)).values())


async def owed(house: House) -> list[tuple[str, str | None, int]]:
    """State, way and amount of every line of a refund."""
    async with house.office.database.connect() as db:
        found = await db.execute(select(refund_line).order_by(refund_line.c.id))
        return [(one.state, one.way, one.amount_fen) for one in found]


async def test_a_refund_that_came_back_is_owed_again_and_given_back_by_hand(house: House, played: Played) -> None:
    """R-8: two people reopen it; nothing goes out by that, and a person gives it back to another account."""
    town = await town_with_a_refund(house, played)
    town.break_row("channel", "bounced", 0, REFUND)
    (one,) = (await town.closed()).breaks
    assert one.kind == "R-8"
    async with house.office.database.begin() as db:
        await propose(db, house.office.regions, one.case_id, WANG)
    with pytest.raises(NotAllowed):
        async with house.office.database.begin() as db:
            await decide(house.office, db, one.case_id, WANG, approve=True)
    assert [state for state, _, _ in await owed(house)] == ["done", "done"]
    sent = len(played.simulator.world.returns)
    async with house.office.database.begin() as db:
        assert await decide(house.office, db, one.case_id, LI, approve=True) == "closed"
    back = [line for line in await owed(house) if line[0] == "came_back"]
    again = [line for line in await owed(house) if line[0] == "approved"]
    assert [(way, fen) for _, way, fen in again] == [("by_hand", fen) for _, _, fen in back]
    fen = sum(amount for _, _, amount in again)
    assert fen == one.their_fen
    assert await suspense(house) == {"surplus": 0, "shortage": 0, "channel_transit": fen, "refunds_payable": fen}
    assert [each.case_state for each in (await signed(town)).breaks] == ["closed"]
    await next_day(town)
    assert (await signed(town)).breaks == ()
    for errand in await errands(house):
        await close_errand(house.office, errand, "转账 20260305-7", None, ASKS)
    assert not any((await suspense(house)).values())
    assert len(played.simulator.world.returns) == sent
    async with house.office.database.connect() as db:
        assert (await db.scalars(select(refund.c.state))).all() == ["done"]
        assert await list_cases(db, REGION, CaseFilter("open")) == []
    await next_day(town)
    assert (await signed(town)).breaks == ()


async def test_days_before_a_refund_came_back_read_the_same_afterwards(house: House, played: Played) -> None:
    """Run again, each day counts what was at the channel on its evening."""
    town = await town_with_a_refund(house, played)
    town.break_row("channel", "bounced", 0, REFUND)
    await town.closed()
    town.day += timedelta(days=1)
    town.played.set_clocks(town.morning_after())
    await town.closed()
    town.day -= timedelta(days=1)
    (one,) = (await town.closed()).breaks
    assert await decided(house, one.case_id) == "closed"
    (errand, *_) = await errands(house)
    town.played.set_clocks(town.morning_after().add(days=2))
    await close_errand(house.office, errand, "转账 20260305-7", None, ASKS)
    closing = []
    for _ in range(4):
        report = await town.closed()
        assert all(each.holds for each in report.equations), (town.day, report.equations)
        assert report.balance is not None
        closing.append(report.balance.book[0].fen)
        town.day += timedelta(days=1)
        town.played.set_clocks(max(town.morning_after(), clock.local_now()))
    assert closing == [one.their_fen, one.their_fen, one.their_fen, 0]


async def errands(house: House) -> list[UUID]:
    """The lines that a person gives back and has not."""
    async with house.office.database.connect() as db:
        return list(await db.scalars(select(refund_line.c.id).where(refund_line.c.state == "approved")))


@pytest.mark.parametrize("difference", [9, -9])
async def test_every_entry_that_is_suggested_is_one_that_can_be_proposed(house: House, difference: int) -> None:
    region = house.office.region(REGION)
    async with house.office.database.connect() as db:
        for code, kind in KINDS.items():
            if kind.does == "post":
                suggested = [*kind.preview(difference, 9), *kind.afterwards(difference, 9)]
                found = await movements(db, region, {"account": "A01"}, suggested)
                into = sum(one.credit.cls.value == "surplus" or one.debit.cls.value == "shortage" for one in found)
                out_of = sum(one.debit.cls.value == "surplus" or one.credit.cls.value == "shortage" for one in found)
                assert into == out_of, code
