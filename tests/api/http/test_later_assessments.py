"""Later assessments over HTTP: by a tax officer of the region, once for a key."""

from collections.abc import Callable

import httpx

from api.wiring import House
from tests.played import Played
from tests.settlement.bills.test_later_assessment import HIGH_FEN, LOW_FEN, confirmed_and_paid, valued

Headers = Callable[..., dict[str, str]]


async def test_a_tax_officer_assesses_once_and_everyone_sees_it(
    caller: httpx.AsyncClient, bearer: Headers, house: House, played: Played
) -> None:
    view = await confirmed_and_paid(house, played, valued())
    address, found = f"/v1/bills/{view.id}/later-assessments", {"assessed_fen": HIGH_FEN, "reason": "核定通知书12号"}
    headers = bearer("tax_officer")
    first = await caller.post(address, json=found, headers=headers)
    again = await caller.post(address, json=found, headers=headers)
    assert (first.status_code, again.json()) == (201, first.json()), first.text
    listed = await caller.get(address, headers=bearer("clerk"))
    (shown,) = listed.json()
    assert {**shown, "assessed_at": None} == {**first.json(), "assessed_at": None}
    supplement = await caller.get(f"/v1/bills/{first.json()['supplementary_bill_id']}", headers=bearer("clerk"))
    assert supplement.json()["amount_fen"] == first.json()["supplement_fen"] > 0


async def test_a_refund_is_a_case_that_finance_sees(
    caller: httpx.AsyncClient, bearer: Headers, house: House, played: Played
) -> None:
    view = await confirmed_and_paid(house, played, valued())
    found = {"assessed_fen": LOW_FEN, "reason": "核定通知书13号"}
    answer = await caller.post(f"/v1/bills/{view.id}/later-assessments", json=found, headers=bearer("tax_officer"))
    cases = (await caller.get("/v1/cases", headers=bearer("finance"))).json()
    (case,) = [one for one in cases if one["kind"] == "T-11"]
    assert (case["id"], case["amount_fen"]) == (answer.json()["refund_case_id"], answer.json()["refund_fen"])


async def test_others_and_bad_input_are_refused(
    caller: httpx.AsyncClient, bearer: Headers, house: House, played: Played
) -> None:
    view = await confirmed_and_paid(house, played, valued())
    address, found = f"/v1/bills/{view.id}/later-assessments", {"assessed_fen": HIGH_FEN, "reason": "核定通知书12号"}
    assert (await caller.post(address, json=found, headers=bearer("clerk"))).status_code == 403
    strange = await caller.post(address, json=found, headers=bearer("tax_officer", region="360102"))
    assert strange.status_code == 403
    for wrong, field in (({"assessed_fen": 0}, "assessed_fen"), ({"reason": " "}, "reason"), ({"x": 1}, "x")):
        answer = await caller.post(address, json={**found, **wrong}, headers=bearer("tax_officer"))
        assert (answer.status_code, field in answer.json()["field"]) == (422, True), answer.text
