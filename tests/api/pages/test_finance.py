"""Finance's page: the reason on the row, the equations, and a signature only where nothing stands in its way."""

from collections.abc import Callable
from datetime import date, timedelta

import httpx
import pytest
from sqlalchemy import select

from api.wiring import House
from foundation import clock
from reconciliation.tables import DAY, reconciliation_day
from settlement.allocation.following import follow_bill
from settlement.cases import CaseFilter, list_cases
from settlement.payments.queries import query_bill
from settlement.refunds.proposing import Wish
from tests.played import Played, confirmed, home_case, paid
from tests.settlement.refunds.conftest import approved, arrived_bill, failed_refund, pieces, pursued

_SAME = {"Origin": "http://heyi.test"}

Bearer = Callable[..., dict[str, str]]


async def a_paid_day(house: House, played: Played) -> date:
    """A day on which one bill was paid, seen from the next morning."""
    morning = clock.local_now().replace(hour=10)
    played.set_clocks(morning)
    day = clock.today()
    view = await confirmed(house, home_case())
    await paid(house, played, view.id, "transferee")
    await query_bill(house.office, view.id)
    played.set_clocks(morning + timedelta(hours=2))
    await follow_bill(house.office, view.id)
    played.set_clocks(morning + timedelta(days=1))
    return day


async def test_a_break_says_why_on_its_row(
    caller: httpx.AsyncClient, bearer: Bearer, house: House, played: Played
) -> None:
    day = await a_paid_day(house, played)
    row = {"kind": "row", "how": "altered", "source": "channel", "region": "341502", "day": str(day), "by_fen": 9}
    played.control("faults", row)
    closed = await caller.post("/finance/close", data={"day": str(day)}, headers=bearer("finance") | _SAME)
    assert closed.headers["location"] == f"/finance?day={day}"
    board = (await caller.get(closed.headers["location"], headers=bearer("finance"))).text
    assert "笔差错待处理" in board
    assert "¥15,080.00" in board
    assert "¥15,080.09" in board
    assert "+¥0.09" in board
    english = (await caller.get(f"/finance?day={day}&lang=en", headers=bearer("finance"))).text
    assert "differs" in english


async def test_a_day_that_is_being_matched_again_is_not_called_level(
    caller: httpx.AsyncClient, bearer: Bearer, house: House, played: Played
) -> None:
    day = await a_paid_day(house, played)
    headers = bearer("finance") | _SAME
    await caller.post("/finance/close", data={"day": str(day)}, headers=headers)
    assert "全部对平" in (await caller.get(f"/finance?day={day}", headers=headers)).text
    async with house.office.database.begin() as db:
        row = (await db.execute(select(reconciliation_day).where(reconciliation_day.c.day == day))).one()
        await DAY.advance(db, row.id, row.state, "start")
    board = (await caller.get(f"/finance?day={day}", headers=headers)).text
    assert "全部对平" not in board
    assert "对完后才能提交签字" in board
    assert 'action="/finance/prepare"' not in board


async def test_a_day_without_statements_waits_and_cannot_be_signed(
    caller: httpx.AsyncClient, bearer: Bearer, house: House
) -> None:
    await confirmed(house, home_case())
    day = clock.today()
    headers = bearer("finance") | _SAME
    await caller.post("/finance/close", data={"day": str(day)}, headers=headers)
    board = (await caller.get("/finance", headers=headers)).text
    assert "还有对账单未到" in board
    assert 'action="/finance/sign"' not in board
    refused = await caller.post("/finance/sign", data={"day": str(day)}, headers=headers)
    assert refused.status_code == 409
    assert "现在还不能签字" in refused.text


async def test_a_signed_day_is_opened_again_only_with_a_reason(
    caller: httpx.AsyncClient, bearer: Bearer, house: House, played: Played
) -> None:
    day = await a_paid_day(house, played)
    headers = bearer("finance", name="刘洋") | _SAME
    for step in ("close", "prepare"):
        answer = await caller.post(f"/finance/{step}", data={"day": str(day)}, headers=headers)
        assert answer.status_code == 303, answer.text
    alone = await caller.post("/finance/sign", data={"day": str(day)}, headers=headers)
    assert alone.status_code == 403
    assert "须由另一人复核签字" in alone.text
    headers = bearer("finance", name="孙悦") | _SAME
    assert 'action="/finance/sign"' in (await caller.get(f"/finance?day={day}", headers=headers)).text
    assert (await caller.post("/finance/sign", data={"day": str(day)}, headers=headers)).status_code == 303
    assert "第 1 版，刘洋 制单，孙悦" in (await caller.get(f"/finance?day={day}", headers=headers)).text
    silent = await caller.post("/finance/reopen", data={"day": str(day), "reason": " "}, headers=headers)
    assert silent.status_code == 422
    assert "请填写原因" in silent.text
    said = await caller.post("/finance/reopen", data={"day": str(day), "reason": "补收回执"}, headers=headers)
    assert said.status_code == 303
    assert 'action="/finance/close"' in (await caller.get(f"/finance?day={day}", headers=headers)).text


@pytest.mark.parametrize("day", ["2026-13-01", "yesterday"])
async def test_a_day_that_is_none_is_said_on_a_page(caller: httpx.AsyncClient, bearer: Bearer, day: str) -> None:
    answer = await caller.get(f"/finance?day={day}", headers=bearer("finance"))
    assert answer.status_code == 422
    assert "清算日" in answer.text


async def test_the_trial_balance_is_level(
    caller: httpx.AsyncClient, bearer: Bearer, house: House, played: Played
) -> None:
    await a_paid_day(house, played)
    board = (await caller.get("/finance", headers=bearer("finance"))).text
    assert "借贷相等 ✓" in board
    assert "渠道在途" in board


async def test_a_statement_is_uploaded_looked_at_and_run_again(
    caller: httpx.AsyncClient, bearer: Bearer, house: House, played: Played
) -> None:
    day = await a_paid_day(house, played)
    where, headers = f"/finance/days/{day}/statements/channel", bearer("finance") | _SAME
    assert "还没有取过" in (await caller.get(where, headers=headers)).text
    whole = await house.sources["341502"][0].fetch(day)
    assert whole is not None
    played.control(
        "faults", {"kind": "statement", "how": "missing", "source": "channel", "region": "341502", "day": str(day)}
    )
    await caller.post(where, files={"file": ("cut.zip", whole.raw[:40])}, headers=headers)
    shown = (await caller.get(where, headers=headers)).text
    assert "拒收" in shown
    assert "cut.zip" in shown
    brought = await caller.post(where, files={"file": ("whole.zip", whole.raw)}, headers=headers)
    assert (brought.status_code, brought.headers["location"]) == (303, where)
    shown = (await caller.get(where, headers=headers)).text
    assert "第 2 版" in shown
    assert "已校验" in shown
    again = await caller.post("/finance/close", data={"day": str(day), "source": "channel"}, headers=headers)
    assert again.status_code == 303
    empty = await caller.post(where, files={"file": ("empty.zip", b"")}, headers=headers)
    assert empty.status_code == 422


async def test_what_went_back_at_a_counter_is_recorded_on_its_case(
    caller: httpx.AsyncClient, bearer: Bearer, house: House, played: Played
) -> None:
    view = await arrived_bill(house, played, home_case(), "transferee")
    refund_id = await approved(house, view, [Wish(one) for one in await pieces(house, view.id, "non_tax")])
    async with house.office.database.connect() as db:
        (case,) = await list_cases(db, view.region, CaseFilter(kind="R-non-tax"))
    path, wang = f"/finance/cases/{case.id}", bearer("finance") | _SAME
    page = (await caller.get(path, headers=wang)).text
    assert "非税退付待办理" in page
    assert "提出处理" not in page
    stranger = bearer("finance", region="360102") | _SAME
    assert (await caller.post(f"{path}/given-back", data={"reference": "TF-1"}, headers=stranger)).status_code == 403
    lacking = await caller.post(f"{path}/given-back", data={"reference": "TF-1"}, headers=wang)
    assert lacking.status_code == 422
    assert "red_receipt" in lacking.text
    wrong = await caller.post(f"{path}/resume", headers=wang)
    assert wrong.status_code == 422
    told = {"reference": "TF-1", "red_receipt": "R-1"}
    assert (await caller.post(f"{path}/given-back", data=told, headers=wang)).status_code == 303
    ended = (await caller.get(path, headers=wang)).text
    assert "差异已自行消除" in ended
    assert "已按凭证 TF-1 退回" in ended
    assert "Given back" not in ended
    assert await pursued(house, played, refund_id) == "done"  # though the job that sends it came later


async def test_a_refund_that_failed_goes_on_from_its_case(
    caller: httpx.AsyncClient, bearer: Bearer, house: House, played: Played
) -> None:
    refund_id, case = await failed_refund(house, played)
    path, wang = f"/finance/cases/{case.id}", bearer("finance") | _SAME
    assert "继续退款" in (await caller.get(path, headers=wang)).text
    assert (await caller.post(f"{path}/resume", headers=wang)).status_code == 303
    assert await pursued(house, played, refund_id) == "done"
