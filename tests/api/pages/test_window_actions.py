"""What a clerk does with a confirmed bill: another code, none, a refund, names in full, a text, the second screen."""

import re
from collections.abc import Callable

import httpx
import pytest
from sqlalchemy import text

from api.wiring import House
from settlement.allocation.following import follow_bill
from settlement.bills.confirmation import confirm_bill
from settlement.bills.drafting import draft_bill
from settlement.bills.intake import parse_case
from settlement.bills.reading import read_bill
from settlement.bills.withdrawal import withdraw_bill
from settlement.messages.sending import messages_of
from settlement.payments.queries import query_bill
from settlement.refunds.reading import refunds_of_bill
from tests.played import CLERK, Played, confirmed, home_case, paid, shop_case, started

Bearer = Callable[..., dict[str, str]]
ORIGIN = {"Origin": "http://heyi.test"}


@pytest.fixture
def clerk(bearer: Bearer) -> dict[str, str]:
    return bearer("clerk") | ORIGIN


async def test_another_code_takes_the_place_of_the_old_one(
    caller: httpx.AsyncClient, clerk: dict[str, str], house: House
) -> None:
    view = await confirmed(house, shop_case())
    at = f"/window/bills/{view.id}"
    answer = await caller.post(f"{at}/replace-code", data={"why": "leaked", "reason": "群里转发"}, headers=clerk)
    assert answer.status_code == 303
    now = await read_bill(house.office, view.id)
    assert view.code and now.code
    assert now.code.token != view.code.token
    async with house.office.database.connect() as db:
        found = await db.execute(text("SELECT reason FROM transition WHERE subject = :s"), {"s": view.code.id})
        reasons = [row.reason for row in found]
    assert "缴款码被他人得到：群里转发" in reasons


async def test_a_code_is_taken_back_and_the_page_says_what_to_do(
    caller: httpx.AsyncClient, clerk: dict[str, str], house: House
) -> None:
    view = await confirmed(house, shop_case())
    at = f"/window/bills/{view.id}"
    assert (await caller.post(f"{at}/cancel-code", data={"why": "", "reason": ""}, headers=clerk)).status_code == 422
    assert (await caller.post(f"{at}/cancel-code", data={"why": "given_up"}, headers=clerk)).status_code == 303
    page = (await caller.get(at, headers=clerk)).text
    assert "要继续缴款请重新生成" in page
    assert "code-card" not in page
    assert f'action="{at}/query"' in page  # whoever says that it was paid is asked for once more
    again = (await caller.post(f"{at}/replace-code", data={"why": "lost"}, headers=clerk)).status_code
    assert again == 303
    assert "code-card" in (await caller.get(at, headers=clerk)).text


async def test_a_refund_is_proposed_line_by_line_and_says_who_decides(
    caller: httpx.AsyncClient, clerk: dict[str, str], house: House, played: Played
) -> None:
    view = await confirmed(house, home_case())
    at = f"/window/bills/{view.id}/refund"
    assert "目前没有可退的款项" in (await caller.get(at, headers=clerk)).text
    await paid(house, played, view.id, "transferee")
    await query_bill(house.office, view.id)
    await follow_bill(house.office, view.id)
    page = (await caller.get(at, headers=clerk)).text
    assert "国库退库" in page
    box = re.findall(r'name="(line\.[0-9a-f-]{36})" value="yes"', page)[0]
    much = await caller.post(at, data={box: "yes", f"{box}.yuan": "99999999", "reason": "多缴"}, headers=clerk)
    assert much.status_code == 409
    assert "还可退" in much.text
    done = await caller.post(at, data={box: "yes", f"{box}.yuan": "10.00", "reason": "多缴"}, headers=clerk)
    assert done.status_code == 303
    (refund,) = await refunds_of_bill(house.office, view.id)
    assert (refund.amount_fen, refund.state, refund.reason) == (1_000, "proposed", "多缴")
    assert "等待财务岗批准" in (await caller.get(at, headers=clerk)).text


async def test_names_in_full_need_a_reason_and_leave_a_record(
    caller: httpx.AsyncClient, clerk: dict[str, str], house: House
) -> None:
    case = home_case()
    view = await confirmed(house, case)
    at = f"/window/bills/{view.id}/reveal"
    full = case["parties"][0]["identity"]
    silent = await caller.post(at, data={"reason": ""}, headers=clerk)
    assert silent.status_code == 422
    assert full not in silent.text
    seen = await caller.post(at, data={"reason": "核对证件原件"}, headers=clerk)
    assert full in seen.text
    assert seen.headers["cache-control"] == "no-store"
    assert full not in (await caller.get(f"/window/bills/{view.id}", headers=clerk)).text
    async with house.office.database.connect() as db:
        looks = (await db.execute(text("SELECT actor, reason FROM reveal WHERE subject = :s"), {"s": view.id})).all()
    assert [tuple(one) for one in looks] == [("clerk", "核对证件原件")]


async def test_the_code_goes_to_a_telephone_with_its_amount_and_nobodys_name(
    caller: httpx.AsyncClient, clerk: dict[str, str], house: House
) -> None:
    case = shop_case()
    view = await confirmed(house, case)
    at = f"/window/bills/{view.id}"
    nobody = await caller.post(f"{at}/text", data={"side": "transferor"}, headers=clerk)
    assert nobody.status_code == 409
    assert "请先登记手机号" in nobody.text
    kept = await caller.post(f"{at}/contact", data={"side": "transferor", "phone": "13800001234"}, headers=clerk)
    assert kept.status_code == 303
    assert (await caller.post(f"{at}/text", data={"side": "transferor"}, headers=clerk)).status_code == 303
    (sent,) = await messages_of(house.office, "341502", [view.id])
    assert (sent.kind, sent.state, sent.phone) == ("code", "queued", "138****1234")
    share = view.share_of("transferor")
    assert share and view.code
    assert f"{share.amount_fen / 100:,.2f}" in sent.body
    assert view.code.token in sent.body
    assert not any(one["name"] in sent.body for one in case["parties"])
    assert "待发送" in (await caller.get(at, headers=clerk)).text


async def test_the_second_screen_shows_the_code_and_then_that_it_was_paid(
    caller: httpx.AsyncClient, clerk: dict[str, str], house: House, played: Played
) -> None:
    case = home_case()
    view = await confirmed(house, case)
    at = f"/window/bills/{view.id}/screen"
    page = (await caller.get(at, headers=clerk)).text
    assert "<svg" in page
    assert "data-watch" in page
    assert not any(one["name"][:1] + "*" in page for one in case["parties"])
    await started(house, view, "transferee")
    assert "请在手机上完成" in (await caller.get(at, headers=clerk)).text
    await paid(house, played, view.id, "transferee")
    await query_bill(house.office, view.id)
    assert "缴费成功" in (await caller.get(at, headers=clerk)).text


async def test_the_bill_says_when_its_code_was_scanned(
    caller: httpx.AsyncClient, clerk: dict[str, str], house: House
) -> None:
    view = await confirmed(house, home_case())
    assert view.code
    stages = (await caller.get(f"/window/bills/{view.id}", headers=clerk)).text
    assert stages.count('class="done"') == 1
    await caller.post(f"/p/{view.code.token}", data={"tail": "0016"}, headers=ORIGIN)
    stages = (await caller.get(f"/window/bills/{view.id}", headers=clerk)).text
    assert stages.count('class="done"') == 2
    assert (await read_bill(house.office, view.id)).code.opened_at is not None  # type: ignore[union-attr]


async def test_a_corrected_bill_shows_old_and_new_and_the_source_of_each_fact(
    caller: httpx.AsyncClient, clerk: dict[str, str], house: House
) -> None:
    first = await confirmed(house, home_case())
    await withdraw_bill(house.office, first.id, CLERK, "价格录错")
    case = home_case()
    case["transaction"] = {**case["transaction"], "price": {**case["transaction"]["price"], "amount_fen": 160_000_000}}
    second = await draft_bill(house.office, parse_case(case), CLERK)
    await confirm_bill(house.office, second, CLERK)
    page = (await caller.get(f"/window/bills/{second}", headers=clerk)).text
    assert "与上次计算比较" in page
    assert "¥15,000.00" in page
    assert "¥16,000.00" in page
    assert "+¥1,000.00" in page
    assert "¥1,600,000.00" in page
    assert "窗口录入" in page
    assert "与上次计算比较" not in (await caller.get(f"/window/bills/{first.id}", headers=clerk)).text
