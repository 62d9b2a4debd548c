"""TIPS turns its day: told once, signed, and it decides on which work date payments go out, or whether they do."""

import base64
import hashlib
import hmac
import secrets
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import select

from adapters.simulator.taxes import Taxes
from adapters.simulator.tips import Tips
from adapters.tax_office.tips.line import MESSAGES
from adapters.wire.cfx import opened
from adapters.wire.xml import gbk_tree
from api.wiring import House
from foundation import clock
from foundation.errors import Unavailable
from settlement.allocation.following import follow_bill
from settlement.exchanges.tables import exchange, pushed
from tests.played import Played, home_case
from tests.settlement.allocation.legs import followed, paid_over_networks, states

PATH = "/v1/pushes/tips/360102"


def _signed(played: Played, body: bytes, secret: bytes | None = None) -> dict[str, str]:
    sent_at, nonce = clock.local_now().strftime("%Y%m%d%H%M%S"), secrets.token_hex(16)
    text = f"POST\n{PATH}\n{sent_at}\n{nonce}\n{hashlib.sha256(body).hexdigest()}"
    key = secret or played.simulator.keys.gateway_secrets["360102"]
    signature = base64.b64encode(hmac.digest(key, text.encode(), "sha256")).decode()
    return {"X-Timestamp": sent_at, "X-Nonce": nonce, "X-Signature": signature}


def _change(played: Played, days: int, sys_stat: str) -> bytes:
    tips = Tips(Taxes(played.simulator.world, played.simulator.faults))
    return tips.state_change("102421000016", clock.today() + timedelta(days=days), sys_stat)


async def _outcomes(house: House) -> list[str]:
    async with house.office.database.connect() as db:
        return list(await db.scalars(select(pushed.c.outcome).order_by(pushed.c.id)))


async def test_the_work_date_turns_and_payments_go_out_on_it(
    house: House, played: Played, caller: httpx.AsyncClient
) -> None:
    body = _change(played, 1, "1")
    for _ in range(2):
        answer = await caller.post(PATH, content=body, headers=_signed(played, body))
        assert answer.status_code == 200, answer.text
        head, groups = opened(gbk_tree(answer.content))
        assert (head.msg_no, MESSAGES.read(groups, "9120")["MsgReturn9120"]["Result"]) == ("9120", "90000")
    assert await _outcomes(house) == ["applied", "duplicate"]
    view = await paid_over_networks(house, played, home_case())
    await followed(house, played, view.id)
    assert (await states(house, view.id))["tax"] == {"arrived"}
    async with house.office.database.connect() as db:
        days = set(await db.scalars(select(exchange.c.day).where(exchange.c.network == "tips")))
    assert days == {clock.today() + timedelta(days=1)}
    yesterday = _change(played, 0, "0")
    late = await caller.post(PATH, content=yesterday, headers=_signed(played, yesterday))
    assert (late.status_code, (await _outcomes(house))[-1]) == (409, "conflicting")


async def test_nothing_is_sent_while_tips_is_closed(house: House, played: Played, caller: httpx.AsyncClient) -> None:
    view = await paid_over_networks(house, played, home_case())
    for sys_stat in ("2", "0"):
        body = _change(played, 0, sys_stat)
        assert (await caller.post(PATH, content=body, headers=_signed(played, body))).status_code == 200
        if sys_stat == "2":
            with pytest.raises(Unavailable, match="maintenance"):
                await follow_bill(house.office, view.id)
            assert (await states(house, view.id))["tax"] == {"in_transit"}
    await followed(house, played, view.id)
    assert (await states(house, view.id))["tax"] == {"arrived"}


@pytest.mark.parametrize("body", [b"", b"<CFX/>", b"rubbish"])
async def test_what_tips_did_not_say_is_kept_and_refused(
    house: House, played: Played, caller: httpx.AsyncClient, body: bytes
) -> None:
    assert (await caller.post(PATH, content=body, headers=_signed(played, body))).status_code == 400
    true = _change(played, 1, "1")
    assert (await caller.post(PATH, content=true, headers=_signed(played, true, b"another"))).status_code == 400
    assert (await caller.post(PATH, content=true)).status_code == 400
    stale = _signed(played, true)
    clock.travel(clock.now() + timedelta(minutes=6))
    assert (await caller.post(PATH, content=true, headers=stale)).status_code == 400
    assert await _outcomes(house) == ["bad_signature"] * 4


async def test_a_region_without_tips_has_no_such_door(caller: httpx.AsyncClient) -> None:
    assert (await caller.post("/v1/pushes/tips/341502", content=b"")).status_code == 404
