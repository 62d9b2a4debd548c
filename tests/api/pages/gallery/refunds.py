"""Finance's pages of refunds."""

import contextlib
from datetime import timedelta
from uuid import UUID

from playwright.async_api import Page, expect

from foundation import clock
from foundation.errors import Conflict
from settlement.bills.reading import BillView
from settlement.cases import CaseFilter, list_cases
from settlement.payments.queries import query_bill
from settlement.receipts.red_letters import approve_red_letter, propose_red_letter
from settlement.refunds.deciding import reject_refund
from settlement.refunds.errands import close_errand
from settlement.refunds.non_receipt import ask_institution, told_lines
from settlement.refunds.proposing import Wish
from settlement.refunds.reading import RefundView, read_refund, refundable
from settlement.refunds.sending import pursue_refund
from tests.api.pages.conftest import Site
from tests.api.pages.gallery.scene import scene
from tests.played import confirmed, home_case, started
from tests.settlement.allocation.legs import followed
from tests.settlement.payments.test_proofs import hear, notification
from tests.settlement.refunds.conftest import ASKS, DECIDES, approved, arrived_bill, paid_bill, pieces, proposed


async def _until(site: Site, refund_id: UUID, state: str) -> RefundView:
    """Lets time go by until a refund is in a state; the site's own jobs pursue it too, and may be faster."""
    for _ in range(40):
        if (view := await read_refund(site.house.office, refund_id)).state == state:
            return view
        with contextlib.suppress(Conflict):
            await pursue_refund(site.house.office, refund_id)
        site.played.set_clocks(clock.now() + timedelta(seconds=35))
    raise AssertionError(f"refund {view.number} is {view.state}")


async def _arrived(site: Site, case_number: str, leg: str | None = None) -> tuple[BillView, list[Wish]]:
    view = await arrived_bill(site.house, site.played, home_case(case_number=case_number), "transferee")
    return view, [Wish(one) for one in await pieces(site.house, view.id, leg)]


async def _came_twice(site: Site) -> UUID:
    """An approved refund of money that came a second time, which is at the channel whatever the office takes."""
    house, played = site.house, site.played
    view = await confirmed(house, home_case())
    order_id = await started(house, view, "transferee")
    played.control("faults", {"kind": "payment", "how": "twice", "order_id": order_id})
    played.control("payments", {"order_id": order_id})
    second = played.simulator.world.by_order_id[order_id].payments[1]
    day = f"{second.clearing_day:%m%d}"
    await query_bill(house.office, view.id)
    await hear(house, notification(played, order_id, queryId=second.query_id, traceNo=second.trace_no, settleDate=day))
    return await approved(house, view, [], [one.id for one in (await refundable(house.office, view.id)).surplus])


async def _leave_the_receipt_out(page: Page) -> None:
    form = page.locator("form", has=page.locator('[name="red_receipt"]'))
    await form.locator('[name="reference"]').fill("TF2026-0001")
    await form.locator("button").click()
    await expect(page.locator("#refusal")).to_be_visible()


@scene("finance/refunds", role="finance")
async def _all(site: Site) -> str:
    house = site.house
    view, taxes = await _arrived(site, "LA-there-0001", "tax")
    await _until(site, await approved(house, view, taxes), "sent")
    (fee,) = await pieces(house, view.id, "non_tax")
    await reject_refund(house.office, await proposed(house, view, [Wish(fee)]), DECIDES, "登记已经办结")
    gone = await approved(house, view, [Wish(fee, 3_000)])
    (line,) = (await read_refund(house.office, gone)).lines
    await close_errand(house.office, line.id, "TF2026-0001", "34060126-0000000009", DECIDES)
    await _until(site, gone, "done")
    await proposed(house, view, [Wish(fee, 1_000)])
    return "/finance/refunds"


@scene("finance/refunds-second-page", role="finance")
async def _second_page(site: Site) -> str:
    view, _ = await _arrived(site, "LA-there-0001")
    (fee,) = await pieces(site.house, view.id, "non_tax")
    for _ in range(53):
        await proposed(site.house, view, [Wish(fee, 100)])
    return f"/finance/refunds?stands=proposed&number={view.number}&page=2"


@scene("finance/refund-proposed", role="finance")
async def _proposed(site: Site) -> str:
    return f"/finance/refunds/{await proposed(site.house, *await _arrived(site, 'LA-there-0001'))}"


@scene("finance/refund-at-the-counter", role="finance", enter=_leave_the_receipt_out)
async def _counter(site: Site) -> str:
    refund_id = await approved(site.house, *await _arrived(site, "LA-there-0001"))
    await _until(site, refund_id, "sent")
    return f"/finance/refunds/{refund_id}"


async def _fee_to_give_back(site: Site) -> tuple[UUID, UUID]:
    """An approved refund of a fee that is in the non-tax account, and its line."""
    refund_id = await approved(site.house, *await _arrived(site, "LA-there-0001", "non_tax"))
    (line,) = (await _until(site, refund_id, "sent")).lines
    return refund_id, line.id


@scene("finance/red-letter-to-approve", role="finance")
async def _letter(site: Site) -> str:
    refund_id, line_id = await _fee_to_give_back(site)
    await propose_red_letter(site.house.office, line_id, ASKS, "合同解除，退还登记费")
    return f"/finance/refunds/{refund_id}"


@scene("finance/red-letter-issued", role="finance")
async def _letter_issued(site: Site) -> str:
    refund_id, line_id = await _fee_to_give_back(site)
    await propose_red_letter(site.house.office, line_id, ASKS, "合同解除，退还登记费")
    await approve_red_letter(site.house.office, line_id, DECIDES)
    return f"/finance/refunds/{refund_id}"


@scene("finance/refund-asks-an-institution", role="finance")
async def _asking(site: Site) -> str:
    """Finance took a part of a fee and calls it unpaid: the refund waits, and finance asks for a letter."""
    site.played.control("faults", {"kind": "leg", "leg": "non_tax", "how": "partial"})
    view = await paid_bill(site.house, site.played, home_case(), "transferee")
    await followed(site.house, site.played, view.id, steps=2)
    fees = [Wish(one) for one in await pieces(site.house, view.id, "non_tax")]
    refund_id = await proposed(site.house, view, fees)
    (told,) = await told_lines(site.house.office, refund_id)
    await ask_institution(site.house.office, refund_id, told.line_id, ASKS)
    return f"/finance/refunds/{refund_id}"


@scene("finance/refund-failed", role="finance")
async def _failed(site: Site) -> str:
    site.played.control("faults", {"kind": "refund", "how": "failed"})
    refund_id = await _came_twice(site)
    await _until(site, refund_id, "failed")
    return f"/finance/refunds/{refund_id}"


@scene("finance/case-of-a-refund", role="finance")
async def _case(site: Site) -> str:
    await _until(site, await approved(site.house, *await _arrived(site, "LA-there-0001", "non_tax")), "sent")
    async with site.house.office.database.connect() as db:
        (case,) = await list_cases(db, "341502", CaseFilter(kind="R-non-tax"))
    return f"/finance/cases/{case.id}"
