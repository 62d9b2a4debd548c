"""The tax office's pages: what came back and what follows, an assessed price, rules by two people."""

import io
from collections.abc import Callable
from datetime import timedelta

import httpx
from openpyxl import load_workbook

from api.wiring import House
from foundation import clock
from settlement.payments.queries import query_bill
from tests.api.http.test_rule_sets import zipped
from tests.played import Played, confirmed, home_case, paid
from tests.settlement.allocation.legs import followed
from tests.settlement.receipts.conftest import arrived_shop
from tests.settlement.rule_sets.sets import with_fee

_SAME = {"Origin": "http://heyi.test"}

Bearer = Callable[..., dict[str, str]]


async def test_what_did_not_arrive_says_why_and_who_goes_on(
    caller: httpx.AsyncClient, house: House, played: Played, bearer: Bearer
) -> None:
    view = await confirmed(house, home_case())
    await paid(house, played, view.id, "transferee")
    await query_bill(house.office, view.id)
    played.control("faults", {"kind": "leg", "leg": "tax", "how": "returned"})
    await followed(house, played, view.id)
    page = (await caller.get("/tax/returned", headers=bearer("tax_officer"))).text
    assert "待财务核定重发" in page
    assert view.number in page
    elsewhere = (await caller.get("/tax/returned", headers=bearer("tax_officer", region="360102"))).text
    assert view.number not in elsewhere


async def test_what_arrived_is_kept_with_its_totals(
    caller: httpx.AsyncClient, house: House, played: Played, bearer: Bearer
) -> None:
    await arrived_shop(house, played)
    file = await caller.get("/tax/arrived", headers=bearer("tax_officer"))
    rows = [[cell.value for cell in row] for row in load_workbook(io.BytesIO(file.content)).worksheets[0]]
    assert [(row[0], row[4], row[5]) for row in rows[1:]] == [
        ("契税", 1, 36_000),
        ("土地出让金", 1, 12_000),
        ("印花税", 2, 600),
        ("合计", 4, 48_600),
    ]
    assert (await caller.get("/tax/arrived", headers=bearer("clerk"))).status_code == 403


async def test_an_assessed_price_shows_what_followed(caller: httpx.AsyncClient, house: House, bearer: Bearer) -> None:
    view = await confirmed(house, home_case())
    form = {"number": view.number, "assessed": "6,000,000.00", "reason": "核定通知书〔2026〕12号"}
    short = await caller.post("/tax/assessments", data=form | {"reason": ""}, headers=bearer("tax_officer") | _SAME)
    assert short.status_code == 422
    assert "6,000,000.00" in short.text  # nothing typed is lost
    wrong = await caller.post(
        "/tax/assessments", data=form | {"assessed": "many"}, headers=bearer("tax_officer") | _SAME
    )
    assert (wrong.status_code, 'href="#f-assessed"' in wrong.text) == (422, True)
    done = await caller.post("/tax/assessments", data=form, headers=bearer("tax_officer") | _SAME)
    assert done.status_code == 303, done.text
    page = (await caller.get("/tax/assessments", headers=bearer("tax_officer"))).text
    assert "补缴" in page
    assert "核定通知书〔2026〕12号" in page


async def test_rules_come_into_force_by_two(
    caller: httpx.AsyncClient, house: House, played: Played, bearer: Bearer
) -> None:
    now = clock.now()
    played.set_clocks(now - timedelta(days=32))
    await confirmed(house, home_case())
    played.set_clocks(now)
    file = {"file": ("rules.zip", zipped(with_fee(90)), "application/zip")}
    li, zhao = bearer("tax_officer", name="li") | _SAME, bearer("tax_officer", name="zhao") | _SAME
    sent = await caller.post("/tax/rule-sets", data={"reason": "皖价费〔2026〕3号"}, files=file, headers=li)
    assert sent.status_code == 303, sent.text
    address = sent.headers["location"]
    page = (await caller.get(address, headers=zhao)).text
    assert "+¥10.00" in page  # last month's one bill
    assert (await caller.post(f"{address}/approve", headers=li)).status_code == 403
    assert (await caller.post(f"{address}/reject", data={"reason": ""}, headers=zhao)).status_code == 422
    assert (await caller.post(f"{address}/approve", headers=zhao)).status_code == 303
    kept = (await caller.get("/tax/rule-sets", headers=zhao)).text
    assert "已被替代" in kept
    assert (await caller.get(address, headers=bearer("finance"))).status_code == 403


async def test_a_file_that_is_no_set_is_refused_on_its_page(caller: httpx.AsyncClient, bearer: Bearer) -> None:
    file = {"file": ("rules.zip", b"not a zip", "application/zip")}
    headers = bearer("tax_officer") | _SAME
    answer = await caller.post("/tax/rule-sets", data={"reason": "新规则"}, files=file, headers=headers)
    assert answer.status_code == 422
    assert 'value="新规则"' in answer.text
