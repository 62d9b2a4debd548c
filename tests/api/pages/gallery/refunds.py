"""Finance's pages of refunds."""

from playwright.async_api import Page, expect

from settlement.office import Actor
from settlement.refunds.deciding import reject_refund
from settlement.refunds.proposing import Wish, propose_refund
from settlement.refunds.sending import pursue_refund
from tests.api.pages.conftest import STAFF, Site
from tests.api.pages.gallery.scene import scene
from tests.played import home_case
from tests.settlement.refunds.conftest import DECIDES, approved, arrived_bill, paid_bill, pieces, proposed, pursued


async def _press_without_receipt(page: Page) -> None:
    await page.locator('[name="red_receipt"]').locator("xpath=..").locator('[name="reference"]').fill("TF2026-0001")
    await page.locator('[name="red_receipt"]').press("Enter")
    await expect(page.locator("#refusal")).to_be_visible()


@scene("finance/refunds-empty", role="finance")
async def _empty(site: Site) -> str:
    return "/finance/refunds"


@scene("finance/refunds", role="finance")
async def _all(site: Site) -> str:
    house, played = site.house, site.played
    gone = await paid_bill(house, played, home_case(case_number="LA-gone-0001"), "transferee")
    await pursued(house, played, await approved(house, gone, [Wish(one) for one in await pieces(house, gone.id)]))
    arrived = await arrived_bill(house, played, home_case(case_number="LA-there-0001"), "transferee")
    for_counter = await approved(house, arrived, [Wish(one) for one in await pieces(house, arrived.id, "tax")])
    await pursue_refund(house.office, for_counter)
    no = await proposed(house, arrived, [Wish(one) for one in await pieces(house, arrived.id, "non_tax")])
    await reject_refund(house.office, no, DECIDES, "登记已经办结")
    await proposed(house, arrived, [Wish(one, 1_000) for one in await pieces(house, arrived.id, "non_tax")])
    return "/finance/refunds"


@scene("finance/refund-proposed", role="finance")
async def _proposed(site: Site) -> str:
    view = await arrived_bill(site.house, site.played, home_case(), "transferee")
    wishes = [Wish(one) for one in await pieces(site.house, view.id)]
    return f"/finance/refunds/{await proposed(site.house, view, wishes)}"


@scene("finance/refund-own", role="finance")
async def _own(site: Site) -> str:
    view = await paid_bill(site.house, site.played, home_case(), "transferee")
    wishes = [Wish(one) for one in await pieces(site.house, view.id)]
    own = Actor(STAFF["finance"], "finance")
    return f"/finance/refunds/{await propose_refund(site.house.office, view.id, wishes, [], '合同解除', own)}"


@scene("finance/refund-at-the-counter", role="finance", enter=_press_without_receipt)
async def _counter(site: Site) -> str:
    view = await arrived_bill(site.house, site.played, home_case(), "transferee")
    refund_id = await approved(site.house, view, [Wish(one) for one in await pieces(site.house, view.id)])
    await pursued(site.house, site.played, refund_id)
    return f"/finance/refunds/{refund_id}"


@scene("finance/refund-failed", role="finance")
async def _failed(site: Site) -> str:
    view = await paid_bill(site.house, site.played, home_case(), "transferee")
    site.played.control("faults", {"kind": "refund", "how": "failed"})
    refund_id = await approved(site.house, view, [Wish(one) for one in await pieces(site.house, view.id)])
    await pursued(site.house, site.played, refund_id)
    return f"/finance/refunds/{refund_id}"
