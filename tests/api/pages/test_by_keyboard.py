"""The clerk's main tasks without a mouse; the number of keystrokes of each is printed (pytest -s)."""

import re
from dataclasses import dataclass

import pytest
from playwright.async_api import Page, expect

from settlement.bills.drafting import draft_bill
from settlement.bills.intake import parse_case
from settlement.payments.queries import query_bill
from tests.api.pages.conftest import Desk
from tests.played import CLERK, confirmed, home_case, paid, shop_case

pytestmark = pytest.mark.browser


@dataclass(slots=True)
class Keys:
    """The keyboard of a page, which counts."""

    page: Page
    pressed: int = 0

    async def press(self, *names: str) -> None:
        for name in names:
            await self.page.wait_for_load_state()  # what a page shows is there before its keys are
            await self.page.keyboard.press(name)
            self.pressed += 1

    async def type(self, text: str) -> None:
        await self.page.keyboard.type(text)
        self.pressed += len(text)

    async def tab_to(self, selector: str) -> None:
        """Tab until a control has the focus."""
        for _ in range(80):
            if await self.page.evaluate("one => document.activeElement?.matches(one) ?? false", selector):
                return
            await self.press("Tab")
        raise AssertionError(f"{selector} is not to be reached by Tab")

    def tell(self, task: str, most: int) -> None:
        print(f"{task}: {self.pressed} keystrokes")
        assert 0 < self.pressed <= most


async def test_a_drafted_bill_becomes_a_code_on_the_second_screen(desk: Desk) -> None:
    bill_id = await draft_bill(desk.site.house.office, parse_case(shop_case()), CLERK)
    await desk.sign_in("clerk")
    await desk.page.goto(f"{desk.site.address}/window/bills/{bill_id}")
    keys = Keys(desk.page)
    await keys.press("b")
    await expect(desk.page.locator('[value="all_by_transferee"]')).to_have_attribute("aria-pressed", "true")
    await keys.press("Control+Enter")
    await expect(desk.page.locator(".code-card img")).to_be_visible()
    async with desk.page.context.expect_page() as opened:
        await keys.press("d")
    screen = await opened.value
    await expect(screen.locator(".large-code svg")).to_be_visible()
    keys.tell("who pays, confirm, second screen", 3)


async def test_a_bill_is_found_by_four_characters_and_asked_about(desk: Desk) -> None:
    house = desk.site.house
    view = await confirmed(house, home_case())
    await desk.sign_in("clerk")
    keys = Keys(desk.page)
    await keys.press("Escape", "/")
    await keys.type("0016")
    await keys.press("Enter")
    await desk.page.wait_for_url(re.compile(str(view.id)))
    await paid(house, desk.site.played, view.id, "transferee")
    await keys.press("q")
    await expect(desk.page.locator("#code")).to_contain_text("已缴")
    keys.tell("find by four characters, ask the channel", 8)


async def test_a_code_is_replaced_with_a_reason_from_the_list(desk: Desk) -> None:
    view = await confirmed(desk.site.house, home_case())
    assert view.code
    await desk.sign_in("clerk")
    await desk.page.goto(f"{desk.site.address}/window/bills/{view.id}")
    keys = Keys(desk.page)
    await desk.page.locator(".code-pane").focus()
    summary = "details.withdraw:has(#f-why-replace-code) > summary"
    await keys.tab_to(summary)
    await keys.press("Enter", "Tab")
    await keys.press("ArrowDown")
    await keys.tab_to("form[action$='/replace-code'] button")
    await keys.press("Enter")
    link = desk.page.locator('a[href*="/p/"]').first
    await expect(link).not_to_have_attribute("href", view.code.address)
    await expect(desk.page.locator(".code-card img")).to_be_visible()
    keys.tell("another code, with its reason", 20)


async def test_a_refund_is_proposed(desk: Desk) -> None:
    house = desk.site.house
    view = await confirmed(house, home_case())
    await paid(house, desk.site.played, view.id, "transferee")
    await query_bill(house.office, view.id)
    await desk.sign_in("clerk")
    await desk.page.goto(f"{desk.site.address}/window/bills/{view.id}")
    await expect(desk.page.locator(".stages .done")).to_have_count(6)
    await desk.page.reload()
    keys = Keys(desk.page)
    await keys.press("r")
    await desk.page.wait_for_url(re.compile("/refund$"))
    await desk.page.locator(".case-pane").focus()
    await keys.tab_to("input[type=checkbox]")
    await keys.press("Space")
    await keys.tab_to("#f-reason")
    await keys.type("duo jiao")
    await keys.press("Enter")
    await expect(desk.page.locator("main")).to_contain_text("等待财务岗批准")
    keys.tell("a refund proposed", 30)


async def test_a_shift_is_signed_off(desk: Desk) -> None:
    await confirmed(desk.site.house, home_case())
    await desk.sign_in("clerk")
    await desk.page.goto(f"{desk.site.address}/window/handover")
    keys = Keys(desk.page)
    await keys.press("Control+Enter")
    await expect(desk.page.get_by_role("status")).to_contain_text("王敏")
    keys.tell("the shift signed off", 1)


async def test_a_form_whose_button_is_pressed_again_before_the_answer_is_sent_once(desk: Desk) -> None:
    view = await confirmed(desk.site.house, home_case())
    await desk.sign_in("clerk")
    await desk.page.goto(f"{desk.site.address}/window/bills/{view.id}")
    kept_back = await desk.page.locator('[data-key="t"]').evaluate(
        """button => {
            const kept = [];
            window.addEventListener("submit", event => { kept.push(event.defaultPrevented); event.preventDefault(); });
            button.click();
            button.click();
            return kept;
        }"""
    )
    assert kept_back == [False, True]


async def test_what_moves_by_itself_leaves_what_is_being_typed(desk: Desk) -> None:
    house = desk.site.house
    view = await confirmed(house, shop_case())
    await desk.sign_in("clerk")
    await desk.page.goto(f"{desk.site.address}/window/bills/{view.id}")
    own = desk.page.locator("#f-own-replace-code")
    await desk.page.locator("details.withdraw:has(#f-own-replace-code) > summary").click()
    await own.press_sequentially("当事人")
    async with desk.page.expect_response(lambda answer: "/progress" in answer.url and answer.status == 200):
        await paid(house, desk.site.played, view.id, "transferee")
        await query_bill(house.office, view.id)
    await own.press_sequentially("丢失")
    await expect(own).to_have_value("当事人丢失")
    await own.fill("")
    await expect(desk.page.locator("#code")).to_contain_text("已缴")
