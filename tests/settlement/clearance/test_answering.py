"""The answer to the registry: yes only where no line is open; a no says per line what is missing and what to do."""

from dataclasses import replace
from datetime import timedelta
from random import Random
from uuid import UUID

import pytest
from sqlalchemy import text, update

from api.wiring import House
from foundation import clock
from settlement.allocation.following import follow_bill
from settlement.allocation.tables import allocation_lines
from settlement.bills.tables import line
from settlement.bills.withdrawal import withdraw_bill
from settlement.clearance.answering import ClearanceAnswer, may_register
from settlement.clearance.telling import tell_registry
from settlement.clearance.words import GAPS
from settlement.payments.queries import query_bill
from settlement.receipts.checking import check_certificate, check_linked
from settlement.refunds.proposing import Wish
from tests.played import CLERK, Played, confirmed, home_case, paid, shop_case
from tests.settlement.receipts.conftest import arrived_shop
from tests.settlement.refunds.conftest import approved, arrived_bill, pieces


def _gaps(answer: ClearanceAnswer) -> set[str]:
    return {one.missing.zh for one in answer.lines if one.missing}


async def test_each_step_says_what_is_missing(house: House, played: Played) -> None:
    view = await confirmed(house, shop_case())
    answer = await may_register(house.office, view.id)
    assert not answer.cleared
    assert _gaps(answer) == {"尚未缴款"}
    assert {one.to_do.zh for one in answer.lines if one.to_do} == {"请缴款方扫缴款码缴款。"}
    for payer in ("transferee", "transferor"):
        await paid(house, played, view.id, payer)
    await query_bill(house.office, view.id)
    assert _gaps(await may_register(house.office, view.id)) == {"已缴款，尚未入库"}
    await follow_bill(house.office, view.id)
    played.set_clocks(clock.now() + timedelta(seconds=1))
    assert await follow_bill(house.office, view.id)
    assert _gaps(await may_register(house.office, view.id)) == {"完税证明尚未核验"}
    await check_linked(house.office, view.id)
    answer = await may_register(house.office, view.id)
    assert answer.cleared
    assert {one.state for one in answer.lines} == {"certified", "confirmed", "exempt"}
    assert all(one.proof for one in answer.lines)


async def test_one_side_alone_does_not_clear(house: House, played: Played) -> None:
    view = await confirmed(house, shop_case())
    await paid(house, played, view.id, "transferee")
    await query_bill(house.office, view.id)
    played.set_clocks(clock.now() + timedelta(seconds=1))
    await follow_bill(house.office, view.id)
    answer = await may_register(house.office, view.id)
    assert not answer.cleared
    assert [(one.item, one.payer) for one in answer.lines if one.missing and one.missing.zh == "尚未缴款"] == [
        ("stamp_tax", "transferor")
    ]


async def test_a_certificate_that_does_not_fit_stops_although_every_line_is_in(house: House, played: Played) -> None:
    view = await arrived_shop(house, played)
    await check_linked(house.office, view.id)
    await check_certificate(house.office, view.id, "341502269999999999", "税收完税证明", CLERK)
    answer = await may_register(house.office, view.id)
    assert not answer.cleared
    assert [one.subject for one in answer.stops] == ["341502269999999999"]


async def test_a_tax_that_was_given_back_is_open_again_even_after_clearance(house: House, played: Played) -> None:
    view = await arrived_bill(house, played, home_case(), "transferee")
    assert (await tell_registry(house.office, view.id)).delivered
    tax = max((await pieces(house, view.id, "tax")).items(), key=lambda one: one[1])[0]
    await approved(house, view, [Wish(tax)])
    answer = await may_register(house.office, view.id)
    assert not answer.cleared
    assert _gaps(answer) == {"该项已退库（退付）"}


async def test_what_was_refunded_in_part_stays_certified(house: House, played: Played) -> None:
    view = await arrived_bill(house, played, home_case(), "transferee")
    await check_linked(house.office, view.id)
    tax = max((await pieces(house, view.id, "tax")).items(), key=lambda one: one[1])[0]
    await approved(house, view, [Wish(tax, 100)])
    assert (await may_register(house.office, view.id)).cleared


async def test_the_mortgagees_own_fee_stands_apart(house: House, played: Played) -> None:
    view = await arrived_shop(house, played)
    await check_linked(house.office, view.id)
    fee = next(one for one in view.lines if one.item == "registration_fee")
    async with house.office.database.begin() as db:
        await db.execute(text("RESET ROLE"))
        await db.execute(update(line).where(line.c.id == fee.id).values(payer="mortgagee"))
        await db.execute(text("UPDATE allocation_line SET state = 'due' WHERE line_id = :id"), {"id": fee.id})
        await db.execute(text("SET ROLE heyi_app"))
    answer = await may_register(house.office, view.id)
    assert answer.cleared
    assert [one.state for one in answer.lines if one.payer == "mortgagee"] == ["apart"]


def test_every_state_short_of_arrived_has_words() -> None:
    assert set(allocation_lines.states) - {"arrived"} <= GAPS.keys()


async def test_a_withdrawn_bill_says_to_begin_again(house: House) -> None:
    view = await confirmed(house, shop_case())
    await withdraw_bill(house.office, view.id, CLERK, "买卖取消")
    answer = await may_register(house.office, view.id)
    assert not answer.cleared
    assert [one.missing.zh for one in answer.stops] == ["缴款单已作废"]


async def test_a_city_without_look_up_takes_the_certificate_as_it_is(house: House, played: Played) -> None:
    view = await arrived_shop(house, played)
    region = house.office.region("341502")
    plain = region.model_copy(update={"registry": region.registry.model_copy(update={"verify_certificates": False})})
    office = replace(house.office, regions={**house.office.regions, "341502": plain})
    assert (await may_register(office, view.id)).cleared
    assert (await tell_registry(office, view.id)).delivered


@pytest.mark.parametrize("seed", range(8))
async def test_never_yes_while_a_line_is_open(house: House, played: Played, seed: int) -> None:
    """Whatever states the lines are in: yes only if each is exempt, or arrived with its proof, and nothing stops."""
    view = await arrived_shop(house, played)
    await check_linked(house.office, view.id)
    draw = Random(seed)
    for _ in range(12):
        await _shaken(house, view.id, draw)
        answer = await may_register(house.office, view.id)
        async with house.office.database.connect() as db:
            open_lines = await db.scalar(text(_OPEN), {"id": view.id})
            state = await db.scalar(text("SELECT state FROM bill WHERE id = :id"), {"id": view.id})
        assert answer.cleared == (open_lines == 0 and state in ("settled", "cleared"))
        assert all((one.missing is None) == (one.state != "open") for one in answer.lines)


_OPEN = """
    SELECT count(*) FROM allocation_line a LEFT JOIN voucher v ON v.id = a.voucher_id
        LEFT JOIN pay_code p ON p.id = a.pay_code_id
    WHERE a.bill_id = :id AND (a.state <> 'arrived' OR coalesce(v.certificate_number, p.confirmation_no) IS NULL)
"""


async def _shaken(house: House, bill_id: UUID, draw: Random) -> None:
    states = ("arrived",) * 12 + tuple(one for one in allocation_lines.states if one != "planned")
    async with house.office.database.begin() as db:
        await db.execute(text("RESET ROLE"))
        for table, column in (("voucher", "certificate_number"), ("pay_code", "confirmation_no")):
            for row in (await db.execute(text(f"SELECT id, {column} FROM {table}"))).all():
                _kept.setdefault(row[0], row[1])
                value = _kept[row[0]] if draw.random() < 0.9 else None
                await db.execute(text(f"UPDATE {table} SET {column} = :v WHERE id = :id"), {"v": value, "id": row[0]})
        for (piece,) in (await db.execute(text("SELECT id FROM allocation_line"))).all():
            to = {"s": draw.choice(states), "id": piece}
            await db.execute(text("UPDATE allocation_line SET state = :s WHERE id = :id"), to)
        to = {"s": draw.choice(("settled", "cleared", "settled", "paid")), "id": bill_id}
        await db.execute(text("UPDATE bill SET state = :s WHERE id = :id"), to)
        await db.execute(text("SET ROLE heyi_app"))


_kept: dict[UUID, str | None] = {}
