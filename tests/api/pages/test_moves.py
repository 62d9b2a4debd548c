"""Whoever watches a bill hears within a second that it moved, and nothing more than that."""

import asyncio
import re
from pathlib import Path

import httpx
import pytest

from api.pages.moves import stream_of
from api.wiring import House
from settlement.bills.pulse import pulse
from settlement.bills.reading import BillView
from settlement.payments.closing import cancel_code
from settlement.payments.codes import open_share
from settlement.payments.queries import query_bill
from tests.played import CLERK, Played, confirmed, home_case, paid

PAGES = Path(__file__).resolve().parents[3] / "api" / "pages" / "templates" / "citizen"


@pytest.fixture
async def view(house: House) -> BillView:
    return await confirmed(house, home_case())


async def test_the_stream_says_moved_when_the_channel_told_of_the_payment(
    house: House, played: Played, view: BillView
) -> None:
    stream = stream_of(house.office, view.id).body_iterator
    assert await anext(stream) == "retry: 1000\n\n"
    await paid(house, played, view.id, "transferee")
    moved = asyncio.ensure_future(anext(stream))
    await query_bill(house.office, view.id)
    event = await asyncio.wait_for(moved, 60)
    assert re.fullmatch(r"event: moved\ndata: [0-9a-f]{32}\n\n", str(event))


async def test_each_step_of_a_bills_life_is_another_pulse(house: House, played: Played, view: BillView) -> None:
    async def now() -> str:
        async with house.office.database.connect() as db:
            return await pulse(db, view.id)

    assert view.code is not None
    seen = [await now()]
    with pytest.raises(Exception, match="tries left"):
        await open_share(house.office, view.code.token, "9999")
    seen.append(await now())
    await paid(house, played, view.id, "transferee")
    seen.append(await now())
    await query_bill(house.office, view.id)
    seen.append(await now())
    assert await now() == seen[-1]
    assert len(set(seen)) == len(seen)


async def test_a_code_that_ended_moves_too(house: House, view: BillView) -> None:
    async with house.office.database.connect() as db:
        before = await pulse(db, view.id)
        await db.commit()
        await cancel_code(house.office, view.id, CLERK, "退房")
        assert await pulse(db, view.id) != before


async def test_the_address_behind_the_code_watches_and_a_strange_one_does_not(
    caller: httpx.AsyncClient, view: BillView
) -> None:
    assert (await caller.get("/p/no-such-token/events")).status_code == 404
    assert view.code is not None
    await caller.post(f"/p/{view.code.token}", data={"tail": "0016"})
    page = await caller.get(f"/p/{view.code.token}")
    assert f'data-watch="/p/{view.code.token}/events"' in page.text


@pytest.mark.parametrize("name", ["confirming.html", "scan.html", "code.html"])
def test_pages_that_wait_work_without_a_script(name: str) -> None:
    template = (PAGES / name).read_text(encoding="utf-8")
    assert '<noscript><meta http-equiv="refresh"' in template
    assert "data-look-after" in template
