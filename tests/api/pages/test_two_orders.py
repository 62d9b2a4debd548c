"""A payer on a phone whose channel takes one receiver an order: two confirmations behind one code."""

import os
from pathlib import Path

import pytest
from playwright.async_api import expect

from settlement.payments.queries import query_bill
from tests.api.pages.conftest import Desk
from tests.played import confirmed, home_case

pytestmark = pytest.mark.browser


async def test_a_second_confirmation_and_no_more(phone: Desk) -> None:
    site, page = phone.site, phone.page
    case = home_case(unit_code="440305001001GB00001F00010001")
    case["transaction"] = {**case["transaction"], "region": "440305"}
    view = await confirmed(site.house, case)
    assert view.code is not None
    own = f"{site.address}/p/{view.code.token}"
    await page.goto(own)
    await page.fill('[name="tail"]', "0016")
    await page.get_by_role("button", name="查看").click()
    for amount in view.shares[0].orders:
        await page.get_by_role("button", name="去支付").click()
        await expect(page.locator(".scan svg")).to_be_visible()
        await shown(phone, f"scan-{amount[0]}")
        await page.get_by_role("link", name="在本机打开支付").click()
        await page.get_by_role("button", name="确认付款").click()
        await expect(page.get_by_text("付款成功").first).to_be_visible()
        await query_bill(site.house.office, view.id)
        await page.goto(own)
        await shown(phone, f"after-{amount[0]}")
    await expect(page.locator(".panel.paid")).to_contain_text("缴费成功")


async def shown(phone: Desk, name: str) -> None:
    """Nothing runs out of a small screen; where a folder is given the picture is kept for a person."""
    await phone.assert_fits()
    if folder := os.environ.get("HEYI_PICTURES"):
        await phone.page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)
