"""Finance's page of periods: a month at a glance, closed, and opened again by two."""

import re
from collections.abc import Callable

import httpx
import pytest
from playwright.async_api import expect

from foundation import clock
from tests.api.pages.conftest import Desk

Bearer = Callable[..., dict[str, str]]

_SAME = {"Origin": "http://heyi.test"}


async def test_a_month_is_closed_and_a_day_of_it_opened_by_two(caller: httpx.AsyncClient, bearer: Bearer) -> None:
    wang, li = bearer("finance", name="王芳") | _SAME, bearer("finance", name="刘洋") | _SAME
    assert "还有 31 天未关账" in (await caller.get("/finance/periods?period=2026-03-17", headers=wang)).text
    closed = await caller.post("/finance/periods/close", data={"period": "2026-03"}, headers=wang)
    assert closed.headers["location"] == "/finance/periods?period=2026-03-01"
    assert "全月已关账" in (await caller.get("/finance/periods?period=2026-03", headers=wang)).text
    silent = await caller.post("/finance/periods/reopening", data={"period": "2026-03-17"}, headers=wang)
    assert silent.status_code == 422
    assert "请填写原因" in silent.text
    asked = {"period": "2026-03-17", "reason": "回执晚到"}
    assert (await caller.post("/finance/periods/reopening", data=asked, headers=wang)).status_code == 303
    hers = (await caller.get("/finance/periods?period=2026-03", headers=wang)).text
    assert "等待另一位财务人员批准" in hers
    assert "/finance/periods/approve" not in hers
    his = (await caller.get("/finance/periods?period=2026-03", headers=li)).text
    found = re.search(r'name="proposal" value="([^"]+)"', his)
    assert found
    proposal = {"proposal": found[1]}
    refused = await caller.post("/finance/periods/approve", data=proposal, headers=wang)
    assert refused.status_code == 403
    assert "申请人不能批准自己的申请" in refused.text
    assert (await caller.post("/finance/periods/approve", data=proposal, headers=li)).status_code == 303
    then = (await caller.get("/finance/periods?period=2026-03&lang=en", headers=li)).text
    assert "1 days are open" in then
    assert "王芳" in then


@pytest.mark.parametrize(
    ("path", "data", "status", "said"),
    [
        ("close", {"period": "2026-13"}, 422, "日期如 2026-03-17，或月份如 2026-03"),
        ("close", {"period": ""}, 422, "请填写日期或月份"),
        ("reopening", {"period": "2026-03", "reason": "x"}, 409, "没有已关账的日期"),
        ("close", {"period": "today"}, 409, "现在还不能关账"),
    ],
)
async def test_what_is_refused_is_said_on_the_page(
    caller: httpx.AsyncClient, bearer: Bearer, path: str, data: dict[str, str], status: int, said: str
) -> None:
    if data["period"] == "today":
        data = {"period": clock.today().isoformat()[:7]}
    answer = await caller.post(f"/finance/periods/{path}", data=data, headers=bearer("finance") | _SAME)
    assert answer.status_code == status
    assert said in answer.text


async def test_periods_are_for_finance(caller: httpx.AsyncClient, bearer: Bearer) -> None:
    assert (await caller.get("/finance/periods", headers=bearer("clerk"))).status_code == 403
    assert (await caller.get("/finance/periods?period=x", headers=bearer("finance"))).status_code == 422


@pytest.mark.browser
async def test_a_month_fits_the_screen(desk: Desk) -> None:
    await desk.sign_in("finance")
    await desk.page.goto(f"{desk.site.address}/finance/periods?period=2026-03")
    await desk.page.fill("#f-close", "2026-03")
    await desk.page.press("#f-close", "Enter")
    await expect(desk.page.get_by_text("全月已关账")).to_be_visible()
    await expect(desk.page.locator(".month li.closed")).to_have_count(31)
    await desk.assert_fits()
    desk.assert_well_behaved()
