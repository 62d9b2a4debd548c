"""A person before the kiosk in Chromium: by touch from card to paper, by keys, and who just goes away."""

import re
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, expect

from tests.api.pages.at_kiosk import BUYER, become_the_kiosk, lay, let_be_a_kiosk, show_card
from tests.api.pages.conftest import Desk, Site, watched
from tests.api.pages.test_by_keyboard import Keys
from tests.played import confirmed, home_case

pytestmark = pytest.mark.browser


@pytest.fixture
async def kiosk(chromium: Browser, site: Site) -> AsyncIterator[Desk]:
    """The kiosk's browser on an upright touch screen."""
    context = await chromium.new_context(viewport={"width": 1080, "height": 1920}, has_touch=True, locale="zh-CN")
    desk = await watched(context, site)
    let_be_a_kiosk(site)
    await become_the_kiosk(desk.page, site.address)
    await desk.page.goto(f"{site.address}/kiosk")
    yield desk
    await context.close()


async def test_by_touch_from_the_card_to_the_paper(kiosk: Desk) -> None:
    page, site = kiosk.page, kiosk.site
    view = await confirmed(site.house, home_case())
    await page.tap('a[href="/kiosk/card"]')
    lay(site, BUYER)
    await page.wait_for_url(re.compile("/kiosk/bills$"))
    await page.tap(".own-bill")
    await expect(page.locator(".bill-why")).to_contain_text("契税")
    await page.wait_for_load_state()  # with its style sheets
    sizes = await page.evaluate(
        "[...document.querySelectorAll('a, button, summary')]"
        ".filter(one => one.checkVisibility() && !one.matches('.skip'))"
        ".map(one => Math.round(one.getBoundingClientRect().height))"
    )
    assert min(sizes) >= 60, sizes
    await page.tap(".ways-to-pay form .button")
    await expect(page.locator(".selling")).to_contain_text("15,080.00")
    await expect(page.locator("#idle")).to_be_hidden()
    show_card(site, "decline")
    await expect(page.locator("main")).to_contain_text("余额不足")
    await page.tap(".ways-to-pay form .button")
    await expect(page.locator(".selling")).to_be_visible()
    show_card(site, "tap")
    await expect(page.locator(".panel.paid")).to_be_visible()
    await page.tap('a[href$="/receipt"]')
    await expect(page.locator(".kiosk-slip")).to_contain_text("壹万伍仟零捌拾元整")
    await page.wait_for_load_state()  # with the script behind the button
    await page.evaluate("window.print = () => { document.title = 'printed'; }")
    await page.tap("[data-print]")
    await expect(page).to_have_title("printed")
    await page.tap("#end button")
    await page.wait_for_url(re.compile("/kiosk$"))
    for _ in range(4):
        await page.go_back()
        for personal in ("15,080", view.number, BUYER["name"][:1] + "**"):
            await expect(page.locator("body")).not_to_contain_text(personal, use_inner_text=True)
    kept = {one["name"] for one in await page.context.cookies()}
    assert kept == {"heyi_kiosk"}
    kiosk.assert_well_behaved()


async def test_by_keys_to_the_code(kiosk: Desk) -> None:
    page = kiosk.page
    view = await confirmed(kiosk.site.house, home_case())
    keys = Keys(page)
    await keys.tab_to('a[href="/kiosk/type"]')
    await keys.press("Enter")
    await page.wait_for_url(re.compile("/kiosk/type$"))
    await keys.tab_to("#f-document")
    await keys.type(BUYER["number"])
    await keys.tab_to("#f-name")
    await keys.type(BUYER["name"])
    await keys.press("Enter")
    await page.wait_for_url(re.compile("/kiosk/bills$"))
    await keys.tab_to(".own-bill")
    await keys.press("Enter")
    await page.wait_for_url(re.compile(str(view.id)))
    await keys.tab_to('a[href$="/scan"]')
    await keys.press("Enter")
    await expect(page.locator(".kiosk-code svg")).to_be_visible()
    keys.tell("from the first page to the code", 90)


async def test_the_keys_on_the_screen_type_a_number(kiosk: Desk) -> None:
    page = kiosk.page
    await page.tap('a[href="/kiosk/type"]')
    for key in "12X":
        await page.tap(f'[data-type="{key}"]')
    await page.tap("[data-erase]")
    await page.tap("[data-letters]")
    await page.tap('[data-type="H"]')
    await expect(page.locator("#f-document")).to_have_value("12H")


async def test_who_goes_away_is_asked_and_then_forgotten(kiosk: Desk) -> None:
    page = kiosk.page
    await confirmed(kiosk.site.house, home_case())
    await page.goto(f"{kiosk.site.address}/kiosk?lang=en")
    await page.goto(f"{kiosk.site.address}/kiosk/card")
    lay(kiosk.site, BUYER)
    await page.wait_for_url(re.compile("/kiosk/bills$"))
    await page.evaluate("document.querySelector('[data-idle]').dataset.idle = 23")
    await expect(page.locator("#still-there")).to_be_visible()
    await page.evaluate("document.querySelector('[data-idle]').dataset.idle = 600")  # time enough to be seen to go away
    await page.tap("#stay")
    await expect(page.locator("#still-there")).to_be_hidden()
    await page.evaluate("document.querySelector('[data-idle]').dataset.idle = 1")
    await page.wait_for_url(re.compile("/kiosk$"))
    await expect(page.locator("h1")).to_have_text("不动产登记税费自助缴纳")
    await page.go_back()
    await expect(page.locator(".ways-in")).to_be_visible()
