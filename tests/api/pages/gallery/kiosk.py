"""The kiosk's pages, as a person comes to them one after the other."""

from urllib.parse import urlsplit

from playwright.async_api import Page, expect

from settlement.allocation.following import follow_bill
from settlement.payments.cards import follow_sale, sell_by_card
from settlement.payments.queries import query_bill
from tests.api.pages.at_kiosk import BUYER, SHOP_BUYER, become_the_kiosk, lay, let_be_a_kiosk, show_card
from tests.api.pages.conftest import Site, limit_codes
from tests.api.pages.gallery.scene import Enter, scene
from tests.played import CLERK, confirmed, home_case, paid, shop_case


async def _start(page: Page, query: str = "") -> None:
    """The browser is the kiosk, and shows its first page."""
    address = "{0.scheme}://{0.netloc}".format(urlsplit(page.url))
    await become_the_kiosk(page, address)
    await page.goto(f"{address}/kiosk{query}")


async def _go(page: Page, touch: str) -> None:
    """Touches what leads to another page, and is there."""
    async with page.expect_navigation():
        await page.locator(touch).first.click()


def _touching(*touches: str, query: str = "") -> Enter:
    """Goes by one touch after the other from the first page."""

    async def enter(page: Page) -> None:
        await _start(page, query)
        for touch in touches:
            await _go(page, touch)

    return enter


def _typing(number: str, name: str, *then: str, query: str = "") -> Enter:
    """Types a document on the screen, and goes on from there."""

    async def enter(page: Page) -> None:
        await _start(page, query)
        await _go(page, 'a[href="/kiosk/type"]')
        await page.fill("#f-document", number)
        await page.fill("#f-name", name)
        for touch in (".typed .button", *then):
            await _go(page, touch)

    return enter


async def _letters(page: Page) -> None:
    await _touching('a[href="/kiosk/type"]')(page)
    await page.locator("[data-letters]").click()
    await expect(page.locator(".letter-keys")).to_be_visible()


async def _lay_it(page: Page) -> None:
    """Looks at the page until it has read what lies on the reader, by itself."""
    await _touching('a[href="/kiosk/card"]')(page)
    await expect(page.locator("#refusal")).to_be_visible()


_HOME = (BUYER["number"], BUYER["name"])
_SHOP = (SHOP_BUYER["number"], SHOP_BUYER["name"])
_OPEN = ".own-bill"


async def _ready(site: Site) -> str:
    let_be_a_kiosk(site)
    await confirmed(site.house, home_case())
    return "/kiosk"


async def _shop(site: Site) -> str:
    let_be_a_kiosk(site)
    await confirmed(site.house, shop_case())
    return "/kiosk"


@scene("kiosk/device")
async def _device(site: Site) -> str:
    return "/kiosk/device"


@scene("kiosk/not-a-kiosk")
async def _not_a_kiosk(site: Site) -> str:
    return "/kiosk"


scene("kiosk/start", enter=_touching())(_ready)
scene("kiosk/start-english", enter=_touching(query="?lang=en"))(_ready)
scene("kiosk/start-elder", enter=_touching(query="?size=large"))(_ready)
scene("kiosk/card", enter=_touching('a[href="/kiosk/card"]'))(_ready)
scene("kiosk/type", enter=_touching('a[href="/kiosk/type"]'))(_ready)
scene("kiosk/type-letters", enter=_letters)(_ready)
scene("kiosk/type-slip-of-the-finger", enter=_typing("341502190001010017", "王晓明"))(_ready)
scene("kiosk/type-nobody", enter=_typing(BUYER["number"], "王小明"))(_ready)
scene("kiosk/bills", enter=_typing(*_HOME))(_ready)
scene("kiosk/owed", enter=_typing(*_SHOP, _OPEN))(_shop)
scene("kiosk/owed-english", enter=_typing(*_SHOP, _OPEN, query="?lang=en"))(_shop)
scene("kiosk/owed-elder", enter=_typing(*_SHOP, _OPEN, query="?size=large"))(_shop)
scene("kiosk/scan", enter=_typing(*_HOME, _OPEN, 'a[href$="/scan"]'))(_ready)


@scene("kiosk/card-nobody", enter=_lay_it)
async def _card_of_nobody(site: Site) -> str:
    let_be_a_kiosk(site)
    lay(site, {"kind": "hk_macau_permit", "name": "陳大文", "number": "H12345678"})
    return "/kiosk"


@scene("kiosk/beyond-a-code", enter=_typing(*_HOME, _OPEN))
async def _beyond(site: Site) -> str:
    limit_codes(site)
    return await _ready(site)


@scene("kiosk/selling", enter=_typing(*_HOME, _OPEN))
async def _selling(site: Site) -> str:
    let_be_a_kiosk(site)
    view = await confirmed(site.house, home_case())
    await sell_by_card(site.house.office, view.id, "transferee", "K1", CLERK)
    return "/kiosk"


@scene("kiosk/declined", enter=_typing(*_HOME, _OPEN))
async def _declined(site: Site) -> str:
    let_be_a_kiosk(site)
    view = await confirmed(site.house, home_case())
    order_id = await sell_by_card(site.house.office, view.id, "transferee", "K1", CLERK)
    show_card(site, "decline")
    await follow_sale(site.house.office, order_id)
    return "/kiosk"


async def _paid(site: Site) -> str:
    let_be_a_kiosk(site)
    view = await confirmed(site.house, home_case())
    await paid(site.house, site.played, view.id, "transferee")
    await query_bill(site.house.office, view.id)
    await follow_bill(site.house.office, view.id)
    return "/kiosk"


scene("kiosk/paid", enter=_typing(*_HOME, _OPEN))(_paid)
scene("kiosk/receipt", enter=_typing(*_HOME, _OPEN, 'a[href$="/receipt"]'))(_paid)


async def _wait_for_the_question(page: Page) -> None:
    await _typing(*_HOME)(page)
    await page.evaluate("document.querySelector('[data-idle]').dataset.idle = 18")
    await expect(page.locator("#still-there")).to_be_visible()
    await page.evaluate("Date.now = (at => () => at)(Date.now())")  # so that nobody is away for longer while it is seen


scene("kiosk/still-there", enter=_wait_for_the_question)(_ready)
