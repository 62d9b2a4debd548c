"""The pages of papers: who sees them, what they say, what they do."""

import re
from collections.abc import Callable

import httpx
import pytest

from api.wiring import House
from settlement.clearance.telling import tell_registry
from settlement.messages.contacts import give_contact
from settlement.messages.papers_ready import write_papers_ready
from settlement.receipts.fetching import fetch_papers
from tests.api.pages.conftest import Desk
from tests.api.pages.test_citizen import as_party, path_of
from tests.played import CLERK, Played, confirmed, shop_case
from tests.settlement.receipts.conftest import arrived_shop

Bearer = Callable[..., dict[str, str]]
_SAME = {"Origin": "http://heyi.test"}


@pytest.mark.parametrize("role", ["clerk", "finance", "tax_officer"])
async def test_what_is_open_is_said_with_what_to_do(
    caller: httpx.AsyncClient, house: House, bearer: Bearer, role: str
) -> None:
    view = await confirmed(house, shop_case())
    page = (await caller.get(f"/papers/{view.id}", headers=bearer(role))).text
    assert "还不能登记" in page
    assert "请缴款方扫缴款码缴款。" in page
    assert (await caller.get(f"/papers/{view.id}", headers=bearer(role, region="360102"))).status_code == 403


async def test_a_download_needs_a_reason_and_no_name_stands_on_the_page(
    caller: httpx.AsyncClient, house: House, played: Played, bearer: Bearer
) -> None:
    view = await arrived_shop(house, played)
    await fetch_papers(house.office, view.id)
    address = f"/papers/{view.id}"
    page = (await caller.get(address, headers=bearer("finance"))).text
    assert not any(party["name"] in page or party["identity"] in page for party in shop_case()["parties"])
    paper = re.findall(r'name="paper" value="([0-9a-f-]{36})"', page)
    assert len(paper) == 5
    short = await caller.post(f"{address}/open", data={"paper": paper[0]}, headers=bearer("finance") | _SAME)
    assert short.status_code == 422
    assert 'href="#f-reason"' in short.text
    form = {"paper": paper[0], "reason": "档案核对"}
    file = await caller.post(f"{address}/open", data=form, headers=bearer("finance") | _SAME)
    assert file.content.startswith(b"%PDF-")


async def test_the_clerk_checks_a_paper_certificate(
    caller: httpx.AsyncClient, house: House, played: Played, bearer: Bearer
) -> None:
    view = await arrived_shop(house, played)
    form = {"kind": "税收完税证明", "number": "341502269999999999"}
    path = f"/papers/{view.id}/check"
    assert (await caller.post(path, data=form, headers=bearer("finance") | _SAME)).status_code == 403
    assert (await caller.post(path, data=form, headers=bearer("clerk") | _SAME)).status_code == 303
    page = (await caller.get(f"/papers/{view.id}", headers=bearer("clerk"))).text
    assert "税务查无此证" in page
    assert "完税证明核验不符" in page


async def test_a_delivery_that_failed_is_replayed_from_the_log(
    caller: httpx.AsyncClient, house: House, played: Played, bearer: Bearer
) -> None:
    view = await arrived_shop(house, played)
    played.control("faults", {"kind": "desk", "how": "registry_down"})
    await tell_registry(house.office, view.id)
    log = (await caller.get("/clearances", headers=bearer("finance"))).text
    assert "503" in log
    assert "等待送达" in log
    done = await caller.post(f"/papers/{view.id}/replay", headers=bearer("finance") | _SAME)
    assert done.status_code == 303
    assert "已送达" in (await caller.get("/clearances", headers=bearer("finance"))).text


async def test_a_party_downloads_their_own_papers_and_no_others(
    caller: httpx.AsyncClient, house: House, played: Played
) -> None:
    view = await arrived_shop(house, played)
    await fetch_papers(house.office, view.id)
    path = path_of(view)
    assert "/papers/" not in (await caller.get(path)).text
    seller = await as_party(caller, path, "0042")
    [own] = re.findall(r'href="([^"]+/papers/[^"]+)"', seller.text)
    caller.cookies.clear()
    stranger = await caller.get(own)
    assert stranger.status_code == 303
    buyer = await as_party(caller, path, "0037")
    papers = re.findall(r'href="([^"]+/papers/[^"]+)"', buyer.text)
    assert len(papers) == 4
    assert own not in papers
    assert (await caller.get(own)).status_code == 404
    assert (await caller.get(papers[0])).content.startswith(b"%PDF-")


@pytest.mark.browser
async def test_the_page_never_goes_sideways(desk: Desk, phone: Desk, house: House, played: Played) -> None:
    view = await arrived_shop(house, played)
    await give_contact(house.office, view.id, "transferee", "13805641234", CLERK)
    await fetch_papers(house.office, view.id)
    await write_papers_ready(house.office, view.id)
    played.control("faults", {"kind": "desk", "how": "registry_down"})
    await tell_registry(house.office, view.id)
    for window in (desk, phone):
        await window.sign_in("clerk")
        await window.page.goto(f"{window.site.address}/papers/{view.id}")
        await window.assert_fits()
        window.assert_well_behaved()


@pytest.mark.browser
async def test_the_pages_of_a_property_never_go_sideways(phone: Desk, house: House, played: Played) -> None:
    view = await arrived_shop(house, played)
    await tell_registry(house.office, view.id)
    await phone.sign_in("clerk")
    for path in (f"/property/{view.unit_code}", "/unit-codes", "/clearances"):
        await phone.page.goto(f"{phone.site.address}{path}")
        await phone.assert_fits()
    phone.assert_well_behaved()
