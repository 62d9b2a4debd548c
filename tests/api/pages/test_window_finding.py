"""Search, the queue and the hand-over: whatever lies on the counter leads to its bill."""

import re
from collections.abc import Callable

import httpx
import pytest

from api.wiring import House
from foundation import clock
from settlement.bills.drafting import draft_bill
from settlement.bills.intake import parse_case
from settlement.payments.queries import query_bill
from tests.played import CLERK, Played, confirmed, home_case, paid, shop_case, started

Bearer = Callable[..., dict[str, str]]


def signed_in(bearer: Bearer) -> dict[str, str]:
    return bearer("clerk", name="王敏") | {"Origin": "http://heyi.test"}


@pytest.fixture
def clerk(bearer: Bearer) -> dict[str, str]:
    return signed_in(bearer)


async def test_any_number_leads_to_its_bill(
    caller: httpx.AsyncClient, clerk: dict[str, str], house: House, played: Played
) -> None:
    await confirmed(house, shop_case())
    view = await confirmed(house, home_case())
    order = await paid(house, played, view.id, "transferee")
    await query_bill(house.office, view.id)
    share = (await caller.get(f"/v1/bills/{view.id}", headers=clerk)).json()
    numbers = [view.number, view.case_number, view.unit_code, order, share["shares"][0]["query_id"], "0016"]
    numbers += [one["voucher_no"] for one in share["pieces"] if one["voucher_no"]]
    for number in numbers:
        answer = await caller.get("/window/find", params={"number": number}, headers=clerk)
        assert answer.headers.get("location") == f"/window/bills/{view.id}", number


async def test_what_fits_several_bills_is_a_list_and_what_fits_none_says_so(
    caller: httpx.AsyncClient, clerk: dict[str, str], bearer: Bearer, house: House
) -> None:
    for case in (home_case(), home_case(case_number="LA-second-0001")):
        await draft_bill(house.office, parse_case(case), CLERK)
    answer = await caller.get("/window/find?number=0016", headers=clerk)
    assert answer.text.count('<th scope="row"><a href="/window/bills/') == 2
    assert not re.search(r"[0-9]{6}(?:19|20)[0-9]{9}[0-9X]", answer.text)  # no number of a document
    assert (await caller.get("/window/find?number=7777", headers=clerk)).status_code == 404
    assert (await caller.get("/window/find?number=1", headers=clerk)).status_code == 422
    elsewhere = bearer("clerk", region="360102")
    assert (await caller.get("/window/find?number=0016", headers=elsewhere)).status_code == 404


async def test_the_filter_of_the_queue_stands_in_the_address(
    caller: httpx.AsyncClient, clerk: dict[str, str], house: House
) -> None:
    draft = await draft_bill(house.office, parse_case(shop_case()), CLERK)
    view = await confirmed(house, home_case())
    for name, here, there in (("to_confirm", draft, view.id), ("to_pay", view.id, draft)):
        page = (await caller.get(f"/window?queue={name}", headers=clerk)).text
        assert f'href="/window/bills/{here}?queue={name}"' in page
        assert f"/window/bills/{there}" not in page
    part = (await caller.get(f"/window/queue?queue=to_pay&at=/window/bills/{view.id}", headers=clerk)).text
    assert f'hx-push-url="/window/bills/{view.id}?queue=cleared"' in part
    assert "<html" not in part
    outside = (await caller.get("/window/queue?at=//elsewhere.test", headers=clerk)).text
    assert "elsewhere" not in outside


async def test_a_shift_is_handed_over_once_with_what_is_still_open(
    caller: httpx.AsyncClient, bearer: Bearer, house: House, played: Played
) -> None:
    morning = clock.local_now().replace(hour=10)
    played.set_clocks(morning)
    view = await confirmed(house, home_case())
    await started(house, view, "transferee")
    await paid(house, played, (await confirmed(house, shop_case())).id, "transferee")
    played.set_clocks(morning.add(hours=1))
    clerk = signed_in(bearer)
    page = (await caller.get("/window/handover", headers=clerk)).text
    assert "支付结果未知" in page
    assert view.number in page
    began = page.split('name="began" value="')[1].split('"')[0]
    silent = await caller.post("/window/handover", data={"began": began}, headers=clerk)
    assert silent.status_code == 422
    signed = await caller.post(
        "/window/handover", data={"began": began, "remark": "银联未回，下一班再查"}, headers=clerk
    )
    assert signed.status_code == 303
    kept = (await caller.get(signed.headers["location"], headers=clerk)).text
    assert "王敏" in kept
    assert "下一班再查" in kept
    again = await caller.post("/window/handover", data={"began": began, "remark": "再签一次"}, headers=clerk)
    assert again.status_code == 409
    assert "已有人交接签字" in again.text
    played.set_clocks(morning.add(hours=2))
    fresh = (await caller.get("/window/handover", headers=signed_in(bearer))).text
    assert "本班还没有受理" in fresh
