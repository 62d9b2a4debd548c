"""The administrators' pages."""

from datetime import timedelta

from playwright.async_api import Page

from api.people import Person, add_person
from api.people.changing import Wish, propose_change
from foundation import clock
from settlement.districts.deciding import propose_version
from settlement.office import Actor
from settlement.payments.contact import record_failure
from settlement.payments.inbox import receive_notification
from settlement.payments.queries import query_bill
from settlement.windows.deciding import approve_window, propose_window
from settlement.windows.window import WindowContent
from tests.api.pages.conftest import PASSWORD, STAFF, Site
from tests.api.pages.gallery.scene import scene
from tests.played import confirmed, home_case, paid

_ADA = Person("周宁", "administrator", "341502")


async def some_people(site: Site) -> None:
    """A clerk, a finance officer, and a change of another administrator's that waits."""
    await site.hire("clerk", "finance")
    await add_person(site.house.office.database, _ADA, PASSWORD)
    async with site.house.office.database.begin() as db:
        await propose_change(db, Wish("add", "钱进", "新入职，接替刘洋", "finance"), _ADA)
        await propose_change(db, Wish("rights", STAFF["clerk"], "转岗到财务", "finance"), _ADA)


@scene("admin/people-alone", role="administrator")
async def _alone(site: Site) -> str:
    return "/admin"


@scene("admin/people", role="administrator")
async def _people(site: Site) -> str:
    await some_people(site)
    return "/admin/people"


async def _add_a_clerk(page: Page) -> None:
    name = f"窗口{await page.evaluate('window.innerWidth')}"  # the same house is looked at twice
    await page.fill("#f-name", name)
    await page.select_option("#f-role", "clerk")
    await page.fill("#f-reason", "新窗口开放")
    await page.press("#f-reason", "Enter")
    await page.wait_for_selector(".secret")


@scene("admin/people-one-time-password", role="administrator", enter=_add_a_clerk)
async def _one_time(site: Site) -> str:
    return "/admin/people"


async def _add_again(page: Page) -> None:
    await page.fill("#f-name", STAFF["clerk"])
    await page.fill("#f-reason", "再登记一次")
    await page.press("#f-reason", "Enter")
    await page.wait_for_selector("#refusal")


@scene("admin/people-refused", role="administrator", enter=_add_again)
async def _refused(site: Site) -> str:
    await some_people(site)
    return "/admin/people"


@scene("admin/no-permission", role="finance")
async def _not_for_finance(site: Site) -> str:
    return "/admin/people"


async def a_version(site: Site, by: str) -> None:
    """A version of the district that waits for approval."""
    file = site.house.districts.file("341502")
    content = file.shown | {"tax_office": file.shown["tax_office"] | {"treasury": "1205010099"}}
    async with site.house.office.database.begin() as db:
        who = Actor(by, "administrator")
        await propose_version(db, file, content, clock.today() + timedelta(days=30), who, "国库代码自下月起变更")


@scene("admin/windows-empty", role="administrator")
async def _no_windows(site: Site) -> str:
    return "/admin/windows"


async def some_windows(site: Site) -> None:
    """Two windows, a clerk at one of them, and one that waits."""
    region, today, office = site.house.office.region("341502"), clock.today(), site.house.office
    ours = WindowContent(kind="registry", name="一号综合窗口", place="政务服务中心一楼 A 区")
    bank = WindowContent(
        kind="bank", name="徽商银行金安支行", place="金安路 1 号", identity="91110000MA0000000H", kinds=("mortgage",)
    )
    agent = WindowContent(kind="agent", name="安居房产经纪", kinds=("transfer", "existing_home"))
    async with office.database.begin() as db:
        proposer, approver = Actor("周宁", "administrator"), Actor("吴桐", "administrator")
        for code, content in (("A01", ours), ("B-HS01", bank)):
            version = await propose_window(db, region, code, content, (today, None), proposer, "新设窗口")
            await approve_window(db, region, version, approver)
        days = (today + timedelta(days=7), today + timedelta(days=372))
        await propose_window(db, region, "C-AJ", agent, days, proposer, "与经纪机构签约一年")
    await add_person(office.database, Person("陈立", "clerk", "341502", "A01"), PASSWORD)


@scene("admin/windows", role="administrator")
async def _windows(site: Site) -> str:
    await some_windows(site)
    return "/admin/windows?change=B-HS01"


@scene("admin/channels", role="administrator")
async def _channels(site: Site) -> str:
    view = await confirmed(site.house, home_case())
    await paid(site.house, site.played, view.id, "transferee")
    await query_bill(site.house.office, view.id)
    async with site.house.office.database.begin() as db:
        await record_failure(db, "341502", "acp", "银联 10 秒内没有应答。UnionPay did not answer within 10 s.")
        await receive_notification(site.house.office, "341502", b"nothing of theirs", "203.0.113.9")
    return "/admin/channels"


@scene("admin/district-file", role="administrator")
async def _district_file(site: Site) -> str:
    return "/admin/district"


@scene("admin/district-waiting", role="administrator")
async def _district_waiting(site: Site) -> str:
    await a_version(site, "周宁")
    return "/admin/district"


async def _break_the_form(page: Page) -> None:
    await page.fill("#f-content", "region: '341502'")
    await page.fill("#f-reason", "写错的一版")
    await page.press("#f-reason", "Enter")
    await page.wait_for_selector("#refusal")


@scene("admin/district-refused", role="administrator", enter=_break_the_form)
async def _district_refused(site: Site) -> str:
    await a_version(site, STAFF["administrator"])
    return "/admin/district"


@scene("admin/audit", role="administrator")
async def _audit(site: Site) -> str:
    await some_people(site)
    await confirmed(site.house, home_case())
    return "/admin/audit"


@scene("admin/audit-nothing", role="administrator")
async def _audit_nothing(site: Site) -> str:
    return "/admin/audit?first=2020-01-01&last=2020-01-02&number=NOBODY"


@scene("admin/audit-refused", role="administrator")
async def _audit_refused(site: Site) -> str:
    return "/admin/audit?first=2026-01-02&last=2026-01-01"
