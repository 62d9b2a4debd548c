"""Finance's trends: the page, its charts as pictures, the files, and who may see which."""

import io
from collections.abc import Callable
from datetime import date
from xml.etree.ElementTree import fromstring

import httpx
import openpyxl
import pytest

from api.wiring import House
from tests.settlement.book.busy import busy_months

Bearer = Callable[..., dict[str, str]]

SPAN = "first=2026-02-15&last=2026-03-31"


@pytest.fixture
async def busy(house: House, own_database_url: str) -> None:
    await busy_months(own_database_url, date(2026, 3, 31))


@pytest.mark.usefixtures("busy")
async def test_the_page_the_charts_and_the_files_say_the_same(caller: httpx.AsyncClient, bearer: Bearer) -> None:
    headers = bearer("finance")
    shown = (await caller.get(f"/finance/trends?{SPAN}", headers=headers)).text
    found = (await caller.get(f"/v1/trends/amounts?{SPAN}", headers=headers)).json()
    total = sum(one["fen"] for one in found)
    assert f"<b>¥{total / 100:,.2f}</b>" in shown

    book = openpyxl.load_workbook(
        io.BytesIO((await caller.get(f"/v1/trends/amounts?{SPAN}&format=xlsx", headers=headers)).content)
    )
    *rows, totals = [[cell.value for cell in row] for row in book.active.iter_rows(min_row=2)]
    assert round(totals[-1] * 100) == total == sum(round(row[-1] * 100) for row in rows)
    assert totals[1] == sum(one["count"] for one in found)

    for trend in ("amounts", "ageing", "waits"):
        assert f"/finance/trends/{trend}.svg?" in shown
        for width in ("", "&narrow=true"):
            picture = await caller.get(f"/finance/trends/{trend}.svg?{SPAN}{width}", headers=headers)
            assert picture.headers["content-type"] == "image/svg+xml"
            assert fromstring(picture.text).tag.endswith("svg")
        kept = await caller.get(f"/v1/trends/{trend}?{SPAN}&format=csv&step=month", headers=headers)
        assert len(kept.text.splitlines()) > 2


async def test_days_that_cannot_be_and_regions_of_others_are_refused(caller: httpx.AsyncClient, bearer: Bearer) -> None:
    headers = bearer("finance")
    for asked in ("first=2026-03-31&last=2026-03-01", "first=2020-01-01&last=2026-03-01", "step=week"):
        assert (await caller.get(f"/finance/trends?{asked}", headers=headers)).status_code == 422
    assert (await caller.get("/finance/trends?district=360102", headers=headers)).status_code == 403
    assert (await caller.get("/v1/trends/waits?district=340000", headers=headers)).status_code == 403
    assert (await caller.get("/finance/trends", headers=bearer("clerk"))).status_code == 403
    empty = (await caller.get("/finance/trends?first=&last=&item=&channel=", headers=headers)).text
    assert "这段时间没有到账的款项" in empty
    assert "/finance/trends/amounts.svg" not in empty
