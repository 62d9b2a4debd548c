"""Finance's pages of refunds: what waits comes first, another person decides, and what went back is recorded."""

from collections.abc import Callable
from uuid import UUID

import httpx
import pytest
from sqlalchemy import update

from api.wiring import House
from foundation.identifiers import new_id
from settlement.allocation.tables import allocation_line
from settlement.cases import CaseFilter, list_cases
from settlement.refunds.listing import list_refunds
from settlement.refunds.proposing import Wish
from settlement.refunds.reading import read_refund
from tests.played import Played, home_case
from tests.reconciliation.test_simulated import REGION
from tests.reconciliation.test_simulated_refunds import REFUND, town_with_a_refund
from tests.settlement.adjustments.conftest import decided
from tests.settlement.refunds.conftest import (
    ASKS,
    approved,
    arrived_bill,
    failed_refund,
    paid_bill,
    pieces,
    proposed,
    pursued,
)

_SAME = {"Origin": "http://heyi.test"}

Bearer = Callable[..., dict[str, str]]


@pytest.fixture
async def wanted(house: House, played: Played) -> UUID:
    """A refund of all that a home's buyer paid, which waits for a decision."""
    view = await paid_bill(house, played, home_case(), "transferee")
    return await proposed(house, view, [Wish(one) for one in await pieces(house, view.id)])


async def test_what_waits_is_listed_and_approved_by_another_person(
    caller: httpx.AsyncClient, bearer: Bearer, house: House, played: Played, wanted: UUID
) -> None:
    wang, path = bearer("finance", name="王芳") | _SAME, f"/finance/refunds/{wanted}"
    view = await read_refund(house.office, wanted)
    listed = (await caller.get("/finance/refunds?stands=proposed", headers=wang)).text
    for shown in (path, view.number, view.bill_number, "合同解除", ASKS.name, "待批准 1"):
        assert shown in listed
    assert path not in (await caller.get("/finance/refunds?stands=done", headers=wang)).text
    page = (await caller.get(path, headers=wang)).text
    assert "原路退回" in page
    assert f"/papers/{view.bill_id}" in page
    assert f"{path}/resume" not in page
    done = await caller.post(f"{path}/approve", headers=wang)
    assert (done.status_code, done.headers["location"]) == (303, path)
    assert await pursued(house, played, wanted) == "done"
    after = (await caller.get(path, headers=wang)).text
    assert "王芳：批准" in after
    assert "全部退回" in after
    assert f"{path}/approve" not in after
    twice = await caller.post(f"{path}/approve", headers=wang)
    assert twice.status_code == 409
    assert "状态已经变化" in twice.text
    assert "已退 1" in (await caller.get("/finance/refunds", headers=wang)).text


async def test_money_between_two_accounts_is_waited_for(
    caller: httpx.AsyncClient, bearer: Bearer, house: House, wanted: UUID
) -> None:
    async with house.office.database.begin() as db:  # the tax office took it after all
        await db.execute(update(allocation_line).where(allocation_line.c.leg == "tax").values(state="received"))
    wang, path = bearer("finance") | _SAME, f"/finance/refunds/{wanted}"
    page = (await caller.get(path, headers=wang)).text
    assert "入账后才能批准；也可现在驳回" in page
    assert f"{path}/approve" not in page
    assert f"{path}/reject" in page
    refused = await caller.post(f"{path}/approve", headers=wang)
    assert refused.status_code == 409
    assert "款项正在划入国库或非税账户，入账后再批准" in refused.text


async def test_who_proposed_is_told_why_they_do_not_decide(
    caller: httpx.AsyncClient, bearer: Bearer, wanted: UUID
) -> None:
    own, path = bearer("finance", name=ASKS.name) | _SAME, f"/finance/refunds/{wanted}"
    page = (await caller.get(path, headers=own)).text
    assert "须由另一位财务人员批准" in page
    assert f"{path}/approve" not in page
    assert f"{path}/reject" not in page
    for step, data in (("approve", {}), ("reject", {"reason": "不办了"})):
        refused = await caller.post(f"{path}/{step}", headers=own, data=data)
        assert refused.status_code == 403
        assert f"退款由 {ASKS.name} 提出，须由另一人决定" in refused.text


async def test_to_reject_needs_a_reason_which_stays(caller: httpx.AsyncClient, bearer: Bearer, wanted: UUID) -> None:
    wang, path = bearer("finance", name="王芳") | _SAME, f"/finance/refunds/{wanted}"
    silent = await caller.post(f"{path}/reject", data={"reason": " "}, headers=wang)
    assert silent.status_code == 422
    assert "请填写原因" in silent.text
    said = await caller.post(f"{path}/reject", data={"reason": "资料不全"}, headers=wang)
    assert said.status_code == 303
    after = (await caller.get(path, headers=wang)).text
    assert "未批准" in after
    assert "资料不全" in after


async def test_what_went_back_at_a_counter_is_recorded_line_by_line(
    caller: httpx.AsyncClient, bearer: Bearer, house: House, played: Played
) -> None:
    bill = await arrived_bill(house, played, home_case(), "transferee")
    refund_id = await approved(house, bill, [Wish(one) for one in await pieces(house, bill.id)])
    assert await pursued(house, played, refund_id) == "sent"
    view = await read_refund(house.office, refund_id)
    of_way = {line.way: f"/finance/refunds/{refund_id}/lines/{line.id}/given-back" for line in view.lines}
    fee = next(line.id for line in view.lines if line.way == "non_tax")
    wang, path = bearer("finance") | _SAME, f"/finance/refunds/{refund_id}"
    page = (await caller.get(path, headers=wang)).text
    assert all(one in page for one in of_way.values())
    assert "收入退还书" in page
    assert "2 笔待柜台办理" in (await caller.get("/finance/refunds", headers=wang)).text
    async with house.office.database.connect() as db:
        (case,) = await list_cases(db, bill.region, CaseFilter(kind="R-treasury"))
    assert path in (await caller.get(f"/finance/cases/{case.id}", headers=wang)).text
    assert path in (await caller.get(f"/finance/find?number={view.number}", headers=wang)).text
    lacking = await caller.post(of_way["non_tax"], data={"reference": "TF-1"}, headers=wang)
    assert lacking.status_code == 422
    assert f'href="#f-red_receipt-{fee}">请填写红字票据号' in lacking.text
    assert 'value="TF-1"' in lacking.text
    wrong = await caller.post(of_way["treasury"], data={"reference": "9" * 81}, headers=wang)
    assert wrong.status_code == 422
    assert "凭证号：“999" in wrong.text
    told = {"reference": "TF-1", "red_receipt": "34-1"}
    assert (await caller.post(of_way["non_tax"], data=told, headers=wang)).status_code == 303
    assert (await caller.post(of_way["treasury"], data={"reference": "TH-1"}, headers=wang)).status_code == 303
    after = (await caller.get(f"{path}?lang=en", headers=wang)).text
    assert "red-letter receipt 34-1" in after
    assert "all went back" in after
    strange = await caller.post(f"{path}/lines/{new_id()}/given-back", data=told, headers=wang)
    assert strange.status_code == 404


async def test_what_the_channel_failed_is_resumed_and_found_from_its_case(
    caller: httpx.AsyncClient, bearer: Bearer, house: House, played: Played
) -> None:
    refund_id, case = await failed_refund(house, played)
    wang, path = bearer("finance") | _SAME, f"/finance/refunds/{refund_id}"
    assert path in (await caller.get(f"/finance/cases/{case.id}", headers=wang)).text
    assert f"{path}/resume" in (await caller.get(path, headers=wang)).text
    assert (await caller.post(f"{path}/resume", headers=wang)).status_code == 303
    assert await pursued(house, played, refund_id) == "done"


async def test_what_came_back_stands_beside_the_line_that_gives_it_back_again(
    caller: httpx.AsyncClient, bearer: Bearer, house: House, played: Played
) -> None:
    town = await town_with_a_refund(house, played)
    town.break_row("channel", "bounced", 0, REFUND)
    (one,) = (await town.closed()).breaks
    assert await decided(house, one.case_id) == "closed"
    wang = bearer("finance") | _SAME
    (view,) = await list_refunds(house.office, REGION)
    again = next(line for line in view.lines if line.again_of)
    page = (await caller.get(f"/finance/refunds/{view.id}", headers=wang)).text
    for shown in ("被退回（退汇），另行重退", "重退", "请先向缴款人要新账户", "由收单机构线下退回"):
        assert shown in page
    path = f"/finance/refunds/{view.id}/lines/{again.id}/given-back"
    assert (await caller.post(path, data={"reference": "转账 20260305-7"}, headers=wang)).status_code == 303
    after = (await caller.get(f"/finance/refunds/{view.id}", headers=wang)).text
    assert "转账 20260305-7" in after
    assert path not in after


async def test_refunds_are_for_finance_of_their_own_region(
    caller: httpx.AsyncClient, bearer: Bearer, wanted: UUID
) -> None:
    path, stranger = f"/finance/refunds/{wanted}", bearer("finance", region="360102") | _SAME
    assert (await caller.get(path, headers=stranger)).status_code == 403
    assert (await caller.post(f"{path}/approve", headers=stranger)).status_code == 403
    assert path not in (await caller.get("/finance/refunds", headers=stranger)).text
    assert (await caller.get(path, headers=bearer("clerk"))).status_code == 403
    assert (await caller.get("/finance/refunds", headers=bearer("clerk"))).status_code == 403
    forged = bearer("finance") | {"Origin": "https://elsewhere.example"}
    assert (await caller.post(f"{path}/approve", headers=forged)).status_code == 403
    assert (await caller.get(f"/finance/refunds/{new_id()}", headers=bearer("finance"))).status_code == 404
    assert (await caller.get("/finance/refunds?stands=x", headers=bearer("finance"))).status_code == 422
