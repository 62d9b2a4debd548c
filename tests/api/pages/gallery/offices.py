"""The pages of finance and of the tax office."""

from datetime import date, timedelta

from api.closing import close_the_day
from foundation import clock
from settlement.allocation.following import follow_bill
from settlement.payments.queries import query_bill
from tests.api.pages.conftest import Site
from tests.api.pages.gallery.scene import scene
from tests.played import confirmed, home_case, paid


async def a_paid_day(site: Site) -> date:
    """A day on which a home was paid, seen from the next morning."""
    morning = clock.local_now().replace(hour=10)
    site.played.set_clocks(morning)
    day = clock.today()
    view = await confirmed(site.house, home_case())
    await paid(site.house, site.played, view.id, "transferee")
    await query_bill(site.house.office, view.id)
    site.played.set_clocks(morning + timedelta(hours=2))
    await follow_bill(site.house.office, view.id)
    site.played.set_clocks(morning + timedelta(days=1))
    return day


@scene("finance/board-empty", role="finance")
async def _empty(site: Site) -> str:
    return "/finance"


@scene("finance/board-matched", role="finance")
async def _matched(site: Site) -> str:
    day = await a_paid_day(site)
    await close_the_day(site.house, "341502", day)
    return f"/finance?day={day}"


@scene("finance/board-break", role="finance")
async def _break(site: Site) -> str:
    day = await a_paid_day(site)
    row = {"kind": "row", "how": "altered", "source": "channel", "region": "341502", "day": str(day), "by_fen": 9}
    site.played.control("faults", row)
    await close_the_day(site.house, "341502", day)
    return f"/finance?day={day}"


@scene("finance/board-file-missing", role="finance")
async def _missing(site: Site) -> str:
    day = await a_paid_day(site)
    fault = {"kind": "statement", "how": "missing", "source": "treasury", "region": "341502", "day": str(day)}
    site.played.control("faults", fault)
    await close_the_day(site.house, "341502", day)
    return f"/finance?day={day}"


@scene("finance/book", role="finance")
async def _book(site: Site) -> str:
    return f"/finance/book?on={await a_paid_day(site)}"


@scene("tax/board-empty", role="tax_officer")
async def _tax_empty(site: Site) -> str:
    return "/tax"


@scene("tax/board", role="tax_officer")
async def _tax(site: Site) -> str:
    await a_paid_day(site)
    return "/tax"
