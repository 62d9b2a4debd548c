"""Each role sees and may do only its own; nobody else's form and nobody else's address is followed."""

from collections.abc import Callable

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.access import AUDIENCE, COOKIE
from api.pages.route import local_path
from api.people import ROLES, Person, add_person
from api.wiring import House
from tests.played import confirmed, home_case, shop_case

_PAGES = {"/window": "clerk", "/finance": "finance", "/tax": "tax_officer"}
_SAME = {"Origin": "http://heyi.test"}

Bearer = Callable[..., dict[str, str]]


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("path", _PAGES)
async def test_a_page_is_for_its_role_alone(caller: httpx.AsyncClient, bearer: Bearer, role: str, path: str) -> None:
    answer = await caller.get(path, headers=bearer(role))
    assert answer.status_code == (200 if role == _PAGES[path] else 403)
    if answer.status_code == 403:
        assert "您无权查看这个页面" in answer.text


@pytest.mark.parametrize(
    "path",
    ["/window/bills", "/window/breakdown", "/finance/close", "/finance/sign", "/finance/reopen", "/tax/confirm"],
)
async def test_what_a_role_may_not_do_is_refused_before_anything_is_read(
    caller: httpx.AsyncClient, bearer: Bearer, path: str
) -> None:
    allowed = _PAGES[f"/{path.split('/')[1]}"]
    for role in set(ROLES) - {allowed}:
        answer = await caller.post(path, headers=bearer(role) | _SAME, data={"day": "2026-11-20"})
        assert answer.status_code == 403, role


@pytest.mark.parametrize("path", ["/window", "/finance?day=2026-11-20", "/tax"])
async def test_who_is_not_signed_in_comes_back_to_where_they_wanted(caller: httpx.AsyncClient, path: str) -> None:
    answer = await caller.get(path)
    assert answer.status_code == 303
    door = await caller.get(answer.headers["location"])
    assert f'name="next" value="{path}"' in door.text


async def test_a_clerk_of_another_district_sees_nothing_of_a_bill(
    caller: httpx.AsyncClient, bearer: Bearer, house: House
) -> None:
    view = await confirmed(house, home_case())
    for path in ("", "/progress", "/events", "/slip"):
        answer = await caller.get(f"/window/bills/{view.id}{path}", headers=bearer("clerk", region="360102"))
        assert answer.status_code == 403
        assert view.number not in answer.text


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://elsewhere.example"},
        {"Origin": "null"},
        {"Referer": "https://elsewhere.example/heyi.test"},
    ],
)
async def test_a_form_of_another_site_changes_nothing(
    caller: httpx.AsyncClient, house: House, headers: dict[str, str]
) -> None:
    view = await confirmed(house, shop_case())
    token = house.signer.issue(AUDIENCE, 60, sub="window", role="clerk", region="341502")
    path = f"/window/bills/{view.id}/withdraw"
    forged = await caller.post(path, data={"reason": "x"}, headers={**headers, "Cookie": f"{COOKIE}={token}"})
    assert forged.status_code == 403
    silent = await caller.post(path, data={"reason": "x"}, headers={"Cookie": f"{COOKIE}={token}"})
    assert silent.status_code == 403
    ours = await caller.post(path, data={"reason": "x"}, headers={**_SAME, "Cookie": f"{COOKIE}={token}"})
    assert ours.status_code == 303


async def test_signing_in_gives_a_cookie_that_scripts_and_other_sites_cannot_use(
    caller: httpx.AsyncClient, house: House
) -> None:
    await add_person(house.office.database, Person("王敏", "clerk", "341502"), "a-long-enough-password")
    form = {"name": "王敏", "password": "a-long-enough-password", "next": "//elsewhere.example/"}
    answer = await caller.post("/sign-in", data=form, headers=_SAME)
    cookie = answer.headers["set-cookie"].lower()
    assert answer.headers["location"] == "/window"
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert (await caller.get("/window")).status_code == 200
    await caller.post("/sign-out", headers=_SAME)
    assert (await caller.get("/window")).status_code == 303


async def test_a_wrong_password_is_said_on_the_page(caller: httpx.AsyncClient) -> None:
    answer = await caller.post("/sign-in", data={"name": "nobody", "password": "x"}, headers=_SAME)
    assert answer.status_code == 401
    assert "姓名或口令不对" in answer.text
    assert "Name or password" not in answer.text


async def test_every_page_forbids_scripts_that_are_not_ours(caller: httpx.AsyncClient) -> None:
    policy = (await caller.get("/")).headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


@given(st.text(max_size=40))
def test_the_way_back_never_leads_elsewhere(address: str) -> None:
    kept = local_path(address)
    if kept is not None:
        assert httpx.URL("http://heyi.test").join(kept).host == "heyi.test"


@pytest.mark.parametrize("address", ["//x", "/\\x", "https://x", "x", "", "/\t/x", "\\\\x"])
def test_an_address_elsewhere_is_not_followed(address: str) -> None:
    assert local_path(address) is None
