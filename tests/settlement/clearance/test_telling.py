"""The registry hears of a clearance at least once, always under one id, and every try is in the log."""

from datetime import timedelta
from random import Random

import pytest
from sqlalchemy import text, update
from sqlalchemy.exc import DBAPIError

from api.wiring import House
from foundation import clock
from foundation.errors import NotFound
from settlement.bills.reading import read_bill
from settlement.cases import list_cases
from settlement.clearance.reading import delivery_of
from settlement.clearance.tables import clearance
from settlement.clearance.telling import WAITS, replay, tell_registry
from tests.played import CLERK, Played, confirmed, shop_case
from tests.settlement.receipts.conftest import arrived_shop


async def _cases(house: House) -> list[str]:
    async with house.office.database.connect() as db:
        return [one.kind for one in await list_cases(db, "341502")]


async def test_told_once_when_all_is_well(house: House, played: Played) -> None:
    view = await arrived_shop(house, played)
    assert (await tell_registry(house.office, view.id)).delivered
    assert (await read_bill(house.office, view.id)).state == "cleared"
    assert (await tell_registry(house.office, view.id)).again_in is None
    log = await delivery_of(house.office, view.id)
    assert log is not None
    assert [(one.status, one.taken) for one in log.tries] == [(200, True)]
    assert list(played.simulator.world.clearances) == [str(log.webhook_id)]


@pytest.mark.parametrize("seed", range(4))
async def test_whatever_the_registry_does_it_hears_once_under_one_id(house: House, played: Played, seed: int) -> None:
    draw = Random(seed)
    view = await arrived_shop(house, played)
    failures = draw.randint(1, len(WAITS))
    for _ in range(failures):
        how = draw.choice(("registry_down", "registry_refuses"))
        played.control("faults", {"kind": "desk", "how": how})
    for _ in range(failures):
        told = await tell_registry(house.office, view.id)
        assert not told.delivered
        assert told.again_in is not None
        early = await tell_registry(house.office, view.id)  # another worker, before the time
        assert early.again_in is not None
        played.set_clocks(clock.now() + told.again_in)
    assert (await tell_registry(house.office, view.id)).delivered
    log = await delivery_of(house.office, view.id)
    assert log is not None
    assert [one.taken for one in log.tries] == [False] * failures + [True]
    assert {one.status for one in log.tries[:-1]} <= {503, 409}
    assert list(played.simulator.world.clearances) == [str(log.webhook_id)]
    assert (await read_bill(house.office, view.id)).state == "cleared"


async def test_after_a_day_it_is_given_up_with_a_case_and_replayed_by_a_person(house: House, played: Played) -> None:
    view = await arrived_shop(house, played)
    began = clock.now()
    played.control("faults", {"kind": "desk", "how": "registry_down", "times": len(WAITS) + 1})
    while True:
        told = await tell_registry(house.office, view.id)
        if told.again_in is None:
            break
        played.set_clocks(clock.now() + told.again_in)
    assert timedelta(hours=23) < clock.now() - began < timedelta(hours=25)
    assert await _cases(house) == ["C-registry"]
    log = await delivery_of(house.office, view.id)
    assert log is not None
    assert (log.state, len(log.tries)) == ("given_up", len(WAITS) + 1)
    assert (await tell_registry(house.office, view.id)).again_in is None
    assert (await replay(house.office, view.id, CLERK)).delivered
    assert await _cases(house) == []
    after = await delivery_of(house.office, view.id)
    assert after is not None
    assert (after.state, after.webhook_id, after.tries[-1].actor) == ("delivered", log.webhook_id, CLERK.name)


async def test_a_delivered_one_may_be_replayed_and_says_the_same(house: House, played: Played) -> None:
    view = await arrived_shop(house, played)
    await tell_registry(house.office, view.id)
    before = await delivery_of(house.office, view.id)
    assert (await replay(house.office, view.id, CLERK)).delivered
    after = await delivery_of(house.office, view.id)
    assert before is not None
    assert after is not None
    assert (after.webhook_id, after.message, after.acknowledgement) == (
        before.webhook_id,
        before.message,
        before.acknowledgement,
    )
    assert len(after.tries) == 2


async def test_a_message_cannot_be_written_anew(house: House, played: Played) -> None:
    view = await arrived_shop(house, played)
    await tell_registry(house.office, view.id)
    for changed in ({"message": b"{}"}, {"id": text("gen_random_uuid()")}):
        with pytest.raises(DBAPIError):
            async with house.office.database.begin() as db:
                await db.execute(update(clearance).values(**changed))


async def test_a_mismatch_holds_the_message_until_it_fits(house: House, played: Played) -> None:
    view = await arrived_shop(house, played)
    played.control("faults", {"kind": "desk", "how": "certificate_void"})
    told = await tell_registry(house.office, view.id)
    assert not told.cleared
    assert told.again_in == timedelta(hours=1)
    assert await _cases(house) == ["C-certificate"]
    assert not (await tell_registry(house.office, view.id)).cleared  # not asked again within the hour
    assert await delivery_of(house.office, view.id) is None
    played.set_clocks(clock.now() + timedelta(minutes=61))
    assert (await tell_registry(house.office, view.id)).delivered
    assert await _cases(house) == []


async def test_what_is_not_cleared_is_not_told_and_cannot_be_replayed(house: House) -> None:
    view = await confirmed(house, shop_case())
    assert not (await tell_registry(house.office, view.id)).cleared
    with pytest.raises(NotFound):
        await replay(house.office, view.id, CLERK)
