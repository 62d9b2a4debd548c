"""The tax officer's word: only for what is in the treasury, once a voucher, all of a batch or none."""

import asyncio
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from api.wiring import House
from foundation.errors import BadInput
from settlement.allocation.following import follow_bill
from settlement.allocation.tables import allocation_lines
from settlement.bills.reading import BillView, read_bill
from settlement.office import Actor
from settlement.payments.queries import query_bill
from settlement.receipts.confirming import (
    _STATES,
    VOUCHERS_MAX,
    NotArrived,
    arrived_sums,
    arrived_vouchers,
    confirm_receipt,
    vouchers_on_their_way,
)
from tests.played import Played, confirmed, paid, shop_case

_OFFICER = Actor("周岩", "tax_officer")
_REGION = "341502"


async def _arrived(house: House, played: Played, payer: str) -> BillView:
    """A shop of which one side has paid and whose money is in the treasury."""
    view = await confirmed(house, shop_case())
    await paid(house, played, view.id, payer)
    await query_bill(house.office, view.id)
    for _ in range(50):
        await follow_bill(house.office, view.id)
        view = await read_bill(house.office, view.id)
        if all(one.state == "arrived" for one in view.pieces if one.payer == payer):
            return view
        await asyncio.sleep(0.1)
    raise AssertionError("the money never arrived")


async def test_what_arrived_and_what_did_not_are_told_apart(house: House, played: Played) -> None:
    await _arrived(house, played, "transferee")
    inside = await arrived_vouchers(house.office, _REGION, confirmed=False)
    outside = await vouchers_on_their_way(house.office, _REGION)
    assert {one.item for one in inside} == {"deed_tax", "stamp_tax", "land_premium"}
    assert [(one.item, one.side, one.state) for one in outside] == [("stamp_tax", "transferor", "due")]
    assert all(one.tax_voucher_no and one.certificate_number and one.state == "arrived" for one in inside)


async def test_the_sums_are_those_of_the_vouchers(house: House, played: Played) -> None:
    await _arrived(house, played, "transferee")
    inside = await arrived_vouchers(house.office, _REGION, confirmed=False)
    sums = await arrived_sums(house.office, _REGION)
    assert {one.item: one.amount_fen for one in sums} == {one.item: one.amount_fen for one in inside}
    assert all((one.count, one.confirmed) == (1, 0) for one in sums)
    await confirm_receipt(house.office, _REGION, [inside[0].id], _OFFICER)
    assert sum(one.confirmed for one in await arrived_sums(house.office, _REGION)) == 1


async def test_a_voucher_is_confirmed_once(house: House, played: Played) -> None:
    await _arrived(house, played, "transferee")
    inside = [one.id for one in await arrived_vouchers(house.office, _REGION, confirmed=False)]
    assert await confirm_receipt(house.office, _REGION, inside, _OFFICER) == 3
    assert await arrived_vouchers(house.office, _REGION, confirmed=False) == []
    assert {one.confirmed_by for one in await arrived_vouchers(house.office, _REGION, confirmed=True)} == {"周岩"}
    with pytest.raises(NotArrived):
        await confirm_receipt(house.office, _REGION, inside, Actor("other", "tax_officer"))


async def test_a_batch_with_one_that_is_not_in_changes_nothing(house: House, played: Played) -> None:
    await _arrived(house, played, "transferee")
    inside = [one.id for one in await arrived_vouchers(house.office, _REGION, confirmed=False)]
    outside = [one.id for one in await vouchers_on_their_way(house.office, _REGION)]
    for wrong in (outside[0], uuid4()):
        with pytest.raises(NotArrived):
            await confirm_receipt(house.office, _REGION, [*inside, wrong], _OFFICER)
    assert len(await arrived_vouchers(house.office, _REGION, confirmed=False)) == 3


async def test_another_region_sees_and_confirms_nothing(house: House, played: Played) -> None:
    await _arrived(house, played, "transferee")
    inside = [one.id for one in await arrived_vouchers(house.office, _REGION, confirmed=False)]
    assert await arrived_vouchers(house.office, "360102", confirmed=False) == []
    with pytest.raises(NotArrived):
        await confirm_receipt(house.office, "360102", inside, _OFFICER)


async def test_a_confirmation_cannot_be_taken_back(house: House, played: Played) -> None:
    await _arrived(house, played, "transferor")
    inside = [one.id for one in await arrived_vouchers(house.office, _REGION, confirmed=False)]
    await confirm_receipt(house.office, _REGION, inside, _OFFICER)
    for statement in ("DELETE FROM tax_receipt_confirmation", "UPDATE tax_receipt_confirmation SET confirmed_by = 'x'"):
        with pytest.raises(DBAPIError, match="permission denied"):
            async with house.office.database.begin() as db:
                await db.execute(text(statement))


@pytest.mark.parametrize("count", [0, VOUCHERS_MAX + 1])
async def test_an_empty_or_endless_batch_is_refused(house: House, count: int) -> None:
    with pytest.raises(BadInput):
        await confirm_receipt(house.office, _REGION, [uuid4() for _ in range(count)], _OFFICER)


def test_every_state_of_a_line_has_its_place_on_the_way() -> None:
    assert set(_STATES) == set(allocation_lines.states)
