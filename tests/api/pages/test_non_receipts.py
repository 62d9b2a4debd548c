"""On a refund's page: an institution is asked what it has, its letter is entered by one and approved by another."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx

from api.wiring import House
from foundation import clock
from settlement.refunds.non_receipt import told_lines
from tests.played import Played
from tests.settlement.refunds.test_non_receipt import a_refund_that_waits

_SAME = {"Origin": "http://heyi.test"}

Bearer = Callable[..., dict[str, str]]


async def test_a_letter_is_entered_by_one_and_approved_by_another(
    caller: httpx.AsyncClient, house: House, played: Played, bearer: Bearer
) -> None:
    _, refund_id, line_id, _ = await a_refund_that_waits(house, played, "non_tax")
    path = f"/finance/refunds/{refund_id}"
    at = f"{path}/lines/{line_id}/non-receipt"
    wang, li = (bearer("finance", name=name) | _SAME for name in ("王芳", "李强"))

    async def shown(who: dict[str, str], lang: str = "zh") -> str:
        return (await caller.get(f"{path}?lang={lang}", headers=who)).text

    async def said(what: str, who: dict[str, str], **typed: str) -> tuple[int, str]:
        answer = await caller.post(f"{at}{what}", data=typed, headers=who)
        return answer.status_code, answer.text

    assert (await said("", bearer("clerk") | _SAME))[0] == 403
    page = await shown(wang)
    assert f'action="{at}"' in page
    assert "已告知，待入账" in page
    assert (await said("", wang))[0] == 303
    letter = {"letter_no": "财函〔2026〕17号", "letter_on": f"{clock.today()}", "reason": "电话及书面核实，均未收到"}
    for field, wrong in (("letter_no", " "), ("letter_on", "昨天"), ("reason", "无")):
        status, text = await said("/letter", wang, **letter | {field: wrong})
        assert status == 422
        assert f'href="#f-{field}-{line_id}"' in text
        assert "停止告知，查询中" in text
    early = letter | {"letter_on": f"{clock.today() - timedelta(days=1)}"}
    status, text = await said("/letter", wang, **early)
    assert (status, "财函〔2026〕17号" in text) == (422, True)  # what was typed is still there
    assert (await said("/letter", wang, **letter))[0] == 303
    own, theirs = await shown(wang), await shown(li)
    assert (f"{at}/approve" in own, f"{at}/approve" in theirs) == (False, True)
    for each in ("函件待核准", "财函〔2026〕17号", "电话及书面核实，均未收到", "王芳"):
        assert each in theirs
    played.set_clocks(clock.now() + timedelta(minutes=2))
    status, text = await said("/approve", wang)
    assert (status, "须由另一人核准" in text) == (403, True)
    assert (await said("/approve", li))[0] == 303
    after = await shown(li)
    for each in ("已确认未收到", "李强：核准：征收单位未收到", "王芳：登记征收单位函件", f"{path}/approve"):
        assert each in after
    assert "got nothing" in await shown(li, "en")


async def test_the_same_over_http(caller: httpx.AsyncClient, house: House, played: Played, bearer: Bearer) -> None:
    view, refund_id, line_id, _ = await a_refund_that_waits(house, played, "tax")
    path = f"/v1/refunds/{refund_id}"
    at = f"{path}/lines/{line_id}/non-receipt"
    wang, li = (bearer("finance", name=name) for name in ("王芳", "李强"))
    stranger = bearer("finance", name="远方", region="440305")

    async def states(answer: httpx.Response) -> list[Any]:
        return [answer.status_code, *(one["state"] for one in answer.json())]

    assert (await caller.post(at, headers=stranger)).status_code in (403, 404)
    assert await states(await caller.get(f"{path}/non-receipts", headers=wang)) == [200, "told"]
    assert await states(await caller.post(at, headers=wang)) == [201, "asking"]
    letter = {"letter_no": "税函17", "letter_on": f"{clock.today()}", "reason": "未收到"}
    assert await states(await caller.post(f"{at}/letter", json=letter, headers=wang)) == [200, "proposed"]
    dropped = await caller.post(f"{at}/drop", json={"reason": "文号有误"}, headers=li)
    assert await states(dropped) == [200, "told"]
    assert await states(await caller.post(at, headers=wang)) == [201, "asking"]
    assert await states(await caller.post(f"{at}/letter", json=letter, headers=wang)) == [200, "proposed"]
    played.set_clocks(clock.now() + timedelta(minutes=2))
    assert (await caller.post(f"{at}/approve", headers=wang)).status_code == 403
    assert await states(await caller.post(f"{at}/approve", headers=li)) == [200, "approved"]
    (said,) = await told_lines(house.office, refund_id)
    assert said.decided_by == "李强"
    approved = await caller.post(f"{path}/approve", headers=li)
    assert {one["way"] for one in approved.json()["lines"]} == {"channel"}
    assert approved.json()["bill_id"] == str(view.id)
