"""The interface for other systems: roles, regions, idempotency, problems, pictures."""

import asyncio
import io
from collections.abc import Callable

import httpx
import pytest
from sqlalchemy import select

from api.people import Person, add_person
from api.wiring import House
from foundation import clock
from foundation.errors import BadInput
from foundation.identifiers import bill_number
from settlement.bills.revealing import reveal
from tests.played import home_case

Headers = Callable[..., dict[str, str]]


async def test_a_case_is_taken_in_confirmed_and_has_its_code_as_pictures(
    caller: httpx.AsyncClient, bearer: Headers
) -> None:
    taken = await caller.post("/v1/bills", json=home_case(), headers=bearer("clerk"))
    assert taken.status_code == 201, taken.text
    bill = taken.json()
    assert bill["amount_fen"] == sum(line["amount_fen"] for line in bill["lines"]) == 1_508_000
    line = bill["lines"][0]
    assert (line["item"], line["payer"], line["base_fen"], line["rate"]) == (
        "deed_tax",
        "transferee",
        150_000_000,
        "0.01",
    )
    assert "2024年第16号" in line["references"][0]
    assert "家庭唯一住房" in line["explanation_zh"]
    none_yet = await caller.get(f"/v1/bills/{bill['id']}/code.svg", headers=bearer("clerk"))
    assert none_yet.status_code == 404
    confirmed = await caller.post(f"/v1/bills/{bill['id']}/confirm", headers=bearer("clerk"))
    assert confirmed.json()["state"] == "confirmed"
    svg = await caller.get(f"/v1/bills/{bill['id']}/code.svg", headers=bearer("clerk"))
    assert svg.headers["content-type"] == "image/svg+xml"
    assert b"<svg" in svg.content
    png = await caller.get(f"/v1/bills/{bill['id']}/code.png", headers=bearer("clerk"))
    assert io.BytesIO(png.content).read(8) == b"\x89PNG\r\n\x1a\n"
    found = await caller.get(f"/v1/bills/by-number/{bill['number']}", headers=bearer("finance"))
    assert found.json()["id"] == bill["id"]


async def test_the_same_key_takes_a_case_in_once(caller: httpx.AsyncClient, bearer: Headers) -> None:
    headers = bearer("clerk")
    first = await caller.post("/v1/bills", json=home_case(), headers=headers)
    again = await caller.post("/v1/bills", json=home_case(), headers=headers)
    assert (again.status_code, again.json()) == (201, first.json())
    other = await caller.post("/v1/bills", json=home_case(case_number="OTHER-1"), headers=headers)
    assert (other.status_code, other.json()["title"]) == (409, "idempotency_key_reused")
    del headers["Idempotency-Key"]
    none = await caller.post("/v1/bills", json=home_case(), headers=headers)
    assert (none.status_code, none.json()["field"]) == (422, "Idempotency-Key")


async def test_bad_input_leaves_as_a_problem_that_names_the_field(caller: httpx.AsyncClient, bearer: Headers) -> None:
    answer = await caller.post("/v1/bills", json=home_case(unit_code="3415"), headers=bearer("clerk"))
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json() == {
        "type": "urn:heyi:bad_input",
        "title": "bad_input",
        "status": 422,
        "detail": "unit_code: '3415' is not allowed; allowed: 28 characters; this has 4",
        "field": "unit_code",
        "allowed": "28 characters; this has 4",
    }


ANY_ID = "00000000-0000-7000-8000-000000000000"


@pytest.mark.parametrize(
    ("method", "path", "roles"),
    [
        ("POST", "/v1/bills", {"clerk", "integrator"}),
        ("POST", f"/v1/bills/{ANY_ID}/confirm", {"clerk", "integrator"}),
        ("POST", f"/v1/bills/{ANY_ID}/withdraw", {"clerk", "integrator"}),
        ("POST", f"/v1/bills/{ANY_ID}/query", {"clerk", "integrator"}),
        ("GET", f"/v1/bills/{ANY_ID}", {"clerk", "integrator", "finance", "tax_officer"}),
        ("POST", "/v1/assessments", {"clerk", "tax_officer", "integrator"}),
        ("GET", "/v1/days/2026-03-01", {"finance"}),
        ("POST", "/v1/days/2026-03-01/close", {"finance"}),
        ("POST", "/v1/days/2026-03-01/sign", {"finance"}),
        ("GET", "/v1/cases", {"finance", "clerk"}),
    ],
)
async def test_each_role_may_do_only_its_own(
    method: str, path: str, roles: set[str], caller: httpx.AsyncClient, bearer: Headers
) -> None:
    nobody = await caller.request(method, path, json={})
    assert (nobody.status_code, nobody.json()["title"]) == (401, "not_signed_in")
    for role in ("clerk", "finance", "tax_officer", "integrator"):
        answer = await caller.request(method, path, json={}, headers=bearer(role))
        assert (answer.status_code == 403) == (role not in roles), (role, answer.text)


async def test_another_region_is_out_of_reach(caller: httpx.AsyncClient, bearer: Headers) -> None:
    strange = await caller.post("/v1/bills", json=home_case(), headers=bearer("clerk", region="360102"))
    assert (strange.status_code, strange.json()["title"]) == (403, "not_allowed")
    bill = (await caller.post("/v1/bills", json=home_case(), headers=bearer("clerk"))).json()
    seen = await caller.get(f"/v1/bills/{bill['id']}", headers=bearer("clerk", region="360102"))
    assert seen.status_code == 403


async def test_a_name_and_a_password_give_a_token(caller: httpx.AsyncClient, house: House) -> None:
    await add_person(house.office.database, Person("li", "finance", "341502"), "a-long-password")
    right = await caller.post("/v1/tokens", json={"name": "li", "password": "a-long-password"})
    assert (right.status_code, right.json()["role"]) == (200, "finance")
    headers = {"Authorization": f"Bearer {right.json()['token']}"}
    assert (await caller.get("/v1/cases", headers=headers)).status_code == 200
    for name in ("li", "nobody"):
        wrong = await caller.post("/v1/tokens", json={"name": name, "password": "wrong"})
        assert (wrong.status_code, wrong.json()["title"]) == (401, "sign_in_refused")


async def test_five_failures_lock_a_name(caller: httpx.AsyncClient, house: House) -> None:
    await add_person(house.office.database, Person("li", "clerk", "341502"), "a-long-password")
    for _ in range(5):
        await caller.post("/v1/tokens", json={"name": "li", "password": "wrong"})
    locked = await caller.post("/v1/tokens", json={"name": "li", "password": "a-long-password"})
    assert locked.status_code == 401


@pytest.mark.parametrize("token", ["", "x.y.z", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIiwicm9sZSI6ImZpbmFuY2UifQ."])
async def test_a_forged_token_is_nobody(token: str, caller: httpx.AsyncClient) -> None:
    answer = await caller.get("/v1/cases", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 401


async def test_a_weak_password_or_unknown_role_is_refused(house: House) -> None:
    with pytest.raises(BadInput, match="at least 12"):
        await add_person(house.office.database, Person("li", "clerk", "341502"), "short")
    with pytest.raises(BadInput, match="clerk, partner"):
        await add_person(house.office.database, Person("li", "king", "341502"), "a-long-password")


async def test_a_notification_is_bounded_and_has_its_own_region(caller: httpx.AsyncClient) -> None:
    large = await caller.post("/v1/notifications/acp/341502", content=b"x" * 70_000)
    assert (large.status_code, large.json()["field"]) == (422, "body")
    assert (await caller.post("/v1/notifications/acp/999999", content=b"a=1")).status_code == 404
    assert (await caller.post("/v1/notifications/ums/341502", content=b"a=1")).status_code == 404
    assert (await caller.post("/v1/notifications/acp/341502", content=b"a=1")).status_code == 400


async def test_an_assessment_answers_as_the_command_does_and_stores_nothing(
    caller: httpx.AsyncClient, bearer: Headers
) -> None:
    transaction = home_case()["transaction"]
    asked = [transaction, {"id": "X", "transaction": {**transaction, "region": "999999"}}]
    answer = await caller.post("/v1/assessments", json=asked, headers=bearer("clerk"))
    first, second = answer.json()
    assert {line["item"]: line["amount_fen"] for line in first["lines"]}["deed_tax"] == 1_500_000
    assert (second["id"], second["lines"], second["error"]["code"]) == ("X", [], "bad_input")
    assert (await caller.get("/v1/bills", headers=bearer("clerk"))).json() == []


async def test_the_parties_are_shown_unmasked_for_a_reason_that_is_recorded(
    caller: httpx.AsyncClient, bearer: Headers, house: House
) -> None:
    bill = (await caller.post("/v1/bills", json=home_case(), headers=bearer("clerk"))).json()
    assert {one["identity"] for one in bill["parties"]} == {"3415**********0016", "3415**********0021"}
    address = f"/v1/bills/{bill['id']}/reveal"
    none = await caller.post(address, json={"reason": "  x "}, headers=bearer("clerk"))
    assert (none.status_code, none.json()["field"]) == (422, "reason")
    shown = await caller.post(address, json={"reason": "compare with the document"}, headers=bearer("clerk", name="li"))
    assert {one["identity"] for one in shown.json()} == {"341502190001010016", "341502190002020021"}
    async with house.office.database.connect() as db:
        looks = (await db.execute(select(reveal))).all()
    assert [(look.actor, look.reason) for look in looks] == [("li", "compare with the document")]
    assert (await caller.post(address, json={"reason": "curious"}, headers=bearer("finance"))).status_code == 403


async def test_the_same_key_at_the_same_moment_acts_once(caller: httpx.AsyncClient, bearer: Headers) -> None:
    headers = bearer("clerk")
    answers = await asyncio.gather(*(caller.post("/v1/bills", json=home_case(), headers=headers) for _ in range(25)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1


async def test_an_error_leaves_the_key_free(caller: httpx.AsyncClient, bearer: Headers) -> None:
    headers = bearer("clerk")
    body = home_case()
    wrong = await caller.post("/v1/bills", json={**body, "unit_code": "3415"}, headers=headers)
    assert wrong.status_code == 422
    assert (await caller.post("/v1/bills", json=body, headers=headers)).status_code == 201


async def test_a_mistyped_bill_number_is_told_apart_from_a_missing_bill(
    caller: httpx.AsyncClient, bearer: Headers
) -> None:
    number = bill_number("341502", clock.today(), 999_999)
    missing = await caller.get(f"/v1/bills/by-number/{number}", headers=bearer("clerk"))
    assert missing.status_code == 404
    wrong = number[:-1] + str((int(number[-1]) + 1) % 10)
    mistyped = await caller.get(f"/v1/bills/by-number/{wrong}", headers=bearer("clerk"))
    assert (mistyped.status_code, mistyped.json()["field"]) == (422, "number")
