"""The tax office's pages beside its board."""

from datetime import timedelta

from foundation import clock
from foundation.errors import HeyiError
from settlement.allocation.following import follow_bill
from settlement.bills.later_assessment import assess_later
from settlement.office import Actor
from settlement.payments.queries import query_bill
from settlement.rule_sets import propose_set
from tests.api.pages.conftest import Site
from tests.api.pages.gallery.scene import scene
from tests.played import confirmed, home_case, paid
from tests.settlement.rule_sets.sets import with_fee

_OTHER = Actor("赵敏", "tax_officer")


async def _sent_back(site: Site) -> None:
    """A home is paid, and its tax comes back from the treasury."""
    view = await confirmed(site.house, home_case())
    await paid(site.house, site.played, view.id, "transferee")
    await query_bill(site.house.office, view.id)
    site.played.control("faults", {"kind": "leg", "leg": "tax", "how": "returned"})
    for _ in range(4):
        site.played.set_clocks(clock.now() + timedelta(minutes=5))
        try:
            await follow_bill(site.house.office, view.id)
        except HeyiError:
            continue


@scene("tax/returned-empty", role="tax_officer")
async def _nothing_returned(site: Site) -> str:
    return "/tax/returned"


@scene("tax/returned", role="tax_officer")
async def _returned(site: Site) -> str:
    await _sent_back(site)
    return "/tax/returned"


@scene("tax/assessments-empty", role="tax_officer")
async def _none_assessed(site: Site) -> str:
    return "/tax/assessments"


@scene("tax/assessments", role="tax_officer")
async def _assessed(site: Site) -> str:
    view = await confirmed(site.house, home_case())
    higher = view.transaction["price"]["amount_fen"] * 2
    await assess_later(site.house.office, view.id, higher, "核定通知书〔2026〕12号", _OTHER)
    return "/tax/assessments"


@scene("tax/rule-sets", role="tax_officer")
async def _rule_sets(site: Site) -> str:
    return "/tax/rule-sets"


@scene("tax/rule-set-proposed", role="tax_officer")
async def _proposed(site: Site) -> str:
    now = clock.now()
    site.played.set_clocks(now - timedelta(days=32))
    await confirmed(site.house, home_case())
    site.played.set_clocks(now)
    async with site.house.office.database.begin() as db:
        wanted = await propose_set(db, with_fee(90), _OTHER, "皖价费〔2026〕3号")
    return f"/tax/rule-sets/{wanted}"
