"""Unit codes for earlier payments: found with a confidence, filled in by a person's yes, one a payment."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from api.wiring import House
from foundation import clock
from foundation.errors import NotFound
from foundation.states import WrongState, transition
from settlement.clearance.registering import hear_registration
from settlement.property.earlier import (
    Earlier,
    address_confidence,
    candidates,
    decide_candidate,
    earlier_of_unit,
    find_candidates,
    plain_address,
    take_in,
)
from tests.played import CLERK, Played
from tests.settlement.receipts.conftest import arrived_shop

_REGION = "341502"
_TITLE = "皖(2026)六安市不动产权第0001234号"
_PLACE = "六安市金安区皖西大道18号锦绣花园3栋1单元602室"


def _paid(number: str, **known: str) -> Earlier:
    return Earlier("deed_tax", 100_000, date(2019, 5, 6), number, **known)


async def test_by_certificate_title_and_address_the_surest_first(house: House, played: Played) -> None:
    view = await arrived_shop(house, played)
    await hear_registration(house.office, view.id, _TITLE, clock.now(), _PLACE, CLERK)
    known = next(one.proof for one in view.pieces if one.item == "deed_tax")
    assert known
    rows = [
        _paid(known),
        _paid("OLD-0001", title_number=_TITLE),
        _paid("OLD-0002", address="六安市金安区皖西大道18号锦绣花园 3幢1单元602"),
        _paid("OLD-0003", address="六安市金安区皖西大道18号锦绣花园3栋1单元603室"),
        _paid("OLD-0004"),
    ]
    assert await take_in(house.office, _REGION, rows, CLERK) == 5
    assert await take_in(house.office, _REGION, rows, CLERK) == 0
    assert await find_candidates(house.office, _REGION) == 3
    assert await find_candidates(house.office, _REGION) == 0
    found = await candidates(house.office, _REGION)
    assert [(one.earlier.certificate_number, one.found_by, one.confidence) for one in found] == [
        (known, "certificate", 99),
        ("OLD-0001", "title", 97),
        ("OLD-0002", "address", 95),
    ]
    assert {one.unit_code for one in found} == {view.unit_code}
    assert await earlier_of_unit(house.office, _REGION, view.unit_code) == []  # nothing without a yes


async def test_a_yes_fills_it_in_and_a_no_does_not_and_both_are_recorded(house: House, played: Played) -> None:
    view = await arrived_shop(house, played)
    await hear_registration(house.office, view.id, _TITLE, clock.now(), _PLACE, CLERK)
    await take_in(house.office, _REGION, [_paid("OLD-1", title_number=_TITLE), _paid("OLD-2", address=_PLACE)], CLERK)
    await find_candidates(house.office, _REGION)
    yes, no = await candidates(house.office, _REGION)
    with pytest.raises(NotFound):
        await decide_candidate(house.office, "360102", yes.id, accept=True, reason="x", actor=CLERK)
    await decide_candidate(house.office, _REGION, yes.id, accept=True, reason="权证一致", actor=CLERK)
    await decide_candidate(house.office, _REGION, no.id, accept=False, reason="户号存疑", actor=CLERK)
    with pytest.raises(WrongState):
        await decide_candidate(house.office, _REGION, no.id, accept=True, reason="改判", actor=CLERK)
    filled = await earlier_of_unit(house.office, _REGION, view.unit_code)
    assert [one.certificate_number for one in filled] == ["OLD-1"]
    assert await find_candidates(house.office, _REGION) == 0  # a no stays a no
    async with house.office.database.connect() as db:
        rows = await db.execute(select(transition).where(transition.c.machine == "unit_code_candidate"))
        assert {(one.event, one.actor, one.reason) for one in rows} == {
            ("accept", CLERK.name, "权证一致"),
            ("reject", CLERK.name, "户号存疑"),
        }


@given(st.integers(1, 99), st.integers(1, 9), st.integers(101, 3299))
def test_the_same_address_written_otherwise_is_the_same(building: int, entrance: int, flat: int) -> None:
    one = f"皖西大道18号{building}栋{entrance}单元{flat}室"
    other = f"皖西大道１８号 {building}幢 {entrance}单元 {flat}"
    assert address_confidence(one, other) == 95
    assert plain_address(plain_address(one)) == plain_address(one)
    assert address_confidence(one, f"皖西大道18号{building}栋{entrance}单元{flat + 1}室") == 0
