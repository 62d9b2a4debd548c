"""Cases over HTTP: many at once, each by itself; by an Excel list and back; never by one person alone."""

import io
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import httpx
import openpyxl
import pytest

from api.wiring import House
from foundation import clock
from settlement.payments.queries import query_bill
from tests.played import Played, confirmed, home_case, paid

_SAME = {"Origin": "http://heyi.test"}

Bearer = Callable[..., dict[str, str]]


@pytest.fixture
async def day(caller: httpx.AsyncClient, bearer: Bearer, house: House, played: Played) -> date:
    """A day with four rows in the channel's file that are not of ours."""
    morning = clock.local_now().subtract(days=2).replace(hour=10)
    played.set_clocks(morning)
    view = await confirmed(house, home_case())
    await paid(house, played, view.id, "transferee")
    await query_bill(house.office, view.id)
    day = clock.today()
    for _ in range(4):
        row = {"kind": "row", "how": "added", "source": "channel", "region": "341502", "day": str(day)}
        played.control("faults", row)
    played.set_clocks(morning + timedelta(days=1))
    closed = await caller.post(f"/v1/days/{day}/close", headers=bearer("finance"))
    assert closed.status_code == 200, closed.text
    return day


async def strange(caller: httpx.AsyncClient, bearer: Bearer, state: str = "open") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (
        await caller.get("/v1/cases", params={"kind": "P-5", "state": state}, headers=bearer("finance"))
    ).json()
    return found


async def test_many_of_the_same_kind_are_proposed_and_approved_at_once_each_by_itself(
    caller: httpx.AsyncClient, bearer: Bearer, day: date
) -> None:
    cases = await strange(caller, bearer)
    groups = (await caller.get("/v1/cases/groups", headers=bearer("finance"))).json()
    assert {one["kind"]: one["count"] for one in groups if one["kind"] == "P-5"} == {"P-5": 4}
    ids = [one["id"] for one in cases]
    wang, li = bearer("finance", name="wang"), bearer("finance", name="li")
    done = (await caller.post("/v1/cases/propose", json={"case_ids": ids[:3]}, headers=wang)).json()
    assert [one["state"] for one in done] == ["proposed"] * 3
    await caller.post("/v1/cases/propose", json={"case_ids": ids[3:]}, headers=bearer("finance", name="li"))
    decided = (await caller.post("/v1/cases/decide", json={"case_ids": ids, "approve": True}, headers=li)).json()
    assert [one["state"] for one in decided] == ["held", "held", "held", None]
    assert "另一人" in decided[3]["error"]
    view = (await caller.get(f"/v1/cases/{ids[0]}", headers=li)).json()
    assert [one["credit"] for one in view["postings"]] == ["341502:surplus"]
    assert [one["event"] for one in view["history"]] == ["propose", "hold"]


async def test_the_excel_list_comes_back_filled_in_and_each_row_is_judged_by_itself(
    caller: httpx.AsyncClient, bearer: Bearer, day: date
) -> None:
    wang = bearer("finance", name="wang")
    sheet = await caller.get("/v1/cases/list.xlsx", params={"kind": "P-5"}, headers=wang)
    book = openpyxl.load_workbook(io.BytesIO(sheet.content))
    rows = book.active
    heading = [cell.value for cell in rows[1]]
    decision, mark = heading.index("决定（提出／批准／退回）") + 1, heading.index("行签（勿改）") + 1
    rows.cell(2, decision, "提出")
    rows.cell(3, decision, "approve")  # nothing is proposed yet
    rows.cell(4, decision, "也许")
    rows.cell(5, decision, "propose")
    rows.cell(5, mark, "000000000000")
    rows.cell(6, 1, "D9999999")
    filled = io.BytesIO()
    book.save(filled)
    outcomes = (await caller.post("/v1/cases/import", content=filled.getvalue(), headers=wang)).json()
    assert [one["row"] for one in outcomes] == [2, 3, 4, 5, 6]
    assert [one["state"] for one in outcomes] == ["proposed", None, None, None, None]
    errors = [one["error"] for one in outcomes]
    assert errors[0] is None
    assert "not possible in state 'open'" in errors[1]
    assert "也许" in errors[2]
    assert "export it again" in errors[3]
    assert "D9999999" in errors[4]
    assert len(await strange(caller, bearer, "proposed")) == 1
    again = (await caller.post("/v1/cases/import", content=sheet.content, headers=wang)).json()
    assert [(one["state"], one["error"]) for one in again] == [(None, None)] * 4  # no decision on any row
    wrong = await caller.post("/v1/cases/import", content=b"not a workbook", headers=wang)
    assert (wrong.status_code, wrong.json()["field"]) == (422, "file")


async def test_finance_settles_a_case_on_its_pages(caller: httpx.AsyncClient, bearer: Bearer, day: date) -> None:
    wang = bearer("finance", name="王芳") | _SAME
    case = (await strange(caller, bearer))[0]
    board = (await caller.get("/finance/cases", headers=wang)).text
    assert "长款：我方无此笔" in board
    assert case["number"] in board
    page = (await caller.get(f"/finance/cases/{case['id']}", headers=wang)).text
    assert "341502:surplus" in page  # the preview, with the account that it would move
    assert "✗ 不同" in page
    path = f"/finance/cases/{case['id']}"
    assert (await caller.post(f"{path}/propose", data={"words": "待银联答复"}, headers=wang)).status_code == 303
    alone = await caller.post(f"{path}/decide", data={"approve": "true"}, headers=wang)
    assert alone.status_code == 403
    assert "须由另一人决定" in alone.text
    other = bearer("finance", name="李军") | _SAME
    assert (await caller.post(f"{path}/decide", data={"approve": "true"}, headers=other)).status_code == 303
    done = (await caller.get(path, headers=other)).text
    assert "挂账待清" in done
    english = (await caller.get(f"{path}?lang=en", headers=other)).text
    assert "Held in suspense" in english
    ids = [one["id"] for one in await strange(caller, bearer)]
    many = await caller.post("/finance/cases", data={"do": "propose", "case_ids": ids}, headers=wang)
    assert "3 done, 0 not done" in many.text
    nothing = await caller.post("/finance/cases", data={"do": "propose"}, headers=wang)
    assert nothing.status_code == 422


async def test_another_region_s_case_is_out_of_reach(caller: httpx.AsyncClient, bearer: Bearer, day: date) -> None:
    case = (await strange(caller, bearer))[0]
    stranger = bearer("finance", region="360102")
    assert (await caller.get(f"/v1/cases/{case['id']}", headers=stranger)).status_code == 403
    done = await caller.post("/v1/cases/propose", json={"case_ids": [case["id"]]}, headers=stranger)
    assert done.json()[0]["state"] is None
