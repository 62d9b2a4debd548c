"""The clerk takes a card: by one key, or over HTTP; the page moves by itself."""

import time
from collections.abc import Callable

import httpx
import pytest
from playwright.async_api import expect

from api.wiring import House
from tests.api.pages.conftest import Desk
from tests.played import Played, confirmed, home_case


@pytest.mark.browser
async def test_one_key_and_the_card_does_the_rest(desk: Desk) -> None:
    view = await confirmed(desk.site.house, home_case())
    await desk.sign_in("clerk")
    await desk.page.goto(f"{desk.site.address}/window/bills/{view.id}")
    await desk.page.keyboard.press("t")
    await expect(desk.page.locator(".card-sale")).to_contain_text("1号窗口正在等刷卡")
    desk.site.played.control("cards", {"region": "341502", "terminal": "W1", "how": "decline"})
    began = time.monotonic()
    await expect(desk.page.locator("#code")).to_contain_text("余额不足")
    print(f"declined: on the page after {time.monotonic() - began:.2f} s")
    await desk.page.keyboard.press("t")
    await expect(desk.page.locator(".card-sale")).to_be_visible()
    desk.site.played.control("cards", {"region": "341502", "terminal": "W1", "how": "tap"})
    began = time.monotonic()
    await expect(desk.page.locator("#code")).to_contain_text("已缴")
    print(f"paid: on the page after {time.monotonic() - began:.2f} s")
    desk.assert_well_behaved()


async def test_another_system_sells_and_stops(
    caller: httpx.AsyncClient, bearer: Callable[..., dict[str, str]], house: House, played: Played
) -> None:
    view = await confirmed(house, home_case())
    path, sale = f"/v1/bills/{view.id}/card-sales", {"payer": "transferee", "terminal": "W1"}
    begun = await caller.post(path, json=sale, headers=bearer("clerk"))
    assert begun.json()["shares"][0]["order_open"] is True
    refused = await caller.post(path, json=sale, headers=bearer("clerk"))
    assert (refused.status_code, refused.json()["title"]) == (409, "code_not_payable")
    assert (await caller.post(path, json=sale, headers=bearer("finance"))).status_code == 403
    stopped = await caller.post(f"{path}/cancel", json={"payer": "transferee"}, headers=bearer("clerk"))
    assert stopped.json()["shares"][0]["order_open"] is False
    unknown = await caller.post(path, json={**sale, "terminal": "Z9"}, headers=bearer("clerk"))
    assert unknown.status_code == 404
