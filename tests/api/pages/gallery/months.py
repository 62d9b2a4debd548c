"""Month statements, and the window of the bank that pays them."""

from foundation import clock
from settlement.months.making import settle_months
from settlement.months.reading import list_months
from settlement.months.watching import watch_months
from settlement.office import Actor
from tests.api.pages.conftest import PARTNERS_WINDOW, STAFF, Site
from tests.api.pages.gallery.scene import scene
from tests.settlement.months.test_months import confirmed, of_bank, pay


async def _a_month(site: Site) -> str:
    """Two mortgages of a month, which is over, on one statement; the path of it."""
    at_bank = Actor(STAFF["partner"], "partner", PARTNERS_WINDOW)
    for one in range(2):
        await confirmed(site.house, of_bank("mortgage", f"LA-DY-{one + 1:04d}"), at_bank)
    month_ahead = clock.local_now().add(months=1)
    site.played.set_clocks(month_ahead.replace(day=1, hour=10))
    await settle_months(site.house.office)
    [statement] = await list_months(site.house.office, "341502")
    return f"/months/{statement.id}"


@scene("months/bank", role="partner")
async def _bank(site: Site) -> str:
    return await _a_month(site)


@scene("months/overdue", role="partner")
async def _overdue(site: Site) -> str:
    await _a_month(site)
    site.played.set_clocks(clock.local_now().replace(day=20))
    await watch_months(site.house.office)
    return "/months"


@scene("months/paid", role="partner")
async def _paid(site: Site) -> str:
    path = await _a_month(site)
    [statement] = await list_months(site.house.office, "341502")
    await pay(site.house, site.played, statement)
    await watch_months(site.house.office)
    return path


@scene("months/window", role="partner")
async def _window(site: Site) -> str:
    at_bank = Actor(STAFF["partner"], "partner", PARTNERS_WINDOW)
    view = await confirmed(site.house, of_bank("mortgage", "LA-DY-0001"), at_bank)
    return f"/window/bills/{view.id}"
