"""Home counts over HTTP: beforehand, and of a bill."""

from collections.abc import Callable

import httpx

from tests.played import home_case
from tests.settlement.homes.test_counting import BUYER
from tests.settlement.homes.test_with_a_bill import TWO, counted_case

Headers = Callable[..., dict[str, str]]


async def test_the_count_over_http(caller: httpx.AsyncClient, bearer: Headers) -> None:
    asked = {"region": "341502", "contract_date": "2026-03-01", "homes": TWO}
    answer = await caller.post("/v1/home-counts", json=asked, headers=bearer("clerk"))
    assert (answer.status_code, answer.json()["count"]) == (200, 2), answer.text
    assert BUYER["identity"] not in answer.text
    bill = (await caller.post("/v1/bills", json=counted_case(TWO), headers=bearer("clerk"))).json()
    kept = await caller.get(f"/v1/bills/{bill['id']}/home-count", headers=bearer("tax_officer"))
    assert (kept.json()["count"], kept.json()["evidence"]) == (2, answer.json()["evidence"])
    other = (await caller.post("/v1/bills", json=home_case(case_number="GIVEN-1"), headers=bearer("clerk"))).json()
    none = await caller.get(f"/v1/bills/{other['id']}/home-count", headers=bearer("tax_officer"))
    assert none.status_code == 404
    strange = await caller.get(f"/v1/bills/{bill['id']}/home-count", headers=bearer("clerk", region="360102"))
    assert strange.status_code == 403
