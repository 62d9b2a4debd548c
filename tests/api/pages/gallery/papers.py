"""The pages of papers, properties and proofs, and finance's months."""

from datetime import date, timedelta

from api.title_qr import title_address
from foundation import clock
from settlement.bills.reading import BillView
from settlement.clearance.registering import hear_registration
from settlement.clearance.telling import tell_registry
from settlement.messages.contacts import give_contact
from settlement.messages.papers_ready import write_papers_ready
from settlement.property.earlier import Earlier, find_candidates, take_in
from settlement.property.history import taxed_items
from settlement.receipts.fetching import fetch_papers
from settlement.receipts.statements import statement_of
from tests.api.pages.conftest import Site
from tests.api.pages.gallery.citizen import says
from tests.api.pages.gallery.offices import a_paid_day
from tests.api.pages.gallery.scene import scene
from tests.played import CLERK, confirmed, shop_case
from tests.settlement.receipts.conftest import arrived_shop

_TITLE = "皖(2026)六安市不动产权第0001234号"
_PLACE = "六安市金安区皖西大道18号锦绣花园3栋1单元602室"


async def _with_papers(site: Site) -> BillView:
    """A shop whose taxes are in, whose papers are here and whose parties have been told."""
    view = await arrived_shop(site.house, site.played)
    await give_contact(site.house.office, view.id, "transferee", "13805641234", CLERK)
    await fetch_papers(site.house.office, view.id)
    await write_papers_ready(site.house.office, view.id)
    return view


async def _registered(site: Site) -> BillView:
    view = await _with_papers(site)
    await hear_registration(site.house.office, view.id, _TITLE, clock.now(), _PLACE, CLERK)
    return view


@scene("papers/bill-unpaid", role="clerk")
async def _unpaid(site: Site) -> str:
    return f"/papers/{(await confirmed(site.house, shop_case())).id}"


@scene("papers/bill", role="clerk")
async def _papers(site: Site) -> str:
    view = await _with_papers(site)
    await tell_registry(site.house.office, view.id)
    return f"/papers/{view.id}"


@scene("papers/deliveries-empty", role="finance")
async def _no_deliveries(site: Site) -> str:
    return "/clearances"


@scene("papers/deliveries", role="finance")
async def _deliveries(site: Site) -> str:
    view = await arrived_shop(site.house, site.played)
    site.played.control("faults", {"kind": "desk", "how": "registry_down"})
    await tell_registry(site.house.office, view.id)
    return "/clearances"


@scene("property/history", role="clerk")
async def _history(site: Site) -> str:
    return f"/property/{(await _registered(site)).unit_code}"


@scene("property/candidates-empty", role="clerk")
async def _no_candidates(site: Site) -> str:
    return "/unit-codes"


@scene("property/candidates", role="clerk")
async def _candidates(site: Site) -> str:
    await _registered(site)
    earlier = [
        Earlier("deed_tax", 100_000, date(2019, 5, 6), "OLD-0001", title_number=_TITLE),
        Earlier("deed_tax", 980_000, date(2016, 3, 9), "OLD-0002", address=_PLACE),
    ]
    await take_in(site.house.office, "341502", earlier, CLERK)
    await find_candidates(site.house.office, "341502")
    return "/unit-codes"


@scene("property/title")
async def _title(site: Site) -> str:
    view = await _registered(site)
    items = await taxed_items(site.house.office, view.id)
    address = title_address(site.house.signer, site.house.office, view, items)
    return "/t/" + address.rsplit("/", 1)[-1]


@scene("property/title-altered")
async def _altered(site: Site) -> str:
    return "/t/somebody-else-signed-this"


@scene("proof/statement")
async def _statement(site: Site) -> str:
    view = await _with_papers(site)
    return f"/v/{(await statement_of(site.house.office, view.id, 'transferee')).token}"


@scene("proof/check")
async def _check(site: Site) -> str:
    return "/proof"


@scene("citizen/papers", enter=says("0037"))
async def _own_papers(site: Site) -> str:
    view = await _with_papers(site)
    assert view.code is not None
    return f"/p/{view.code.token}"


@scene("finance/periods", role="finance")
async def _periods(site: Site) -> str:
    return f"/finance/periods?period={await a_paid_day(site)}"


@scene("tax/board-risk-list", role="tax_officer")
async def _risk_list(site: Site) -> str:
    morning = clock.local_now().replace(hour=10)
    site.played.set_clocks(morning)
    view = await _with_papers(site)
    await tell_registry(site.house.office, view.id)
    site.played.set_clocks(morning + timedelta(days=40))
    return "/tax"
