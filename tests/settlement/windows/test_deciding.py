"""Windows: opened and closed by two, from day to day, and never another's."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError

from api.wiring import House
from foundation import clock
from foundation.errors import BadInput, Conflict, NotAllowed, NotFound
from settlement.kinds import business_kind
from settlement.office import Actor
from settlement.windows.deciding import approve_window, propose_window, reject_window
from settlement.windows.reading import open_window, window_versions_of, windows_on
from settlement.windows.window import Window, WindowContent

ADA, BEA = (Actor(name, "administrator") for name in ("ada", "bea"))
REGION = "341502"
BANK = "91110000MA0000000H"
AGENT = {"kind": "agent", "name": "安居房产", "kinds": ("existing_home",), "identity": None}


async def propose(house: House, by: Actor = ADA, days: tuple[date, date | None] | None = None, **changes: Any) -> UUID:
    content = {"kind": "bank", "name": "建行六安分行", "place": "解放路", "identity": BANK, "kinds": ("mortgage",)}
    content |= changes
    async with house.office.database.begin() as db:
        region = house.office.region(REGION)
        return await propose_window(
            db, region, "CCB-01", WindowContent(**content), days or (clock.today(), None), by, "签约"
        )


async def approve(house: House, version_id: UUID, by: Actor = BEA, region: str = REGION) -> None:
    async with house.office.database.begin() as db:
        await approve_window(db, house.office.region(region), version_id, by)


async def open_on(house: House, day: date) -> list[Window]:
    async with house.office.database.connect() as db:
        return await windows_on(db, REGION, day)


async def test_two_open_a_window_and_two_close_it(house: House) -> None:
    today = clock.today()
    made = await propose(house)
    assert await open_on(house, today) == []
    with pytest.raises(NotAllowed, match="another administrator"):
        await approve(house, made, ADA)
    with pytest.raises(NotFound):
        await approve(house, made, BEA, "360102")
    await approve(house, made)
    [window] = await open_on(house, today)
    assert (window.kind, window.identity, window.kinds) == ("bank", BANK, ("mortgage",))
    closing = await propose(house, days=(today + timedelta(days=1), today + timedelta(days=2)))
    await approve(house, closing)
    assert [len(await open_on(house, today + timedelta(days=days))) for days in (-1, 0, 2, 3)] == [0, 1, 1, 0]
    clock.travel(clock.now() + timedelta(days=3))
    async with house.office.database.connect() as db:
        with pytest.raises(NotAllowed, match="not open today"):
            await open_window(db, REGION, "CCB-01")
        assert [(one.version, one.builds_on) for one in await window_versions_of(db, REGION)] == [(2, 1), (1, 0)]


async def test_what_was_approved_meanwhile_is_not_undone(house: House) -> None:
    first, second = await propose(house), await propose(house, kinds=("mortgage", "transfer_with_mortgage"))
    await approve(house, second)
    with pytest.raises(Conflict, match="meanwhile"):
        await approve(house, first)
    with pytest.raises(Conflict, match="whose it is stay"):
        await propose(house, **AGENT)
    late = await propose(house, days=(clock.today() + timedelta(days=1), None))
    clock.travel(clock.now() + timedelta(days=2))
    with pytest.raises(Conflict, match="first day has passed"):
        await approve(house, late)
    async with house.office.database.begin() as db:
        await reject_window(db, REGION, late, ADA, "不再需要")
        states = {one.id: one.state for one in await window_versions_of(db, REGION)}
        assert states == {first: "proposed", second: "approved", late: "rejected"}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"identity": None}, "identity"),
        ({"identity": "91110000MA0000000J"}, "identity"),
        ({"kinds": ()}, "kinds"),
        ({"kinds": ("existing_home",)}, "kinds"),
        ({"kinds": ("lottery",)}, "kind"),
        ({"kind": "registry"}, "identity"),
        ({"days": (date(2020, 1, 1), None)}, "first_day"),
        ({"days": (date(2999, 1, 2), date(2999, 1, 1))}, "last_day"),
    ],
)
async def test_a_window_that_does_not_fit_is_refused(house: House, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(BadInput) as refused:
        await propose(house, **changes)
    assert refused.value.field == field


async def test_nobody_else_decides_and_the_database_holds_it(house: House) -> None:
    with pytest.raises(NotAllowed):
        await propose(house, Actor("li", "clerk"))
    made = await propose(house)
    for change, refusal in (
        ("state = 'approved', approved_by = 'ada'", IntegrityError),
        ("state = 'approved'", IntegrityError),
        ("identity = NULL", DBAPIError),
    ):
        with pytest.raises(refusal):
            async with house.office.database.begin() as db:
                await db.execute(text(f"UPDATE window_version SET {change} WHERE id = :id"), {"id": made})


def test_a_window_takes_in_only_what_is_its_own() -> None:
    bank = Window(REGION, "CCB-01", "bank", "建行", "", BANK, ("mortgage",))
    mortgage, sale = business_kind("mortgage"), business_kind("existing_home")
    bank.check(mortgage, [("mortgagee", BANK)])
    for kind, parties, said in (
        (sale, [("mortgagee", BANK)], "may not take in"),
        (mortgage, [("owner", BANK)], "the mortgagee itself"),
        (mortgage, [("mortgagee", "91110000100000000X")], "the mortgagee itself"),
    ):
        with pytest.raises(NotAllowed, match=said):
            bank.check(kind, parties)
    registry = Window(REGION, "W-01", "registry", "窗口", "", None, ())
    registry.check(sale, [])
