"""People over HTTP: for administrators alone, and a session ends with the rights it was begun with."""

from collections.abc import Callable

import httpx

from api.people import ROLES, Person, add_person
from api.wiring import House

Headers = Callable[..., dict[str, str]]


async def test_people_are_for_administrators_alone(caller: httpx.AsyncClient, bearer: Headers) -> None:
    for role in ROLES:
        for path in ("/v1/people", "/v1/people/roles", "/v1/people/changes", "/admin/people"):
            answer = await caller.get(path, headers=bearer(role))
            assert answer.status_code == (200 if role == "administrator" else 403), (role, path)


async def test_two_administrators_let_a_finance_officer_in(caller: httpx.AsyncClient, bearer: Headers) -> None:
    wish = {"kind": "add", "name": "钱进", "role": "finance", "reason": "新入职"}
    ada, bea = bearer("administrator", name="ada"), bearer("administrator", name="bea")
    proposed = await caller.post("/v1/people/changes", json=wish, headers=ada)
    assert (proposed.status_code, proposed.json()["state"]) == (201, "proposed")
    address = f"/v1/people/changes/{proposed.json()['id']}"
    assert (await caller.post(f"{address}/approve", headers=ada)).status_code == 403
    approved = (await caller.post(f"{address}/approve", headers=bea)).json()
    listed = (await caller.get("/v1/people/changes", headers=ada)).json()
    assert listed[0]["approved_by"] == "bea"
    assert approved["one_time_password"] not in str(listed)
    given = {"name": "钱进", "password": approved["one_time_password"]}
    first = await caller.post("/v1/tokens", json=given)
    assert (first.status_code, first.json()["title"]) == (401, "one_time_password")
    token = (await caller.post("/v1/tokens", json=given | {"new_password": "chosen-by-myself"})).json()
    assert token["role"] == "finance"
    session = {"Authorization": f"Bearer {token['token']}"}
    assert (await caller.get("/v1/cases", headers=session)).status_code == 200
    locked = await caller.post("/v1/people/钱进/lock", json={"reason": "离岗"}, headers=ada)
    assert locked.status_code == 204
    assert (await caller.get("/v1/cases", headers=session)).status_code == 401


async def test_what_each_role_may_do_is_what_the_application_lets_it(
    caller: httpx.AsyncClient, bearer: Headers
) -> None:
    roles = {one["role"]: one for one in (await caller.get("/v1/people/roles", headers=bearer("administrator"))).json()}
    assert roles.keys() == set(ROLES)
    may = {role: {(one["method"], one["path"]) for one in found["operations"]} for role, found in roles.items()}
    approve = ("POST", "/v1/rule-sets/{wanted}/approve")
    assert [role for role in ROLES if approve in may[role]] == ["tax_officer"]
    for method, path in may["finance"]:
        if method == "GET" and "{" not in path:
            answer = await caller.get(path, headers=bearer("finance"))
            assert answer.status_code != 403, path
    assert (roles["clerk"]["two_decide"], roles["finance"]["two_decide"]) == (False, True)


async def test_a_page_shows_a_one_time_password_once(caller: httpx.AsyncClient, bearer: Headers, house: House) -> None:
    await add_person(house.office.database, Person("li", "clerk", "341502"), "a-long-password")
    ada = bearer("administrator", name="ada") | {"Origin": "http://heyi.test"}
    form = {"kind": "password", "name": "li", "reason": "忘记口令"}
    answer = await caller.post("/admin/people/changes", data=form, headers=ada)
    assert answer.status_code == 200
    shown = answer.text.split('class="secret number">')[1].split("<")[0]
    assert shown not in (await caller.get("/admin/people", headers=ada)).text
    kept = await caller.post(
        "/admin/people/changes", data={"kind": "add", "name": "li", "role": "clerk", "reason": "再来一次"}, headers=ada
    )
    assert kept.status_code == 409
    assert 'value="再来一次"' in kept.text
    same_site = {"Origin": "http://heyi.test"}
    door = await caller.post("/sign-in", data={"name": "li", "password": shown}, headers=same_site)
    assert (door.status_code, 'name="new_password"' in door.text) == (401, True)
    form = {"name": "li", "password": shown, "new_password": "chosen-by-myself"}
    assert (await caller.post("/sign-in", data=form, headers=same_site)).headers["location"] == "/window"
