"""Refunds and codes over HTTP: who may, two people, the papers; and the alarm of certificates."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import httpx
import pytest
from sqlalchemy import select

from api.certificates import open_cases_of_ending_certificates
from api.wiring import House
from foundation import clock
from settlement.cases import office_case
from tests.played import Played, home_case
from tests.settlement.refunds.conftest import arrived_bill, paid_bill, pursued

Headers = Callable[..., dict[str, str]]
ANY_ID = "00000000-0000-7000-8000-000000000000"


@pytest.mark.parametrize(
    ("method", "path", "roles"),
    [
        ("GET", f"/v1/bills/{ANY_ID}/refundable", {"clerk", "finance"}),
        ("GET", f"/v1/bills/{ANY_ID}/refunds", {"clerk", "finance"}),
        ("POST", f"/v1/bills/{ANY_ID}/refunds", {"clerk", "finance"}),
        ("GET", "/v1/refunds", {"clerk", "finance"}),
        ("GET", f"/v1/refunds/{ANY_ID}", {"clerk", "finance"}),
        ("POST", f"/v1/refunds/{ANY_ID}/approve", {"finance"}),
        ("POST", f"/v1/refunds/{ANY_ID}/reject", {"finance"}),
        ("POST", f"/v1/refunds/{ANY_ID}/resume", {"finance"}),
        ("POST", f"/v1/refunds/{ANY_ID}/lines/{ANY_ID}/close", {"finance"}),
        ("POST", f"/v1/bills/{ANY_ID}/replace-code", {"clerk", "integrator"}),
        ("POST", f"/v1/bills/{ANY_ID}/cancel-code", {"clerk", "integrator"}),
    ],
)
async def test_each_role_may_do_only_its_own(
    method: str, path: str, roles: set[str], caller: httpx.AsyncClient, bearer: Headers
) -> None:
    assert (await caller.request(method, path, json={})).status_code == 401
    for role in ("clerk", "finance", "tax_officer", "integrator"):
        answer = await caller.request(method, path, json={}, headers=bearer(role))
        assert (answer.status_code == 403) == (role not in roles), (role, answer.text)


async def test_two_people_give_a_bill_back(
    house: House, played: Played, caller: httpx.AsyncClient, bearer: Headers
) -> None:
    view = await paid_bill(house, played, home_case(), "transferee")
    could = (await caller.get(f"/v1/bills/{view.id}/refundable", headers=bearer("clerk"))).json()
    assert sum(one["left_fen"] for one in could["lines"]) == view.amount_fen
    wanted = {
        "reason": "合同解除",
        "lines": [{"allocation_line_id": one["allocation_line_id"]} for one in could["lines"]],
    }
    headers = bearer("finance", name="one")
    made = await caller.post(f"/v1/bills/{view.id}/refunds", json=wanted, headers=headers)
    again = await caller.post(f"/v1/bills/{view.id}/refunds", json=wanted, headers=headers)
    assert (made.status_code, again.json()) == (201, made.json())
    path = f"/v1/refunds/{made.json()['id']}"
    own = await caller.post(f"{path}/approve", headers=bearer("finance", name="one"))
    assert (own.status_code, own.json()["title"]) == (403, "not_allowed")
    elsewhere = await caller.post(f"{path}/approve", headers=bearer("finance", "360102", name="two"))
    assert elsewhere.status_code == 403
    approved = await caller.post(f"{path}/approve", headers=bearer("finance", name="two"))
    assert (approved.json()["state"], approved.json()["decided_by"]) == ("approved", "two")
    assert {one["way"] for one in approved.json()["lines"]} == {"channel"}
    await pursued(house, played, UUID(approved.json()["id"]))
    listed = (await caller.get("/v1/refunds?state=done", headers=bearer("finance"))).json()
    assert [one["number"] for one in listed] == [f"{view.number}R01"]
    assert {one["state"] for one in listed[0]["orders"]} == {"done"}


async def test_a_fee_that_arrived_is_closed_with_its_red_receipt(
    house: House, played: Played, caller: httpx.AsyncClient, bearer: Headers
) -> None:
    view = await arrived_bill(house, played, home_case(), "transferee")
    could = (await caller.get(f"/v1/bills/{view.id}/refundable", headers=bearer("clerk"))).json()
    (fee,) = [one for one in could["lines"] if one["item"] == "registration_fee"]
    wanted = {"reason": "多缴", "lines": [{"allocation_line_id": fee["allocation_line_id"], "amount_fen": 4000}]}
    made = (await caller.post(f"/v1/bills/{view.id}/refunds", json=wanted, headers=bearer("clerk"))).json()
    path = f"/v1/refunds/{made['id']}"
    line = (await caller.post(f"{path}/approve", headers=bearer("finance"))).json()["lines"][0]
    assert "冲红" in str(line["papers"])
    await pursued(house, played, UUID(made["id"]))
    close = f"{path}/lines/{line['id']}/close"
    without = await caller.post(close, json={"reference": "TF-1"}, headers=bearer("finance"))
    assert (without.status_code, without.json()["field"]) == (422, "red_receipt")
    strange = await caller.post(f"{path}/lines/{ANY_ID}/close", json={"reference": "TF-1"}, headers=bearer("finance"))
    assert strange.status_code == 404
    done = await caller.post(close, json={"reference": "TF-1", "red_receipt": "34-1"}, headers=bearer("finance"))
    assert done.json()["state"] == "done"


async def test_the_window_replaces_and_cancels_a_code(caller: httpx.AsyncClient, bearer: Headers) -> None:
    bill = (await caller.post("/v1/bills", json=home_case(), headers=bearer("clerk"))).json()
    path = f"/v1/bills/{bill['id']}"
    first = (await caller.post(f"{path}/confirm", headers=bearer("clerk"))).json()["code"]
    second = (await caller.post(f"{path}/replace-code", json={"reason": "丢失"}, headers=bearer("clerk"))).json()[
        "code"
    ]
    assert (second["state"], second["token"] != first["token"]) == ("live", True)
    gone = (await caller.post(f"{path}/cancel-code", json={"reason": "不缴"}, headers=bearer("clerk"))).json()["code"]
    assert (gone["id"], gone["state"]) == (second["id"], "cancelled")


async def test_a_certificate_that_ends_opens_one_case(house: House, played: Played) -> None:
    assert await open_cases_of_ending_certificates(house.office) == 0
    clock.travel(clock.now() + timedelta(days=20 * 365))
    assert await open_cases_of_ending_certificates(house.office) > 0
    count = await open_cases_of_ending_certificates(house.office)
    async with house.office.database.connect() as db:
        kinds = list(await db.scalars(select(office_case.c.kind)))
    assert kinds == ["S-certificate"] * count
