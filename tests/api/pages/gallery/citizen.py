"""The citizen's page in each state of the code."""

from datetime import timedelta

from playwright.async_api import Page

from foundation import clock
from settlement.allocation.following import follow_bill
from settlement.bills.reading import BillView, read_bill
from settlement.bills.withdrawal import withdraw_bill
from settlement.payments.closing import expire_codes, replace_code
from settlement.payments.queries import query_bill
from tests.api.pages.conftest import Site, limit_codes
from tests.api.pages.gallery.scene import Enter, scene
from tests.played import CLERK, confirmed, home_case, paid, shop_case, started


def _path(view: BillView, query: str = "") -> str:
    assert view.code is not None
    return f"/p/{view.code.token}{query}"


def says(tail: str) -> Enter:
    """What the payer does first: the last four characters."""

    async def enter(page: Page) -> None:
        await page.fill('[name="tail"]', tail)
        async with page.expect_navigation():
            await page.locator("form .button").first.click()

    return enter


@scene("citizen/who")
async def _who(site: Site) -> str:
    return _path(await confirmed(site.house, home_case()))


@scene("citizen/who-wrong", enter=says("9999"))
async def _who_wrong(site: Site) -> str:
    return _path(await confirmed(site.house, home_case()))


@scene("citizen/owed", enter=says("0037"))
async def _owed(site: Site) -> str:
    return _path(await confirmed(site.house, shop_case()))


@scene("citizen/owed-elder", enter=says("0037"))
async def _owed_elder(site: Site) -> str:
    return _path(await confirmed(site.house, shop_case()), "?size=large")


@scene("citizen/owed-english", enter=says("0037"))
async def _owed_english(site: Site) -> str:
    return _path(await confirmed(site.house, shop_case()), "?lang=en")


@scene("citizen/paying", enter=says("0016"))
async def _paying(site: Site) -> str:
    view = await confirmed(site.house, home_case())
    await started(site.house, view, "transferee")
    return _path(view)


@scene("citizen/confirming")
async def _confirming(site: Site) -> str:
    view = await confirmed(site.house, home_case())
    await started(site.house, view, "transferee")
    return _path(view) + "/return"


@scene("citizen/part-paid", enter=says("0042"))
async def _part_paid(site: Site) -> str:
    view = await confirmed(site.house, shop_case())
    await paid(site.house, site.played, view.id, "transferee")
    await query_bill(site.house.office, view.id)
    return _path(view)


@scene("citizen/paid", enter=says("0016"))
async def _paid(site: Site) -> str:
    view = await confirmed(site.house, home_case())
    await paid(site.house, site.played, view.id, "transferee")
    await query_bill(site.house.office, view.id)
    await follow_bill(site.house.office, view.id)
    return _path(view)


@scene("citizen/expired")
async def _expired(site: Site) -> str:
    morning = clock.local_now().replace(hour=10)
    site.played.set_clocks(morning)
    view = await confirmed(site.house, home_case())
    site.played.set_clocks(morning + timedelta(days=8))
    await expire_codes(site.house.office)
    return _path(await read_bill(site.house.office, view.id))


@scene("citizen/withdrawn")
async def _withdrawn(site: Site) -> str:
    view = await confirmed(site.house, home_case())
    await withdraw_bill(site.house.office, view.id, CLERK, "价格填错")
    return _path(view)


@scene("citizen/unknown", enter=says("0016"))
async def _unknown(site: Site) -> str:
    morning = clock.local_now().replace(hour=10)
    site.played.set_clocks(morning)
    view = await confirmed(site.house, home_case())
    await started(site.house, view, "transferee")
    site.played.set_clocks(morning + timedelta(minutes=20))
    return _path(view)


@scene("citizen/replaced")
async def _replaced(site: Site) -> str:
    view = await confirmed(site.house, home_case())
    await replace_code(site.house.office, view.id, CLERK, "丢失")
    return _path(view)


@scene("citizen/worked-out-anew", enter=says("0016"))
async def _anew(site: Site) -> str:
    first = await confirmed(site.house, home_case())
    await withdraw_bill(site.house.office, first.id, CLERK, "价格录错")
    case = home_case()
    case["transaction"] = {**case["transaction"], "price": {**case["transaction"]["price"], "amount_fen": 160_000_000}}
    await confirmed(site.house, case)
    return _path(first)


@scene("citizen/no-such-code")
async def _no_such_code(site: Site) -> str:
    return "/p/00000000000000000000"


@scene("citizen/beyond-a-code", enter=says("0016"))
async def _beyond_a_code(site: Site) -> str:
    limit_codes(site)
    return _path(await confirmed(site.house, home_case()))
