"""Papers over HTTP: listed to those who work with them, opened for a reason, of one's own region only."""

from collections.abc import Callable

import httpx

from api.wiring import House
from settlement.receipts.fetching import fetch_papers
from tests.played import Played
from tests.settlement.receipts.conftest import arrived_shop


async def test_a_paper_is_listed_and_downloaded_for_a_reason(
    caller: httpx.AsyncClient, house: House, played: Played, bearer: Callable[..., dict[str, str]]
) -> None:
    view = await arrived_shop(house, played)
    await fetch_papers(house.office, view.id)
    listed = (await caller.get(f"/v1/bills/{view.id}/papers", headers=bearer("finance"))).json()
    assert len(listed) == 5
    assert "陈静" not in str(listed)
    address = f"/v1/papers/{listed[0]['id']}/open"
    assert (await caller.post(address, json={}, headers=bearer("clerk"))).status_code == 422
    strange = await caller.post(address, json={"reason": "窗口补打"}, headers=bearer("clerk", region="360102"))
    assert strange.status_code == 403
    file = await caller.post(address, json={"reason": "窗口补打"}, headers=bearer("clerk"))
    assert file.content.startswith(b"%PDF-")
    assert listed[0]["number"] in file.headers["content-disposition"]


async def test_certificates_are_checked_by_the_program_and_by_hand(
    caller: httpx.AsyncClient, house: House, played: Played, bearer: Callable[..., dict[str, str]]
) -> None:
    view = await arrived_shop(house, played)
    address = f"/v1/bills/{view.id}/certificate-checks"
    linked = (await caller.post(address, headers=bearer("clerk"))).json()
    assert {one["outcome"] for one in linked} == {"fits"}
    typed = {"number": "341502269999999999", "kind": "税收完税证明"}
    [check] = (await caller.post(address, json=typed, headers=bearer("clerk"))).json()
    assert check["stops"] is True
    assert len((await caller.get(address, headers=bearer("tax_officer"))).json()) == 5
