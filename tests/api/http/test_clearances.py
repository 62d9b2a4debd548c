"""The registry asks; the log is read and replayed; of one's own region only."""

from collections.abc import Callable

import httpx

from api.wiring import House
from settlement.clearance.telling import tell_registry
from tests.played import Played, confirmed, home_case
from tests.settlement.receipts.conftest import arrived_shop

Bearer = Callable[..., dict[str, str]]


async def test_the_registry_asks_by_its_case_number(caller: httpx.AsyncClient, house: House, bearer: Bearer) -> None:
    view = await confirmed(house, home_case())
    answer = (await caller.get(f"/v1/clearances/{view.case_number}", headers=bearer("integrator"))).json()
    assert answer["cleared"] is False
    missing = {one["missing"]["zh"] for one in answer["lines"] if one["missing"]}
    assert missing == {"尚未缴款"}
    elsewhere = await caller.get(f"/v1/clearances/{view.case_number}", headers=bearer("integrator", region="360102"))
    assert elsewhere.status_code == 404


async def test_the_log_shows_each_try_and_replays(
    caller: httpx.AsyncClient, house: House, played: Played, bearer: Bearer
) -> None:
    view = await arrived_shop(house, played)
    path = f"/v1/bills/{view.id}/clearance-delivery"
    assert (await caller.get(path, headers=bearer("finance"))).status_code == 404
    played.control("faults", {"kind": "desk", "how": "registry_down"})
    await tell_registry(house.office, view.id)
    waiting = (await caller.get("/v1/clearance-deliveries?state=waiting", headers=bearer("finance"))).json()
    assert [one["tries"][0]["status"] for one in waiting] == [503]
    assert (await caller.post(f"{path}/replay", headers=bearer("tax_officer"))).status_code == 403
    replayed = (await caller.post(f"{path}/replay", headers=bearer("clerk", name="王敏"))).json()
    assert replayed["state"] == "delivered"
    assert [(one["actor"], one["taken"]) for one in replayed["tries"]] == [("heyi", False), ("王敏", True)]
    answer = (await caller.get(f"/v1/clearances/{view.number}", headers=bearer("integrator"))).json()
    assert answer["cleared"] is True
