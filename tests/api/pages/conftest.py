"""A served Heyi, people who can sign in, and a headless Chromium."""

import shutil
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, BrowserContext, Page, Request, async_playwright, expect

from api.people import Person, add_person
from api.server import serving
from api.wiring import House
from tests.played import Played
from tests.ports import kept_port
from tests.settlement.months.test_months import BY_MONTH
from tests.settlement.windows.opened import opened

BUSY_MS = 60_000
"""How long a test waits for what a page is about to show: a machine that does much else is slow, and not wrong."""

expect.set_options(timeout=BUSY_MS)

PASSWORD = "a-long-enough-password"
STAFF = {
    "clerk": "王敏",
    "finance": "刘洋",
    "tax_officer": "周岩",
    "integrator": "省平台",
    "administrator": "孙静",
    "partner": "何敏",
}
PARTNERS_WINDOW = "BANK-1"


@dataclass(slots=True)
class Site:
    """The application as it is served, and the institutions behind it."""

    address: str
    house: House
    played: Played

    async def hire(self, *roles: str) -> None:
        """Lets people of these roles sign in."""
        for role in roles:
            window = PARTNERS_WINDOW if role == "partner" else None
            if window:
                name = "示例商业银行金安支行"
                await opened(self.house, window, kind="bank", name=name, identity=BY_MONTH, kinds=("mortgage",))
            await add_person(self.house.office.database, Person(STAFF[role], role, "341502", window), PASSWORD)


def limit_codes(site: Site, most_fen: int = 1_000_000) -> None:
    """From here on a phone can pay no more than this in one order."""
    region = site.house.districts.regions["341502"]
    limited = region.channel.model_copy(update={"code_most_fen": most_fen})
    site.house.districts.regions["341502"] = region.model_copy(update={"channel": limited})


@dataclass(slots=True)
class Desk:
    """A browser window, with every host it asked and every complaint it made."""

    page: Page
    site: Site
    hosts: set[str] = field(default_factory=set)
    complaints: list[str] = field(default_factory=list)

    async def sign_in(self, role: str) -> None:
        await self.site.hire(role)
        await self.page.goto(f"{self.site.address}/")
        await self.page.fill("#name", STAFF[role])
        await self.page.fill("#password", PASSWORD)
        await self.page.press("#password", "Enter")
        await self.page.wait_for_url(lambda url: urlsplit(url).path != "/")
        cursor = self.page.locator("[autofocus]")
        if await cursor.count():  # it is set a frame after the page was loaded, into whatever was typed until then
            await expect(cursor).to_be_focused()

    async def assert_fits(self) -> None:
        """The page is no wider than the window."""
        window = self.page.viewport_size
        assert window
        await expect(self.page.locator("html")).to_have_js_property("scrollWidth", window["width"])

    def assert_well_behaved(self) -> None:
        """Asked nobody but us, and broke no rule of its own content security policy."""
        assert self.hosts == {urlsplit(self.site.address).netloc}
        assert self.complaints == []


@pytest.fixture
async def site(house: House, own_database_url: str, played: Played) -> AsyncIterator[Site]:
    with kept_port() as port:
        address = f"http://127.0.0.1:{port}"
        here = replace(house, office=replace(house.office, public_url=address))
        # Without what the clock brings: at the turn of a minute it would close the very day that a test closes.
        async with serving(here, own_database_url, "127.0.0.1", port, scheduled=False):
            yield Site(address, here, played)


@pytest.fixture(scope="session")
def browser_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One Chromium for all tests of this worker: starting it costs more than most of them."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        pytest.skip("no Chromium here; Debian's package 'chromium' brings it, and .ci/run installs it")
    profile = tmp_path_factory.mktemp("chromium")
    flags = ["--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run"]
    quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-quic"]
    where = [f"--user-data-dir={profile}", "--remote-debugging-port=0", "about:blank"]
    with subprocess.Popen([found, *flags, *quiet, *where], stderr=subprocess.DEVNULL) as running:
        told = profile / "DevToolsActivePort"
        while not (told.exists() and told.read_text().count("\n")):
            assert running.poll() is None, "Chromium ended before it could be asked anything"
            time.sleep(0.05)
        yield f"http://127.0.0.1:{told.read_text().split()[0]}"
        running.terminate()


@pytest.fixture
async def chromium(browser_address: str) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.connect_over_cdp(browser_address)
        yield browser
        await browser.close()  # only this connection, with the contexts that it opened


@pytest.fixture
async def desk(chromium: Browser, site: Site) -> AsyncIterator[Desk]:
    """A screen of 1366 × 768."""
    context = await chromium.new_context(viewport={"width": 1366, "height": 768}, locale="zh-CN")
    yield await watched(context, site)
    await context.close()


@pytest.fixture
async def phone(chromium: Browser, site: Site) -> AsyncIterator[Desk]:
    """A phone of 320 px without JavaScript."""
    context = await chromium.new_context(
        viewport={"width": 320, "height": 640}, java_script_enabled=False, locale="zh-CN"
    )
    yield await watched(context, site)
    await context.close()


async def watched(context: BrowserContext, site: Site) -> Desk:
    """A new page of a context, which remembers whom it asked and what it complained of."""
    context.set_default_timeout(BUSY_MS)
    desk = Desk(await context.new_page(), site)

    def asked(request: Request) -> None:
        desk.hosts.add(urlsplit(request.url).netloc)

    context.on("request", asked)
    desk.page.on("pageerror", lambda error: desk.complaints.append(str(error)))
    desk.page.on(
        "console", lambda message: desk.complaints.append(message.text) if "Content Security" in message.text else None
    )
    return desk
