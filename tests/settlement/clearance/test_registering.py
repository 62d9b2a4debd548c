"""The loop: cleared, registered, told to the tax office; what stays open past its limit is on the risk list."""

from datetime import timedelta

import pytest

from api.wiring import House
from foundation import clock
from foundation.errors import BadInput, Conflict
from settlement.bills.reading import BillView
from settlement.cases import list_cases
from settlement.clearance.registering import hear_registration, open_loops, registration_of, report_registration
from settlement.clearance.telling import tell_registry
from settlement.ports.refusal import Refused
from tests.played import CLERK, Played, confirmed, shop_case
from tests.settlement.receipts.conftest import arrived_shop

_TITLE = "皖(2026)六安市不动产权第0001234号"


async def _cleared(house: House, played: Played) -> BillView:
    view = await arrived_shop(house, played)
    assert (await tell_registry(house.office, view.id)).delivered
    return view


async def test_the_result_goes_back_to_the_tax_office_once(house: House, played: Played) -> None:
    view = await _cleared(house, played)
    for _ in range(2):
        heard = await hear_registration(house.office, view.id, _TITLE, clock.now(), None, CLERK)
        assert heard.state == "heard"
    played.control("faults", {"kind": "desk", "how": "registration_refused"})
    with pytest.raises(Refused):
        await report_registration(house.office, view.id)
    await report_registration(house.office, view.id)
    await report_registration(house.office, view.id)
    told = await registration_of(house.office, view.id)
    assert told is not None
    [known] = played.simulator.world.registrations.values()
    assert (told.state, told.acknowledgement) == ("reported", known.acknowledgement)
    assert known.title_number == _TITLE


async def test_another_title_or_a_time_to_come_is_refused(house: House, played: Played) -> None:
    view = await _cleared(house, played)
    await hear_registration(house.office, view.id, _TITLE, clock.now(), None, CLERK)
    with pytest.raises(Conflict):
        await hear_registration(house.office, view.id, "皖(2026)六安市不动产权第9999999号", clock.now(), None, CLERK)
    with pytest.raises(BadInput):
        await hear_registration(house.office, view.id, _TITLE, clock.now() + timedelta(days=1), None, CLERK)


async def test_a_title_before_clearance_is_kept_and_opens_a_case(house: House) -> None:
    view = await confirmed(house, shop_case())
    await hear_registration(house.office, view.id, _TITLE, clock.now(), None, CLERK)
    async with house.office.database.connect() as db:
        assert [one.kind for one in await list_cases(db, "341502")] == ["C-uncleared"]


async def test_a_loop_that_stays_open_is_on_the_list_until_it_closes(house: House, played: Played) -> None:
    view = await _cleared(house, played)
    limit = timedelta(days=house.office.region("341502").registry.loop_days)
    assert await open_loops(house.office, "341502") == []
    played.set_clocks(clock.now() + limit + timedelta(hours=1))
    [loop] = await open_loops(house.office, "341502")
    assert (loop.bill_id, loop.stage, loop.days) == (view.id, "not_registered", limit.days)
    assert await open_loops(house.office, "360102") == []
    await hear_registration(house.office, view.id, _TITLE, clock.now(), None, CLERK)
    assert [one.stage for one in await open_loops(house.office, "341502")] == ["not_reported"]
    await report_registration(house.office, view.id)
    assert await open_loops(house.office, "341502") == []
