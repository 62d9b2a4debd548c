"""The pages of finance and of the tax office."""

from datetime import date, time, timedelta

from playwright.async_api import Page
from sqlalchemy import select

from api.closing import close_the_day, match_running_days
from foundation import clock
from reconciliation.tables import DAY, reconciliation_day
from settlement.adjustments import propose
from settlement.allocation.following import follow_bill
from settlement.calendars import SourceHours
from settlement.cases import CaseFilter, CaseRow, list_cases
from settlement.office import Actor
from settlement.payments.queries import query_bill
from settlement.ports.statements import Source
from tests.api.pages.conftest import Site
from tests.api.pages.gallery.scene import scene
from tests.days import noon_of_a_past_monday
from tests.played import confirmed, home_case, paid
from tests.settlement.book.busy import busy_months
from tests.settlement.book.test_other_sides import closed, file, settled
from tests.settlement.payments.test_never_confirmed import denied


def database_of(site: Site) -> str:
    """The address of the site's database."""
    return site.house.office.database.url.render_as_string(hide_password=False)


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


@scene("finance/board-matching-again", role="finance")
async def _matching(site: Site) -> str:
    day = await a_paid_day(site)
    await close_the_day(site.house, "341502", day)
    async with site.house.office.database.begin() as db:
        row = (await db.execute(select(reconciliation_day).where(reconciliation_day.c.day == day))).one()
        await DAY.advance(db, row.id, row.state, "start")
    return f"/finance?day={day}"


async def _ask_the_channel(page: Page) -> None:
    await page.click("form[action$='/unbooked'] button")


@scene("finance/case-bank-surplus", role="finance", enter=_ask_the_channel)
async def _surplus(site: Site) -> str:
    now = clock.local_now()
    day = noon_of_a_past_monday(site.played)
    known = await settled(site.house, site.played)
    view, _ = await denied(site.house, site.played)
    following = day + timedelta(days=1)
    net = f"{(known.amount_fen + view.amount_fen - 380) / 100:.2f}"
    rows = file(Source.bank, f"A1,{following:%Y%m%d},{day:%Y%m%d},1,贷,{net},3.80")
    report = await closed(site.house, site.played, following, {Source.bank: rows})
    site.played.set_clocks(now)  # a session of the past would be over for the browser
    return f"/finance/cases/{report.breaks[0].case_id}"


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


@scene("finance/statement-versions", role="finance")
async def _versions(site: Site) -> str:
    day = await a_paid_day(site)
    fault = {"kind": "statement", "how": "truncated", "source": "non_tax", "region": "341502", "day": str(day)}
    site.played.control("faults", fault | {"times": 1})
    for _ in range(2):
        await close_the_day(site.house, "341502", day)
    return f"/finance/days/{day}/statements/non_tax"


@scene("finance/statement-batches", role="finance")
async def _batches(site: Site) -> str:
    region = site.house.districts.regions["341502"]
    hours = {Source.treasury: SourceHours(batches=(time(12), time(16)))}
    site.house.districts.regions["341502"] = region.model_copy(update={"hours": hours})
    day = await a_paid_day(site)
    next_morning = clock.local_now()
    site.played.set_clocks(next_morning.subtract(days=1).replace(hour=16, minute=1))
    await match_running_days(site.house, "341502")
    site.played.set_clocks(next_morning)
    return f"/finance/days/{day}/statements/treasury"


async def the_case(site: Site) -> CaseRow:
    """The case of a row in the channel's file that is not of ours, proposed by another than who looks."""
    day = await a_paid_day(site)
    site.played.control(
        "faults", {"kind": "row", "how": "added", "source": "channel", "region": "341502", "day": str(day)}
    )
    await close_the_day(site.house, "341502", day)
    async with site.house.office.database.begin() as db:
        case = (await list_cases(db, "341502", CaseFilter(kind="P-5")))[0]
        await propose(db, site.house.office.regions, case.id, Actor("王芳", "finance"))
    return case


@scene("finance/cases", role="finance")
async def _cases(site: Site) -> str:
    await the_case(site)
    return "/finance/cases"


@scene("finance/case-proposed", role="finance")
async def _case(site: Site) -> str:
    return f"/finance/cases/{(await the_case(site)).id}"


@scene("finance/find", role="finance")
async def _find(site: Site) -> str:
    return f"/finance/find?number={(await the_case(site)).number}"


@scene("finance/rollup", role="finance")
async def _rollup(site: Site) -> str:
    return f"/finance/rollup?period={str(await a_paid_day(site))[:7]}"


@scene("finance/trends-empty", role="finance")
async def _no_trends(site: Site) -> str:
    return "/finance/trends"


@scene("finance/trends-days", role="finance")
async def _trends(site: Site) -> str:
    await busy_months(database_of(site), date(2026, 3, 31))
    return "/finance/trends?first=2026-02-15&last=2026-03-31"


@scene("finance/trends-months", role="finance")
async def _trends_of_months(site: Site) -> str:
    await busy_months(database_of(site), date(2026, 3, 31))
    return "/finance/trends?step=month&last=2026-03-31&by=channel&moved=arrived"


@scene("finance/trends-refused", role="finance")
async def _trends_refused(site: Site) -> str:
    return "/finance/trends?first=2026-03-31&last=2026-01-01"


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
