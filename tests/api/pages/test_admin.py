"""Administrators' pages of windows and channels."""

import re
from collections.abc import Callable

import httpx
import pytest

from api.wiring import House
from foundation.errors import HeyiError
from settlement.payments.contact import read_contact
from settlement.payments.inbox import receive_notification
from settlement.payments.queries import query_bill
from tests.played import Played, confirmed, home_case, started

Bearer = Callable[..., dict[str, str]]

_SAME = {"Origin": "http://heyi.test"}


async def test_a_window_is_proposed_by_one_and_approved_by_another(caller: httpx.AsyncClient, bearer: Bearer) -> None:
    ada, ben = (bearer("administrator", name=name) | _SAME for name in ("周宁", "吴桐"))
    form = {"code": "B-01", "kind": "bank", "name": "徽商银行", "kinds": ["mortgage"], "reason": "新设"}
    short = await caller.post("/admin/windows", data=form, headers=ada)
    assert short.status_code == 422  # a bank without its credit code
    assert 'value="徽商银行"' in short.text  # nothing typed is lost
    assert (
        await caller.post("/admin/windows", data=form | {"identity": "91110000MA0000000H"}, headers=ada)
    ).status_code == 303
    waiting = (await caller.get("/admin/windows", headers=ben)).text
    approve = re.search(r"/admin/windows/[0-9a-f-]+/approve", waiting)
    assert approve
    assert (await caller.post(approve[0], headers=ada)).status_code == 403
    assert (await caller.post(approve[0], headers=ben)).status_code == 303
    open_now = (await caller.get("/admin/windows", headers=ada)).text
    assert "尚无人员" in open_now
    assert "待批准" not in open_now
    assert (await caller.get("/admin/windows", headers=bearer("finance"))).status_code == 403
    log = (await caller.get("/admin/audit?kind=window_version", headers=ben)).text
    assert "待批准 → 已批准" in log


async def test_a_channel_shows_when_it_answered_and_what_came(
    caller: httpx.AsyncClient, house: House, played: Played, bearer: Bearer
) -> None:
    headers = bearer("administrator")
    fresh = (await caller.get("/admin/channels", headers=headers)).text
    assert "尚无往来" in fresh
    assert "我方签名" in fresh
    view = await confirmed(house, home_case())
    order_id = await started(house, view, "transferee")
    await query_bill(house.office, view.id)
    await receive_notification(house.office, "341502", b"forged", "203.0.113.9")
    assert "应答正常" in (await caller.get("/admin/channels", headers=headers)).text

    async with house.office.database.connect() as db:
        heard = await read_contact(db, "341502", "acp")
    assert (heard.fails, heard.outcomes) == (False, {"bad_signature": 1})
    played.control("faults", {"kind": "query", "how": "unavailable", "order_id": order_id})
    with pytest.raises(HeyiError):
        await query_bill(house.office, view.id)
    assert "最近一次查询未应答" in (await caller.get("/admin/channels", headers=headers)).text
