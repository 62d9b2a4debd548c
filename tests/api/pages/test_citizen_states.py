"""The rarer states of the citizen's page: not known, replaced, worked out anew, paid too late; any document will do."""

from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest

from api.wiring import House
from foundation import clock
from settlement.bills.withdrawal import withdraw_bill
from settlement.payments.closing import replace_code
from tests.played import CLERK, Played, confirmed, home_case, paid, shop_case, started
from tests.settlement.payments.test_proofs import hear, notification

Bearer = Callable[..., dict[str, str]]
ORIGIN = {"Origin": "http://heyi.test"}

DOCUMENTS = [
    ("hk_macau_permit", "H12345678", "5678"),
    ("taiwan_permit", "12345678", "5678"),
    ("passport", "E12345678", "5678"),
    ("resident_id", "810000199408230021", "0021"),
]


@pytest.mark.parametrize(("kind", "number", "tail"), DOCUMENTS)
async def test_documents_of_hong_kong_macau_taiwan_and_abroad_open_the_page(
    caller: httpx.AsyncClient, house: House, kind: str, number: str, tail: str
) -> None:
    case = home_case()
    case["parties"] = [dict(one) for one in case["parties"]]
    case["parties"][0] |= {"identity_kind": kind, "identity": number}
    view = await confirmed(house, case)
    assert view.code
    answer = await caller.post(f"/p/{view.code.token}", data={"tail": tail.lower()}, headers=ORIGIN)
    assert answer.status_code == 303, answer.text
    page = (await caller.get(f"/p/{view.code.token}")).text
    assert "去支付" in page
    assert number not in page


async def test_an_order_past_its_time_is_not_known_and_not_to_be_paid_again(
    caller: httpx.AsyncClient, house: House, played: Played
) -> None:
    morning = clock.local_now().replace(hour=10)
    played.set_clocks(morning)
    view = await confirmed(house, home_case())
    assert view.code
    await started(house, view, "transferee")
    at = f"/p/{view.code.token}"
    assert "支付结果确认中" in (await caller.get(at)).text
    played.set_clocks(morning + timedelta(hours=1))
    page = (await caller.get(at)).text
    assert "暂时无法确认是否扣款" in page
    assert "没有收到" not in page


async def test_a_replaced_code_says_that_the_bill_stands(caller: httpx.AsyncClient, house: House) -> None:
    view = await confirmed(house, home_case())
    assert view.code
    await replace_code(house.office, view.id, CLERK, "丢失")
    page = (await caller.get(f"/p/{view.code.token}")).text
    assert "这个缴款码已更换" in page
    assert "去支付" not in page


async def test_a_bill_that_was_worked_out_anew_shows_the_difference_to_its_party(
    caller: httpx.AsyncClient, house: House
) -> None:
    first = await confirmed(house, home_case())
    await withdraw_bill(house.office, first.id, CLERK, "价格录错")
    case = home_case()
    case["transaction"] = {**case["transaction"], "price": {**case["transaction"]["price"], "amount_fen": 160_000_000}}
    await confirmed(house, case)
    assert first.code
    at = f"/p/{first.code.token}"
    stranger = (await caller.get(at)).text
    assert "税费已重新核定" in stranger
    assert "+¥1,000.00" not in stranger
    await caller.post(at, data={"tail": "0016"}, headers=ORIGIN)
    page = (await caller.get(at)).text
    assert "+¥1,000.00" in page
    assert "¥15,000.00 → ¥16,000.00" in page
    assert "去支付" not in page


async def test_money_after_the_end_is_told_with_its_amount_and_case(
    caller: httpx.AsyncClient, house: House, played: Played
) -> None:
    morning = clock.local_now().replace(hour=10)
    played.set_clocks(morning)
    view = await confirmed(house, home_case())
    assert view.code
    order_id = await paid(house, played, view.id, "transferee")
    raw = notification(played, order_id)
    played.simulator.world.orders = {}  # the channel forgets, and so says that it was not paid
    played.set_clocks(morning + timedelta(hours=1))
    await withdraw_bill(house.office, view.id, CLERK, "不再办理")
    assert await hear(house, raw) == "applied"
    at = f"/p/{view.code.token}"
    await caller.post(at, data={"tail": "0016"}, headers=ORIGIN)
    page = (await caller.get(at)).text
    assert "已收到您的付款 ¥15,080.00（关单后到款）" in page
    assert "将原路退回。处理单 D" in page
    assert "请勿再次支付" in page


async def test_the_form_without_a_code_of_its_own_stays_closed(caller: httpx.AsyncClient, house: House) -> None:
    view = await confirmed(house, shop_case())
    assert view.code
    refused = await caller.post(f"/p/{view.code.token}", data={"tail": "0000"}, headers=ORIGIN)
    assert refused.status_code == 403
