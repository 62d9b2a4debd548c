"""The registration window's pages."""

from uuid import UUID

from playwright.async_api import Page, expect

from api.cli.demo.cases import demo_cases
from foundation import clock
from settlement.allocation.following import follow_bill
from settlement.batches.taking_in import GivenRow, take_in_batch, work_through
from settlement.bills.confirmation import confirm_bill
from settlement.bills.drafting import draft_bill
from settlement.bills.intake import parse_case
from settlement.bills.withdrawal import withdraw_bill
from settlement.handover import shift_so_far, sign_shift
from settlement.kinds import business_kind
from settlement.payments.cards import follow_sale, sell_by_card
from settlement.payments.closing import cancel_code
from settlement.payments.queries import query_bill
from settlement.refunds.proposing import Wish, propose_refund
from settlement.refunds.reading import refundable
from tests.api.pages.conftest import Site, limit_codes
from tests.api.pages.gallery.scene import scene
from tests.api.pages.test_case_form import typed_as
from tests.played import CLERK, confirmed, home_case, paid, shop_case, started
from tests.settlement.kinds.test_kinds import case_of


async def _type_the_shop(page: Page) -> None:
    await page.evaluate("document.querySelectorAll('details').forEach(one => (one.open = true))")
    for name, text in typed_as(demo_cases(clock.today())[1]).items():
        field = page.locator(f'[name="{name}"]').first
        if not await field.count():  # what the page asks only of some cases
            continue
        if await field.evaluate("one => one.tagName") == "SELECT":
            await field.select_option(text)
        else:
            await field.fill(text)
    await expect(page.locator("#breakdown .big")).to_have_text("¥49,150.00")


async def _hand_in(page: Page) -> None:
    async with page.expect_navigation():
        await page.keyboard.press("Control+Enter")


@scene("front/sign-in")
async def _front(site: Site) -> str:
    return "/"


@scene("front/no-permission", role="tax_officer")
async def _not_allowed(site: Site) -> str:
    return "/window"


@scene("window/new", role="clerk")
async def _new(site: Site) -> str:
    await confirmed(site.house, home_case())
    return "/window"


@scene("window/new-empty", role="clerk")
async def _new_empty(site: Site) -> str:
    return "/window"


@scene("window/new-typed", role="clerk", enter=_type_the_shop)
async def _typed(site: Site) -> str:
    return "/window"


@scene("window/new-refused", role="clerk", enter=_hand_in)
async def _refused(site: Site) -> str:
    return "/window"


@scene("window/bill-draft", role="clerk")
async def _draft(site: Site) -> str:
    return f"/window/bills/{await draft_bill(site.house.office, parse_case(shop_case()), CLERK)}"


@scene("window/bill-code", role="clerk")
async def _code(site: Site) -> str:
    return f"/window/bills/{(await confirmed(site.house, shop_case())).id}"


@scene("window/bill-stopped", role="clerk", enter=_hand_in)
async def _stopped(site: Site) -> str:
    case = home_case()
    fault = {"kind": "tax_amount", "case_number": case["case_number"], "item": "deed_tax", "amount_fen": 2_250_000}
    site.played.control("faults", fault)
    return f"/window/bills/{await draft_bill(site.house.office, parse_case(case), CLERK)}"


@scene("window/bill-paid", role="clerk")
async def _paid(site: Site) -> str:
    view = await confirmed(site.house, home_case())
    await paid(site.house, site.played, view.id, "transferee")
    await query_bill(site.house.office, view.id)
    await follow_bill(site.house.office, view.id)
    return f"/window/bills/{view.id}"


@scene("window/bill-card-waiting", role="clerk")
async def _card_waiting(site: Site) -> str:
    view = await confirmed(site.house, shop_case())
    await sell_by_card(site.house.office, view.id, "transferee", "W1", CLERK)
    return f"/window/bills/{view.id}"


@scene("window/bill-card-declined", role="clerk")
async def _card_declined(site: Site) -> str:
    view = await confirmed(site.house, home_case())
    order_id = await sell_by_card(site.house.office, view.id, "transferee", "W1", CLERK)
    site.played.control("cards", {"region": "341502", "terminal": "W1", "how": "decline"})
    await follow_sale(site.house.office, order_id)
    return f"/window/bills/{view.id}"


@scene("window/bill-beyond-a-code", role="clerk")
async def _beyond_a_code(site: Site) -> str:
    limit_codes(site)
    return f"/window/bills/{(await confirmed(site.house, home_case())).id}"


@scene("window/bill-withdrawn", role="clerk")
async def _withdrawn(site: Site) -> str:
    bill_id = await draft_bill(site.house.office, parse_case(home_case()), CLERK)
    await confirm_bill(site.house.office, bill_id, CLERK)
    await withdraw_bill(site.house.office, bill_id, CLERK, "价格填错")
    return f"/window/bills/{bill_id}"


@scene("window/slip", role="clerk")
async def _slip(site: Site) -> str:
    return f"/window/bills/{(await confirmed(site.house, shop_case())).id}/slip"


@scene("window/not-found", role="clerk")
async def _not_found(site: Site) -> str:
    return "/window/find?number=HY000"


@scene("window/found-several", role="clerk")
async def _found(site: Site) -> str:
    for case in (home_case(), home_case(case_number="LA-second-0001")):
        await draft_bill(site.house.office, parse_case(case), CLERK)
    return "/window/find?number=0016"


@scene("window/screen-code", role="clerk")
async def _screen(site: Site) -> str:
    return f"/window/bills/{(await confirmed(site.house, shop_case())).id}/screen"


@scene("window/screen-paid", role="clerk")
async def _screen_paid(site: Site) -> str:
    return (await _paid(site)) + "/screen"


@scene("window/screen-ended", role="clerk")
async def _screen_ended(site: Site) -> str:
    return (await _withdrawn(site)) + "/screen"


@scene("window/refund", role="clerk")
async def _refund(site: Site) -> str:
    return (await _paid(site)) + "/refund"


@scene("window/refund-proposed", role="clerk")
async def _refund_proposed(site: Site) -> str:
    view = await confirmed(site.house, home_case())
    await paid(site.house, site.played, view.id, "transferee")
    await query_bill(site.house.office, view.id)
    await follow_bill(site.house.office, view.id)
    could = await refundable(site.house.office, view.id)
    wishes = [Wish(could.lines[0].allocation_line_id, 10_000)]
    await propose_refund(site.house.office, view.id, wishes, [], "多缴", CLERK)
    return f"/window/bills/{view.id}/refund"


@scene("window/refund-nothing", role="clerk")
async def _refund_nothing(site: Site) -> str:
    return f"/window/bills/{(await confirmed(site.house, home_case())).id}/refund"


async def _open_all(page: Page) -> None:
    await page.evaluate("document.querySelectorAll('details').forEach(one => (one.open = true))")


@scene("window/bill-corrected", role="clerk", enter=_open_all)
async def _corrected(site: Site) -> str:
    first = await confirmed(site.house, home_case())
    await withdraw_bill(site.house.office, first.id, CLERK, "价格录错")
    case = home_case()
    case["transaction"] = {**case["transaction"], "price": {**case["transaction"]["price"], "amount_fen": 160_000_000}}
    return f"/window/bills/{(await confirmed(site.house, case)).id}"


async def _dearer(page: Page) -> None:
    await page.fill('[name="price.amount_fen"]', "1650000")
    await expect(page.locator(".compared .changed")).not_to_have_count(0)


@scene("window/correcting", role="clerk", enter=_dearer)
async def _correcting(site: Site) -> str:
    view = await confirmed(site.house, home_case())
    await withdraw_bill(site.house.office, view.id, CLERK, "价格录错")
    return f"/window?correct={view.id}"


@scene("window/bill-code-cancelled", role="clerk")
async def _code_cancelled(site: Site) -> str:
    view = await confirmed(site.house, home_case())
    await cancel_code(site.house.office, view.id, CLERK, "当事人不再办理")
    return f"/window/bills/{view.id}"


async def _reveal(page: Page) -> None:
    await page.get_by_text("查看完整姓名与证件号").click()
    await page.fill("#f-reveal", "核对证件原件")
    await page.press("#f-reveal", "Enter")
    await expect(page.get_by_text("已记录本次查看")).to_be_visible()


@scene("window/bill-revealed", role="clerk", enter=_reveal)
async def _revealed(site: Site) -> str:
    return f"/window/bills/{(await confirmed(site.house, home_case())).id}"


@scene("window/handover", role="clerk")
async def _handover(site: Site) -> str:
    view = await confirmed(site.house, home_case())
    await started(site.house, view, "transferee")
    await confirmed(site.house, shop_case())
    site.played.set_clocks(clock.local_now().add(hours=1))
    return "/window/handover"


@scene("window/handover-signed", role="clerk")
async def _handed_over(site: Site) -> str:
    await confirmed(site.house, home_case())
    office = site.house.office
    shift = await shift_so_far(office, "341502")
    return f"/window/handover/{await sign_shift(office, '341502', shift.began_at, '一切正常', CLERK)}"


@scene("window/new-mortgage", role="clerk")
async def _mortgage(site: Site) -> str:
    return "/window?kind=mortgage"


@scene("window/bill-with-mortgage", role="clerk")
async def _with_mortgage(site: Site) -> str:
    bill_id = await draft_bill(site.house.office, parse_case(case_of("transfer_with_mortgage")), CLERK)
    await confirm_bill(site.house.office, bill_id, CLERK)
    return f"/window/bills/{bill_id}"


@scene("window/lists-empty", role="clerk")
async def _lists_empty(site: Site) -> str:
    return "/window/lists"


async def _a_list(site: Site) -> UUID:
    office, cases = site.house.office, [case_of("new_home"), case_of("new_home"), case_of("new_home")]
    cases[1]["case_number"], cases[2]["transaction"]["price"] = "LA-new-home-2", {}
    rows = [GivenRow(place + 2, case) for place, case in enumerate(cases)]
    batch_id = await take_in_batch(office, "341502", business_kind("new_home"), "示例花园 3 幢", rows, CLERK)
    await work_through(office, batch_id)
    return batch_id


@scene("window/lists", role="clerk")
async def _lists(site: Site) -> str:
    await _a_list(site)
    return "/window/lists"


@scene("window/list-worked-out", role="clerk")
async def _list(site: Site) -> str:
    return f"/window/lists/{await _a_list(site)}"
