"""The audit log: everything that leaves a trace is found, of one's own region alone, and trying does not fill it."""

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from typing import Any

import httpx
import pytest
from openpyxl import load_workbook
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from api.audit.trail import Search, trail
from api.cli.states import MACHINES
from api.people import Person, add_person
from api.people.changing import Wish, propose_change
from api.wiring import House
from foundation import clock
from settlement.bills.revealing import reveal_parties
from settlement.payments.queries import query_bill
from tests.played import CLERK, Played, confirmed, home_case, paid

Headers = Callable[..., dict[str, str]]
ADA = Person("ada", "administrator", "341502")


async def found(house: House, region: str = "341502", **wanted: Any) -> list[tuple[str, str, str]]:
    today = clock.today()
    search = Search(**{"region": region, "first": today, "last": today, **wanted})
    async with house.office.database.connect() as db:
        return [(one.actor, one.kind, one.event) for one in await trail(db, search)]


async def test_everything_that_leaves_a_trace_is_found(
    house: House, caller: httpx.AsyncClient, bearer: Headers
) -> None:
    view = await confirmed(house, home_case())
    await reveal_parties(house.office, view.id, CLERK, "核对身份证件")
    await add_person(house.office.database, Person("li", "finance", "341502"), "a-long-password")
    async with house.office.database.begin() as db:
        await propose_change(db, Wish("add", "new", "新入职", "finance"), ADA)
    for password in ("wrong", "wrong", "a-long-password"):
        await caller.post("/v1/tokens", json={"name": "li", "password": password})
    await caller.post("/v1/tokens", json={"name": "my-password-by-mistake", "password": "x"})
    for _ in range(3):
        assert (await caller.get("/finance", headers=bearer("clerk", name="wang"))).status_code == 403
    month = clock.today().isoformat()[:7]
    exported = await caller.get(f"/v1/rollups/{month}?format=xlsx", headers=bearer("finance", name="li"))
    assert exported.status_code == 200
    all_of_it = await found(house)
    assert ("window", "bill", "confirm") in all_of_it
    assert ("window", "reveal", "parties") in all_of_it
    assert ("ada", "proposal", "person_change") in all_of_it
    assert [one for one in all_of_it if one[1].startswith("sign_in")].count(("li", "sign_in", "")) == 1
    assert all_of_it.count(("li", "sign_in_refused", "")) == 1  # two tries, one row
    assert ("?", "sign_in_refused", "") in all_of_it
    assert all_of_it.count(("wang", "refused", "")) == 1
    assert ("li", "export", "") in all_of_it
    assert not any("mistake" in str(one) for one in all_of_it)
    assert all(actor != "heyi" for actor, _, _ in all_of_it)
    assert {one[0] for one in await found(house, actor="li")} == {"li"}
    assert {one[1] for one in await found(house, kind="reveal")} == {"reveal"}
    assert ("window", "bill", "confirm") in await found(house, number=view.case_number)
    assert await found(house, number=view.number)
    yesterday = clock.today() - timedelta(days=1)
    assert await found(house, first=yesterday, last=yesterday) == []
    common = {("?", "sign_in_refused", ""), ("delivered with the release", "proposal", "rule_set")}
    assert set(await found(house, region="360102")) <= common


async def test_what_a_payment_moved_is_found_by_the_bill(house: House, played: Played) -> None:
    views = [await confirmed(house, home_case(case_number=number)) for number in ("FIRST", "OTHER")]
    for view in views:
        await paid(house, played, view.id, "transferee")
        assert [one.name for one in await query_bill(house.office, view.id)] == ["applied"]
    moved = [one for one in await found(house, number=views[0].number) if one[2] in ("pay", "last_share_paid")]
    pieces = [("heyi", "allocation_line", "pay")] * sum(line.amount_fen > 0 for line in views[0].lines)
    ends = [("heyi", kind, "last_share_paid") for kind in ("bill", "payment_code")]
    assert sorted(moved) == sorted([*pieces, ("heyi", "channel_order", "pay"), ("heyi", "share", "pay"), *ends])
    assert ("heyi", "bill", "last_share_paid") in await found(house, number="OTHER", kind="bill")
    assert not await found(house, actor="heyi")  # what the system does by itself is shown where a bill is named


async def test_every_machine_is_searched_and_belongs_to_a_region(house: House) -> None:
    for machine in MACHINES:
        assert await found(house, kind=machine.name) == []


async def test_the_log_comes_as_excel_and_only_to_administrators(
    house: House, caller: httpx.AsyncClient, bearer: Headers
) -> None:
    view = await confirmed(house, home_case())
    day = clock.today().isoformat()
    address = f"/v1/audit?first={day}&last={day}&number={view.number}"
    for role in ("clerk", "finance", "tax_officer", "integrator"):
        assert (await caller.get(address, headers=bearer(role))).status_code == 403
    rows = (await caller.get(address, headers=bearer("administrator"))).json()
    book = load_workbook(BytesIO((await caller.get(f"{address}&format=xlsx", headers=bearer("administrator"))).content))
    assert book.active.max_row == 1 + len(rows)
    wrong = await caller.get("/admin/audit?kind=nothing", headers=bearer("administrator"))
    assert wrong.status_code == 422
    assert (
        await caller.get(f"/v1/audit?first={day}&last=2020-01-01", headers=bearer("administrator"))
    ).status_code == 422


@pytest.mark.parametrize("act", ["DELETE FROM access_record", "UPDATE access_record SET actor = 'x'"])
async def test_the_log_cannot_be_rewritten(house: House, act: str) -> None:
    with pytest.raises(DBAPIError, match="permission denied"):
        async with house.office.database.begin() as db:
            await db.execute(text(act))
