"""The citizen's page fits: small on the wire, at 200 % and 320 px, with large targets in the elder mode."""

import pytest
from playwright.async_api import Browser, expect

from tests.api.pages.conftest import Site, watched
from tests.played import confirmed, shop_case

pytestmark = pytest.mark.browser

FIRST_LOAD_BYTES = 60_000
ELDER_TARGET = 60


async def test_the_first_load_is_under_sixty_kilobytes(chromium: Browser, site: Site) -> None:
    view = await confirmed(site.house, shop_case())
    assert view.code
    context = await chromium.new_context(viewport={"width": 320, "height": 640})
    desk = await watched(context, site)
    session = await context.new_cdp_session(desk.page)
    await session.send("Network.enable")
    sizes: list[float] = []
    session.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    await desk.page.goto(f"{site.address}/p/{view.code.token}")
    await desk.page.wait_for_load_state("networkidle")
    await desk.page.fill('[name="tail"]', "0037")
    before = sum(sizes)
    await desk.page.locator("form .button").first.click()
    await expect(desk.page.locator(".lines").first).to_be_visible()
    await desk.page.wait_for_load_state()
    print(f"first load {before:.0f} bytes, and with the details {sum(sizes):.0f}")
    assert len(sizes) >= 4
    assert 2_000 < sum(sizes) < FIRST_LOAD_BYTES
    await context.close()


@pytest.mark.parametrize(("width", "scale"), [(320, 1), (640, 2), (160, 1)])
async def test_nothing_goes_sideways_when_zoomed(chromium: Browser, site: Site, width: int, scale: int) -> None:
    """640 px at twice the size are 1280 px at 200 %; 160 px are a phone of 320 px at 200 %."""
    view = await confirmed(site.house, shop_case())
    assert view.code
    context = await chromium.new_context(viewport={"width": width, "height": 640}, device_scale_factor=scale)
    desk = await watched(context, site)
    await desk.page.goto(f"{site.address}/p/{view.code.token}")
    await desk.assert_fits()
    await desk.page.fill('[name="tail"]', "0037")
    await desk.page.locator("form .button").first.click()
    await expect(desk.page.locator(".lines").first).to_be_visible()
    await desk.assert_fits()
    await context.close()


async def test_every_target_of_the_elder_mode_is_sixty_pixels_high(chromium: Browser, site: Site) -> None:
    view = await confirmed(site.house, shop_case())
    assert view.code
    context = await chromium.new_context(viewport={"width": 320, "height": 640})
    desk = await watched(context, site)
    await desk.page.goto(f"{site.address}/p/{view.code.token}?size=large")
    await desk.page.fill('[name="tail"]', "0037")
    await desk.page.locator("form .button").first.click()
    await expect(desk.page.locator(".lines").first).to_be_visible()
    targets = await desk.page.evaluate(
        "[...document.querySelectorAll('a:not(.skip), button, input:not([type=hidden]), summary')]"
        ".map(one => [one.textContent.trim(), Math.round(one.getBoundingClientRect().height)])"
    )
    small = [one for one in targets if one[1] < ELDER_TARGET]
    assert targets
    assert small == []
    await context.close()
