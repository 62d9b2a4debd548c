"""A table is put in the order of a column by a press on its heading."""

from datetime import date

import pytest
from playwright.async_api import expect

from tests.api.pages.conftest import Desk
from tests.settlement.book.busy import busy_months

pytestmark = pytest.mark.browser


async def test_figures_are_put_in_order_by_value_and_the_keyboard_reaches_the_heading(
    desk: Desk, own_database_url: str
) -> None:
    await busy_months(own_database_url, date(2026, 3, 31), lines=60)
    await desk.sign_in("finance")
    page = desk.page
    await page.goto(f"{desk.site.address}/finance/trends?first=2026-01-15&last=2026-03-31")
    table = page.locator("table[data-sorts]").first
    heading = table.locator("thead th").last

    async def sums() -> list[float]:
        cells = await table.locator("tbody td:last-child").all_inner_texts()
        return [float(cell.replace("¥", "").replace(",", "")) for cell in cells]

    before = await sums()
    assert before != sorted(before)
    await heading.get_by_role("button").focus()
    await page.keyboard.press("Enter")
    await expect(heading).to_have_attribute("aria-sort", "ascending")
    assert await sums() == sorted(before)
    await page.keyboard.press("Enter")
    await expect(heading).to_have_attribute("aria-sort", "descending")
    assert await sums() == sorted(before, reverse=True)
    await expect(table.locator("tfoot tr")).to_have_count(1)
    desk.assert_well_behaved()
