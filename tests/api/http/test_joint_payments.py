"""A list paid together, over HTTP: made, started, paid, asked about, taken back."""

from collections.abc import Callable
from uuid import UUID

import httpx
import pytest

from api.wiring import House
from foundation import clock
from settlement.batches.reading import read_batch
from settlement.batches.taking_in import work_through
from settlement.bills.reading import read_bill
from tests.api.http.test_batches import a_list, headings_of, taken_in
from tests.played import PLAIN, Played, confirmed, home_case

Bearer = Callable[..., dict[str, str]]


@pytest.fixture
async def bills(house: House, played: Played) -> list[UUID]:
    played.set_clocks(clock.now())
    return [(await confirmed(house, home_case(case_number=f"HTTP-{one}"))).id for one in range(2)]


async def made(caller: httpx.AsyncClient, bearer: Bearer, **wish: object) -> httpx.Response:
    return await caller.post("/v1/joint-payments", json={"payer": "transferee", **wish}, headers=bearer("clerk"))


async def test_bills_are_paid_together(
    caller: httpx.AsyncClient, bearer: Bearer, house: House, played: Played, bills: list[UUID]
) -> None:
    answer = await made(caller, bearer, bill_ids=[str(one) for one in bills], title="示例清单")
    assert answer.status_code == 201, answer.text
    view = answer.json()
    assert (view["state"], len(view["members"]), view["left_fen"]) == ("due", 2, view["amount_fen"])
    assert sum(fen for _, fen in view["items"]) == view["amount_fen"]
    again = await made(caller, bearer, bill_ids=[str(bills[0])])
    assert (again.status_code, again.json()["joint_payment"]) == (409, view["number"])
    own = f"/v1/joint-payments/{view['id']}"
    start = await caller.post(f"{own}/start", json={"return_to": view["address"]}, headers=bearer("clerk"))
    assert start.status_code == 200, start.text
    form = start.json()
    async with httpx.AsyncClient(verify=PLAIN) as browser:
        assert (await browser.post(form["address"], data=form["fields"])).status_code == 303
    played.control("payments", {"order_id": form["fields"]["orderId"]})
    after = (await caller.post(f"{own}/query", headers=bearer("clerk"))).json()
    assert (after["state"], after["left_fen"], after["attempts"][0]["state"]) == ("paid", 0, "paid")
    assert [(await read_bill(house.office, one)).state for one in bills] == ["paid", "paid"]
    (listed,) = (await caller.get("/v1/joint-payments", headers=bearer("finance"))).json()
    assert (listed["title"], listed["shares"], listed["amount_fen"]) == ("示例清单", 2, view["amount_fen"])
    assert (await caller.get(own, headers=bearer("clerk", region="360102"))).status_code == 403
    assert (await caller.get(f"{own}/code.svg", headers=bearer("clerk"))).status_code == 200


async def test_a_month_of_one_payer(caller: httpx.AsyncClient, bearer: Bearer, bills: list[UUID]) -> None:
    month = f"{clock.local_now():%Y-%m}"
    identity = home_case()["parties"][0]["identity"]
    answer = await made(caller, bearer, of_month={"identity": identity, "month": month})
    assert answer.status_code == 201, answer.text
    assert {one["bill_id"] for one in answer.json()["members"]} == {str(one) for one in bills}
    none = await made(caller, bearer, of_month={"identity": "91110000MA0000000H", "month": month})
    assert (none.status_code, none.json()["field"]) == (422, "month")


async def test_one_that_is_cancelled_lets_its_shares_go(
    caller: httpx.AsyncClient, bearer: Bearer, bills: list[UUID]
) -> None:
    given = [str(one) for one in bills]
    own = f"/v1/joint-payments/{(await made(caller, bearer, bill_ids=given)).json()['id']}"
    gone = await caller.post(f"{own}/cancel", json={"reason": "改为逐单缴"}, headers=bearer("clerk"))
    assert (gone.status_code, gone.json()["state"]) == (200, "cancelled")
    assert (await made(caller, bearer, bill_ids=given)).status_code == 201


async def test_what_is_asked_for_is_named_once(caller: httpx.AsyncClient, bearer: Bearer, bills: list[UUID]) -> None:
    both = await made(caller, bearer, bill_ids=[str(bills[0])], batch_id=str(bills[0]))
    assert (both.status_code, both.json()["field"]) == (422, "bills")


async def test_a_list_of_one_payer_is_offered_and_paid_together(
    caller: httpx.AsyncClient, bearer: Bearer, house: House, played: Played
) -> None:
    played.set_clocks(clock.now())
    same = {"权利人（买方） 证件号码": "341502190001010016"}
    answer = await taken_in(caller, bearer, a_list(await headings_of(caller, bearer), same, same))
    batch_id = UUID(answer.json()["id"])
    await work_through(house.office, batch_id)
    await caller.post(f"/v1/batches/{batch_id}/confirm", headers=bearer("clerk"))
    await work_through(house.office, batch_id)
    bills = {str(one.bill_id) for one in (await read_batch(house.office, batch_id)).rows}
    page = await caller.get(f"/window/lists/{batch_id}", headers=bearer("clerk"))
    assert "一并缴款：2 单" in page.text
    view = (await made(caller, bearer, batch_id=str(batch_id))).json()
    assert {one["bill_id"] for one in view["members"]} == bills
    own = await caller.get(f"/j/{view['address'].rpartition('/')[2]}")
    assert "2 笔合计" in own.text
    assert "王晓明" not in own.text
    assert "341502190001010016" not in own.text
