"""The citizen's page over HTTP: what it shows, what it hides, and what it says when something is wrong."""

import re
from datetime import timedelta

import httpx
import pytest

from api.wiring import House
from foundation import clock
from settlement.bills.reading import BillView, read_bill
from settlement.bills.withdrawal import withdraw_bill
from settlement.payments.closing import expire_codes
from settlement.payments.queries import query_bill
from tests.played import CLERK, Played, confirmed, paid, shop_case, started

_SAME = {"Origin": "http://heyi.test"}
_BUYER, _SELLER = "0037", "0042"


def path_of(view: BillView) -> str:
    assert view.code is not None
    return f"/p/{view.code.token}"


async def as_party(caller: httpx.AsyncClient, path: str, tail: str) -> httpx.Response:
    """Says who one is and looks."""
    answer = await caller.post(path, data={"tail": tail}, headers=_SAME)
    assert answer.status_code == 303, answer.text
    return await caller.get(path)


async def test_before_the_last_four_nothing_personal_is_shown(caller: httpx.AsyncClient, house: House) -> None:
    view = await confirmed(house, shop_case())
    page = (await caller.get(path_of(view))).text
    for party in shop_case()["parties"]:
        assert party["name"] not in page
        assert party["identity"] not in page
        assert party["identity"][-4:] not in page
    assert view.unit_code not in page
    assert "¥49,150.00" in page
    assert "如果不是您，请勿支付" in page
    assert "契税" not in page
    assert "/pay" not in page


async def test_each_party_sees_their_own_share_by_the_same_code(caller: httpx.AsyncClient, house: House) -> None:
    view = await confirmed(house, shop_case())
    buyer = (await as_party(caller, path_of(view), _BUYER)).text
    assert "去支付 ¥48,850.00" in buyer
    assert "36,000.00" in buyer
    caller.cookies.clear()
    seller = (await as_party(caller, path_of(view), _SELLER)).text
    assert "去支付 ¥300.00" in seller
    assert "36,000.00" not in seller


async def test_the_answer_for_one_code_opens_no_other(caller: httpx.AsyncClient, house: House) -> None:
    one = await confirmed(house, shop_case())
    other = await confirmed(house, shop_case(case_number="LA-0009"))
    answer = await caller.post(path_of(one), data={"tail": _BUYER}, headers=_SAME)
    proof = answer.headers["set-cookie"].split(";")[0]
    page = await caller.get(path_of(other), headers={"Cookie": proof})
    assert "去支付" not in page.text
    pressed = await caller.post(f"{path_of(other)}/pay", headers={**_SAME, "Cookie": proof})
    assert (pressed.status_code, pressed.headers["location"]) == (303, path_of(other))


async def test_too_many_wrong_tries_lead_to_the_window(caller: httpx.AsyncClient, house: House) -> None:
    view = await confirmed(house, shop_case())
    first = await caller.post(path_of(view), data={"tail": "zzzz"}, headers=_SAME)
    assert first.status_code == 403
    assert "还可以试 4 次" in first.text
    for _ in range(4):
        await caller.post(path_of(view), data={"tail": "zzzz"}, headers=_SAME)
    locked = await caller.post(path_of(view), data={"tail": _BUYER}, headers=_SAME)
    assert locked.status_code == 409
    assert "登记窗口" in locked.text
    assert 'name="tail"' not in locked.text


async def test_the_form_to_the_channel_carries_the_share_and_no_name(caller: httpx.AsyncClient, house: House) -> None:
    view = await confirmed(house, shop_case())
    await as_party(caller, path_of(view), _SELLER)
    page = await caller.post(f"{path_of(view)}/pay", headers=_SAME)
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', page.text))
    assert fields["txnAmt"] == "30000"
    assert fields["frontUrl"].endswith(f"{path_of(view)}/return")
    assert not any(party["name"] in page.text for party in shop_case()["parties"])


async def test_coming_back_proves_nothing(caller: httpx.AsyncClient, house: House, played: Played) -> None:
    view = await confirmed(house, shop_case())
    await as_party(caller, path_of(view), _SELLER)
    await started(house, view, "transferor")
    for look in range(20):
        page = await caller.post(f"{path_of(view)}/return?looked={look}", data={"respCode": "00"})
        assert page.status_code == 200
        assert "请不要重复支付" in page.text
        assert "http-equiv" in page.text
    assert (await read_bill(house.office, view.id)).state == "confirmed"
    paying = await caller.get(path_of(view))
    assert "不要重复支付" in paying.text
    assert "还没有付款，继续支付" in paying.text
    await paid(house, played, view.id, "transferor")
    await query_bill(house.office, view.id)
    done = await caller.get(f"{path_of(view)}/return?looked=1")
    assert (done.status_code, done.headers["location"]) == (303, path_of(view))
    assert "您的部分已缴清" in (await caller.get(path_of(view))).text


async def test_one_side_paid_the_other_is_asked(caller: httpx.AsyncClient, house: House, played: Played) -> None:
    view = await confirmed(house, shop_case())
    await paid(house, played, view.id, "transferee")
    await query_bill(house.office, view.id)
    anyone = (await caller.get(path_of(view))).text
    assert "已有一方缴清" in anyone
    assert "还有 ¥300.00 待缴" in anyone
    assert "去支付 ¥300.00" in (await as_party(caller, path_of(view), _SELLER)).text


async def test_a_withdrawn_code_says_so_and_cannot_be_paid(caller: httpx.AsyncClient, house: House) -> None:
    view = await confirmed(house, shop_case())
    await as_party(caller, path_of(view), _BUYER)
    await withdraw_bill(house.office, view.id, CLERK, "price corrected")
    page = (await caller.get(path_of(view))).text
    assert "已作废" in page
    assert "去支付" not in page


async def test_an_expired_code_is_called_unpaid_only_after_the_channel_was_asked(
    caller: httpx.AsyncClient, house: House, played: Played
) -> None:
    view = await confirmed(house, shop_case())
    played.set_clocks(clock.now() + timedelta(hours=25))
    assert "正在核实" in (await caller.get(path_of(view))).text
    assert "没有收到" not in (await caller.get(path_of(view))).text
    await expire_codes(house.office)
    assert "没有收到余下的付款" in (await caller.get(path_of(view))).text


@pytest.mark.parametrize("path", ["/p/nothing", "/p/nothing/return"])
async def test_an_unknown_code_says_so_to_a_citizen(caller: httpx.AsyncClient, path: str) -> None:
    answer = await caller.get(path)
    assert answer.status_code == 404
    assert "没有找到" in answer.text


async def test_english_is_kept_and_chinese_returns(caller: httpx.AsyncClient, house: House) -> None:
    view = await confirmed(house, shop_case())
    assert "Total" in (await caller.get(f"{path_of(view)}?lang=en")).text
    assert "Total" in (await caller.get(path_of(view))).text
    assert "应缴合计" in (await caller.get(f"{path_of(view)}?lang=zh")).text


async def test_the_page_is_light(caller: httpx.AsyncClient, house: House) -> None:
    view = await confirmed(house, shop_case())
    page = await caller.get(path_of(view))
    parts = [page, *[await caller.get(each) for each in re.findall(r'(?:href|src)="(/static/[^"]+)"', page.text)]]
    assert all(each.status_code == 200 for each in parts)
    assert sum(len(each.content) for each in parts) < 60_000
    assert "<script" not in page.text


async def test_the_language_can_be_changed_on_a_page_that_says_no(caller: httpx.AsyncClient, house: House) -> None:
    view = await confirmed(house, shop_case())
    refused = await caller.post(path_of(view), data={"tail": "zzzz"}, headers=_SAME)
    assert f'href="{path_of(view)}?lang=en"' in refused.text
    assert 'aria-invalid="true"' in refused.text
