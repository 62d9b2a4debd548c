"""The pages in headless Chromium: by keyboard alone, without JavaScript, never sideways, from our own host alone."""

import re
from datetime import timedelta

import pytest
from playwright.async_api import expect

from api.cli.demo.cases import demo_cases
from foundation import clock
from settlement.bills.drafting import draft_bill
from settlement.bills.intake import parse_case
from settlement.bills.reading import BillView
from settlement.payments.queries import query_bill
from tests.api.pages.conftest import Desk
from tests.api.pages.test_case_form import typed_as
from tests.played import CLERK, confirmed, followed_through, home_case, paid, shop_case

pytestmark = pytest.mark.browser


def code_page(view: BillView) -> str:
    assert view.code is not None
    return f"/p/{view.code.token}"


async def test_a_case_becomes_a_code_by_keyboard_alone(desk: Desk) -> None:
    shop = demo_cases(clock.today())[1]
    typed = typed_as(shop)
    await desk.sign_in("clerk")
    page = desk.page
    await expect(page.locator('[name="case_number"]')).to_be_focused()
    keys = page.keyboard
    for _ in range(60):
        name = await page.evaluate("document.activeElement.name || ''")
        if name in typed:
            tag = await page.evaluate("document.activeElement.tagName")
            if tag == "SELECT":
                await page.locator(":focus").select_option(typed[name])
            else:
                await keys.press("Control+A")
                await keys.type(typed[name])
        if name == "transferor.only_home":
            break
        await keys.press("Tab")
    await expect(page.locator("#breakdown .big")).to_have_text("¥49,150.00")
    await keys.press("Control+Enter")
    await page.wait_for_url(re.compile("/window/bills/"))
    await expect(page.locator(".choice")).to_contain_text("¥48,850.00")
    await keys.press("Control+Enter")
    await expect(page.locator(".code-card img")).to_be_visible()
    await page.locator(".code-card img").evaluate("picture => picture.decode()")  # the picture has come
    await expect(page.locator(".code-card")).to_contain_text("¥49,150.00")
    await desk.assert_fits()
    desk.assert_well_behaved()


async def test_the_window_moves_by_itself_when_a_share_is_paid(desk: Desk) -> None:
    house, played = desk.site.house, desk.site.played
    view = await confirmed(house, home_case())
    await desk.sign_in("clerk")
    await desk.page.goto(f"{desk.site.address}/window/bills/{view.id}")
    await expect(desk.page.locator(".stages .done")).to_have_count(1)
    await paid(house, played, view.id, "transferee")
    await query_bill(house.office, view.id)
    await expect(desk.page.locator(".stages .done")).to_have_count(6)
    await expect(desk.page.locator("#code")).to_contain_text("已入库")
    desk.assert_well_behaved()


async def test_the_citizens_page_moves_by_itself_when_the_channel_told_of_the_payment(desk: Desk) -> None:
    house, page = desk.site.house, desk.page
    view = await confirmed(house, home_case())
    await page.goto(desk.site.address + code_page(view))
    await page.fill('[name="tail"]', "0016")
    await page.get_by_role("button", name="查看").click()
    await expect(page.get_by_role("button", name="去支付")).to_be_visible()
    await paid(house, desk.site.played, view.id, "transferee")
    await query_bill(house.office, view.id)
    await expect(page.locator(".panel.paid")).to_be_visible()
    desk.assert_well_behaved()


async def test_a_refused_field_is_named_beside_itself_and_has_the_focus(desk: Desk) -> None:
    await desk.sign_in("clerk")
    page = desk.page
    await page.fill('[name="case_number"]', "LA-2026-0001")
    await page.fill('[name="unit_code"]', "3415")
    for side in ("transferee", "transferor"):
        await page.fill(f'[name="{side}.0.name"]', "某人")
        await page.fill(f'[name="{side}.0.identity"]', shop_case()["parties"][0]["identity"])
    await page.keyboard.press("Control+Enter")
    field = page.locator('[name="unit_code"]')
    await expect(field).to_be_focused()
    await expect(field).to_have_attribute("aria-invalid", "true")
    await expect(page.locator("#said-unit_code")).to_contain_text("28 位")
    await expect(page.locator('[name="case_number"]')).to_have_value("LA-2026-0001")


async def test_both_figures_stand_on_a_bill_that_the_tax_office_stopped(desk: Desk) -> None:
    case = home_case()
    fault = {"kind": "tax_amount", "case_number": case["case_number"], "item": "deed_tax", "amount_fen": 2_250_000}
    desk.site.played.control("faults", fault)
    await desk.sign_in("clerk")
    bill_id = await draft_bill(desk.site.house.office, parse_case(case), CLERK)
    await desk.page.goto(f"{desk.site.address}/window/bills/{bill_id}")
    await desk.page.keyboard.press("Control+Enter")
    stopped = desk.page.locator(".stopped")
    await expect(stopped).to_contain_text("¥15,000.00")
    await expect(stopped).to_contain_text("¥22,500.00")
    await expect(stopped).to_contain_text("¥7,500.00")


async def test_a_citizen_pays_on_a_small_phone_without_javascript(phone: Desk) -> None:
    site, page = phone.site, phone.page
    view = await confirmed(site.house, shop_case())
    await page.goto(site.address + code_page(view))
    await phone.assert_fits()
    phone.assert_well_behaved()
    await page.fill('[name="tail"]', "0037")
    await page.get_by_role("button", name="查看").click()
    await expect(page.locator("main")).to_contain_text("契税")
    await phone.assert_fits()
    await page.get_by_role("button", name="去支付 ¥48,850.00").click()
    await expect(page.get_by_role("button", name="打开支付页面")).to_be_visible()
    await phone.assert_fits()
    phone.assert_well_behaved()
    await page.get_by_role("button", name="打开支付页面").click()
    await page.get_by_role("button", name="确认付款").click()
    await page.get_by_role("button", name="返回商户").click()
    await expect(page.locator("main")).to_contain_text("您的部分已缴清")
    await phone.assert_fits()
    await expect(page.locator("html")).not_to_contain_text("赵德海")


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("size", ["normal", "large"])
async def test_no_state_of_the_code_goes_sideways(phone: Desk, language: str, size: str) -> None:
    site, page = phone.site, phone.page
    house = site.house
    fresh = await confirmed(house, shop_case())
    done = await confirmed(house, home_case())
    await paid(house, site.played, done.id, "transferee")
    await query_bill(house.office, done.id)
    for view, tail in ((fresh, "0042"), (done, "0016")):
        await page.goto(f"{site.address}{code_page(view)}?lang={language}&size={size}")
        await phone.assert_fits()
        await page.fill('[name="tail"]', tail)
        await page.locator("form .button").click()
        await expect(page.locator(".lines, .proofs").first).to_be_visible()
        await phone.assert_fits()
    await page.goto(f"{site.address}{code_page(fresh)}/return")
    await phone.assert_fits()
    phone.assert_well_behaved()


async def test_the_tax_officer_confirms_what_arrived_once(desk: Desk) -> None:
    house, page = desk.site.house, desk.page
    view = await confirmed(house, home_case())
    await paid(house, desk.site.played, view.id, "transferee")
    await query_bill(house.office, view.id)
    await followed_through(house, desk.site.played, view.id)
    await desk.sign_in("tax_officer")
    await page.locator("#waiting .all").press("Space")
    await page.keyboard.press("Control+Enter")
    await expect(page.get_by_role("status")).to_contain_text("已确认收讫 1 笔")
    await expect(page.locator("#waiting tbody tr")).to_have_count(0)
    await desk.assert_fits()
    desk.assert_well_behaved()


async def test_finance_closes_and_signs_a_day(desk: Desk) -> None:
    house, played, page = desk.site.house, desk.site.played, desk.page
    morning = clock.local_now().replace(hour=10)
    played.set_clocks(morning)
    day = clock.today()
    view = await confirmed(house, home_case())
    await paid(house, played, view.id, "transferee")
    await query_bill(house.office, view.id)
    await desk.sign_in("clerk")
    await page.goto(f"{desk.site.address}/window/bills/{view.id}")
    await expect(page.locator(".stages .done")).to_have_count(6)
    played.set_clocks(morning + timedelta(days=1))
    await desk.sign_in("finance")
    await page.goto(f"{desk.site.address}/finance?day={day}")
    await expect(page.locator("main")).to_contain_text("还没有对过账")
    await desk.assert_fits()
    await page.get_by_role("button", name="取对账单并对账").click()
    await expect(page.locator(".verdict")).to_contain_text("全部对平")
    await expect(page.locator(".equations .fails")).to_have_count(0)
    await page.get_by_role("button", name="签字").click()
    await expect(page.locator(".signature").first).to_contain_text("第 1 版，刘洋")
    await desk.assert_fits()
    desk.assert_well_behaved()
