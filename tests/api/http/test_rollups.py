"""A month in sums: by every dimension the same totals, those of the ledger, in JSON and Excel alike."""

import io
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import httpx
import openpyxl
import pytest

from api.wiring import House
from foundation import clock
from settlement.allocation.following import follow_bill
from settlement.payments.queries import query_bill
from tests.played import Played, confirmed, home_case, paid, shop_case

Bearer = Callable[..., dict[str, str]]

HOME_FEN, SHOP_BUYER_FEN = 1_508_000, 3_600_000 + 30_000 + 1_200_000 + 55_000


@pytest.fixture
async def month(house: House, played: Played) -> str:
    """A month with a home paid in full and a shop of which only the buyer paid."""
    morning = clock.pendulum.datetime(2026, 3, 10, 10, tz=clock.CHINA)  # type: ignore[attr-defined]
    played.set_clocks(morning)
    for case, payer in ((home_case(), "transferee"), (shop_case(), "transferee")):
        view = await confirmed(house, case)
        await paid(house, played, view.id, payer)
        await query_bill(house.office, view.id)
        for _ in range(4):
            played.set_clocks(clock.now() + timedelta(minutes=1))
            await follow_bill(house.office, view.id)
    return "2026-03"


async def test_every_dimension_has_the_same_totals_and_the_book_s(
    caller: httpx.AsyncClient, bearer: Bearer, month: str
) -> None:
    report = (await caller.get(f"/v1/rollups/{month}", headers=bearer("finance"))).json()
    cells = report["sums"]["cells"]
    assert sum(one["sums"]["paid_fen"] for one in cells) == HOME_FEN + SHOP_BUYER_FEN
    assert report["check"]["left_fen"] == report["check"]["right_fen"] > 0
    answer = await caller.get(f"/v1/rollups/{month}?format=xlsx", headers=bearer("finance"))
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    totals = []
    for name in ("按税费项目", "按区县", "按国库、执收单位", "按支付渠道"):
        *rows, last = [[cell.value for cell in row] for row in book[name].iter_rows(min_row=2)]
        totals.append(last[2:])
        assert [sum(row[place] or 0 for row in rows) for place in range(2, 8)] == last[2:]
    assert totals[0][1] == Decimal(HOME_FEN + SHOP_BUYER_FEN) / 100
    assert all(one == totals[0] for one in totals)
    items = {one["item"] for one in cells}
    assert {"deed_tax", "stamp_tax", "land_premium", "registration_fee"} <= items


async def test_a_city_sees_its_districts_and_nobody_another_s(
    caller: httpx.AsyncClient, bearer: Bearer, month: str
) -> None:
    async def cells(region: str) -> int:
        answer = await caller.get(f"/v1/rollups/{month}", headers=bearer("finance", region=region))
        return len(answer.json()["sums"]["cells"])

    assert await cells("341500") == await cells("340000") == await cells("341502") > 0
    assert await cells("341600") == await cells("360102") == 0
    assert (await caller.get("/v1/rollups/2026", headers=bearer("finance"))).json()["last"] == "2026-12-31"
    assert (await caller.get("/v1/rollups/2026-13", headers=bearer("finance"))).status_code == 422


async def test_the_page_shows_the_month(caller: httpx.AsyncClient, bearer: Bearer, month: str) -> None:
    shown = (await caller.get(f"/finance/rollup?period={month}", headers=bearer("finance"))).text
    assert "契税" in shown
    assert "汇总到账 = 账面到账" in shown
    assert "待处理单账龄" in shown
