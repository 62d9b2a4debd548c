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
from settlement.kinds import business_kind
from settlement.payments.queries import query_bill
from tests.api.pages.conftest import Site
from tests.api.pages.gallery.scene import scene
from tests.api.pages.test_case_form import typed_as
from tests.played import CLERK, confirmed, home_case, paid, shop_case
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
