"""Each scene on a desk and on a phone: no violation of WCAG 2.2 AA, nothing sideways, no other host.

With HEYI_GALLERY naming a folder, each is also drawn into it (`make gallery`).
"""

import os
from pathlib import Path

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page

from tests.api.pages.conftest import PASSWORD, STAFF, Desk, Site, watched
from tests.api.pages.gallery import admin, citizen, kiosk, months, offices, papers, refunds, tax, together, window
from tests.api.pages.gallery.scene import SCENES, Scene

pytestmark = pytest.mark.browser

_ROOMS = (
    admin,
    citizen,
    kiosk,
    months,
    offices,
    papers,
    refunds,
    tax,
    together,
    window,
)  # imported for the scenes that they put up
_SIZES = {"desk": (1366, 768), "phone": (320, 640)}
_KIOSK_SIZES = {"kiosk-upright": (1080, 1920), "kiosk-across": (1280, 800)}
_RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], "resultTypes": ["violations"]}


@pytest.mark.parametrize("name", SCENES)
async def test_the_page_can_be_used_by_everybody(name: str, chromium: Browser, site: Site) -> None:
    scene = SCENES[name]
    if scene.role:
        await site.hire(scene.role)
    path = await scene.prepare(site)
    sizes = _SIZES | (_KIOSK_SIZES if name.startswith("kiosk/") else {})
    context = await chromium.new_context(locale="zh-CN", bypass_csp=True, reduced_motion="reduce")
    desk = await watched(context, site)
    for size, (width, height) in sizes.items():
        await desk.page.goto("about:blank")  # a page that asks by itself, and is told that it may not, goes elsewhere
        await context.clear_cookies()  # as somebody new: opening another window takes longer than the page
        await desk.page.set_viewport_size({"width": width, "height": height})
        await _arrive(desk, scene, path)
        await _draw(desk.page, size, name)
        found = await Axe().run(desk.page, options=_RULES)
        assert found.violations_count == 0, f"{name} on a {size}: {found.generate_report()}"
        await desk.assert_fits()
        desk.assert_well_behaved()
    await context.close()


async def _arrive(desk: Desk, scene: Scene, path: str) -> None:
    page, address = desk.page, desk.site.address
    if scene.role:
        answer = await page.request.post(
            f"{address}/sign-in", form={"name": STAFF[scene.role], "password": PASSWORD}, headers={"Origin": address}
        )
        assert answer.ok, await answer.text()
    await page.goto(address + path)
    assert "next=" not in page.url, f"{path} led to the sign-in page"
    if scene.enter:
        await scene.enter(page)
    await page.wait_for_load_state()


async def _draw(page: Page, size: str, name: str) -> None:
    folder = os.environ.get("HEYI_GALLERY")
    if folder:
        picture = Path(folder, size, f"{name}.png")
        picture.parent.mkdir(parents=True, exist_ok=True)
        await page.screenshot(path=picture, full_page=True)
