"""People of a bank or an agent: they see and make only what is theirs, only of their kinds, only while it is open."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from api.people import ROLES, Person, add_person, sign_in
from api.wiring import House
from foundation import clock
from foundation.errors import BadInput
from settlement.bills.confirmation import confirm_bill
from settlement.bills.drafting import draft_bill
from settlement.bills.intake import parse_case
from settlement.office import Actor
from tests.settlement.kinds.test_kinds import case_of
from tests.settlement.windows.opened import BANK, opened

Bearer = Callable[..., dict[str, str]]
REGION = "341502"
OTHER_BANK = "91340000711777006D"


def mortgage(number: str, bank: str = BANK) -> dict[str, Any]:
    case = case_of("mortgage")
    [lender] = case["parties"]
    return {**case, "case_number": number, "parties": [{**lender, "identity": bank}]}


@pytest.fixture
async def windows(house: House) -> dict[str, Actor]:
    """A bank's window, another bank's, and one of an agent."""
    return {
        "bank": await opened(house, "BANK-1", kind="bank", identity=BANK, kinds=("mortgage",)),
        "other": await opened(house, "BANK-2", kind="bank", identity=OTHER_BANK, kinds=("mortgage",)),
        "agent": await opened(house, "ANJU", kind="agent", kinds=("existing_home", "new_home")),
    }


@pytest.fixture
def at(bearer: Bearer, windows: dict[str, Actor]) -> Callable[[str], dict[str, str]]:
    """Headers of somebody at one of the windows."""
    return lambda name: bearer("partner", name=windows[name].name, window=windows[name].window)


async def bill_of(house: House, who: Actor, number: str, bank: str = BANK) -> str:
    bill_id = await draft_bill(house.office, parse_case(mortgage(number, bank)), who)
    await confirm_bill(house.office, bill_id, who)
    return str(bill_id)


async def test_a_window_takes_in_only_what_it_was_let(
    caller: httpx.AsyncClient, at: Callable[[str], dict[str, str]]
) -> None:
    made = await caller.post("/v1/bills", json=mortgage("MTG-0001"), headers=at("bank"))
    assert (made.status_code, made.json()["window_code"]) == (201, "BANK-1")
    elsewhere = mortgage("MTG-0004")
    elsewhere["transaction"] = {**elsewhere["transaction"], "region": "360102"}
    for name, case, said in (
        ("bank", case_of("existing_home"), "may not take in"),
        ("bank", mortgage("MTG-0002", OTHER_BANK), "the mortgagee itself"),
        ("agent", mortgage("MTG-0003"), "may not take in"),
        ("bank", elsewhere, "360102"),
    ):
        refused = await caller.post("/v1/bills", json=case, headers=at(name))
        assert refused.status_code == 403, refused.text
        assert said in refused.json()["detail"]


async def test_a_partner_sees_and_touches_only_their_own(
    caller: httpx.AsyncClient, at: Callable[[str], dict[str, str]], house: House, windows: dict[str, Actor]
) -> None:
    own = await bill_of(house, windows["bank"], "MTG-0001")
    others = await bill_of(house, windows["other"], "MTG-0002", OTHER_BANK)
    at_counter = await bill_of(house, Actor("li", "clerk"), "MTG-0003")  # of this bank, but taken in elsewhere
    listed = (await caller.get("/v1/bills", headers=at("bank"))).json()
    assert [one["id"] for one in listed] == [own]
    assert (await caller.get("/v1/bills/by-number/MTG-0002", headers=at("bank"))).status_code == 404
    own_ways, other_ways = [], []
    for bill_id, seen in ((own, own_ways), (others, other_ways), (at_counter, other_ways)):
        for path in ("", "/code.svg", "/papers", "/recomputation"):
            seen.append((await caller.get(f"/v1/bills/{bill_id}{path}", headers=at("bank"))).status_code)
        for path in ("", "/progress?seen=x", "/slip"):
            seen.append((await caller.get(f"/window/bills/{bill_id}{path}", headers=at("bank"))).status_code)
    assert set(own_ways) == {200}
    assert set(other_ways) == {403}
    for path, body in (
        ("split", {"choice": "each_own"}),
        ("confirm", None),
        ("withdraw", {"reason": "作废此单"}),
        ("replace-code", {"reason": "作废此单"}),
        ("cancel-code", {"reason": "作废此单"}),
        ("query", None),
    ):
        refused = await caller.post(f"/v1/bills/{others}/{path}", json=body, headers=at("bank"))
        assert refused.status_code == 403, path
    taken_back = await caller.post(f"/v1/bills/{own}/withdraw", json={"reason": "客户撤回"}, headers=at("bank"))
    assert taken_back.json()["state"] == "withdrawn"


async def test_a_partner_pays_together_only_their_own(
    caller: httpx.AsyncClient, at: Callable[[str], dict[str, str]], house: House, windows: dict[str, Actor]
) -> None:
    own = [await bill_of(house, windows["bank"], f"MTG-{one}000") for one in (1, 2)]
    at_counter = await bill_of(house, Actor("li", "clerk"), "MTG-3000")
    wish = {"payer": "mortgagee", "bill_ids": [*own, at_counter]}
    refused = await caller.post("/v1/joint-payments", json=wish, headers=at("bank"))
    assert (refused.status_code, "at your window" in refused.text) == (403, True)
    month = {"payer": "mortgagee", "of_month": {"identity": BANK, "month": f"{clock.today():%Y-%m}"}}
    made = (await caller.post("/v1/joint-payments", json=month, headers=at("bank"))).json()
    assert {one["bill_id"] for one in made["members"]} == set(own)
    address = f"/v1/joint-payments/{made['id']}"
    assert (await caller.get(address, headers=at("bank"))).status_code == 200
    assert (await caller.get("/v1/joint-payments", headers=at("other"))).json() == []
    for method, path in (
        ("GET", ""),
        ("GET", "/code.svg"),
        ("POST", "/query"),
        ("POST", "/cancel"),
        ("POST", "/start"),
    ):
        body = {"reason": "不需要了", "return_to": "http://x.test"} if method == "POST" else None
        answer = await caller.request(method, address + path, json=body, headers=at("other"))
        assert answer.status_code == 403, path


async def test_everything_else_is_shut(
    caller: httpx.AsyncClient, at: Callable[[str], dict[str, str]], bearer: Bearer
) -> None:
    """Deny by default: an operation that does not name the partner does not let them in."""
    for method, path in (
        ("GET", "/v1/cases"), ("GET", "/v1/find?number=1"), ("GET", "/v1/people"), ("GET", "/v1/windows"),
        ("GET", "/v1/audit"), ("GET", "/finance"), ("GET", "/tax"), ("GET", "/window/handover"), ("GET", "/clearances"),
        ("POST", "/v1/refunds"), ("POST", "/v1/windows/versions"),
    ):  # fmt: skip
        answer = await caller.request(method, path, headers=at("bank"))
        assert answer.status_code in (403, 405), (path, answer.status_code)
    roles = (await caller.get("/v1/people/roles", headers=bearer("administrator"))).json()
    may = {one["role"]: {(of["method"], of["path"]) for of in one["operations"]} for one in roles}
    for path in ("reveal", "scans", "unlock"):
        assert ("POST", f"/v1/bills/{{bill_id}}/{path}") in may["clerk"] - may["partner"]
    assert may["partner"] < may["clerk"]


async def test_a_closed_window_lets_nobody_in(
    caller: httpx.AsyncClient, at: Callable[[str], dict[str, str]], bearer: Bearer, house: House
) -> None:
    assert (await caller.get("/v1/bills", headers=at("agent"))).status_code == 200
    assert (await caller.get("/v1/bills", headers=bearer("partner", name="x", window="NONE"))).status_code == 403
    assert (await caller.get("/v1/bills", headers=bearer("partner", name="x"))).status_code == 403
    far = bearer("partner", name="x", window="ANJU", region="360102")
    assert (await caller.get("/v1/bills", headers=far)).status_code == 403
    wish = {"code": "ANJU", "kind": "agent", "name": "安居", "kinds": ["new_home"], "reason": "合同到期"}
    days = {"first_day": str(clock.today()), "last_day": str(clock.today())}
    ada, bea = (bearer("administrator", name=name) for name in ("ada", "bea"))
    proposed = await caller.post("/v1/windows/versions", json=wish | days, headers=ada)
    address = f"/v1/windows/versions/{proposed.json()['id']}"
    assert (await caller.post(f"{address}/approve", headers=ada)).status_code == 403
    assert (await caller.post(f"{address}/approve", headers=bea)).status_code == 204
    assert [one["code"] for one in (await caller.get("/v1/windows", headers=ada)).json()] == [
        "ANJU",
        "BANK-1",
        "BANK-2",
    ]
    clock.travel(clock.now() + timedelta(days=1))
    assert (await caller.get("/v1/bills", headers=at("agent"))).status_code == 403
    assert (await caller.get("/v1/bills", headers=at("bank"))).status_code == 200


async def test_the_window_page_offers_only_their_kinds(
    caller: httpx.AsyncClient, at: Callable[[str], dict[str, str]]
) -> None:
    shown = (await caller.get("/window", headers=at("bank"))).text
    assert "抵押登记" in shown
    assert "继承" not in shown
    assert "/window/handover" not in shown


async def test_who_sits_where(house: House, windows: dict[str, Actor]) -> None:
    database = house.office.database
    await add_person(database, Person("建行张", "partner", REGION, "BANK-1"), "a-long-password")
    assert await sign_in(database, "建行张", "a-long-password") == Person("建行张", "partner", REGION, "BANK-1")
    for role, window in (("partner", None), ("partner", "NONE"), ("clerk", "BANK-1"), ("finance", "BANK-1")):
        with pytest.raises(BadInput, match="window"):
            await add_person(database, Person("x", role, REGION, window), "a-long-password")
    assert "partner" in ROLES
