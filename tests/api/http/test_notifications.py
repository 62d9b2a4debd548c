"""At the door for notifications: each channel's own acknowledgement, and senders that give up."""

from typing import Any
from unittest.mock import sentinel

import httpx
from starlette.requests import Request

from api.http.notifications import notification
from api.wiring import House
from settlement.bills.reading import read_bill
from tests.settlement.payments.conftest import Till, till

__all__ = ["till"]  # the fixture of each channel


async def test_each_channel_is_answered_as_it_wants(caller: httpx.AsyncClient, till: Till) -> None:
    view = await till.bill()
    raw = till.told(await till.paid(view))
    taken = await caller.post(f"/v1/notifications/{till.channel}/{till.region}", content=raw)
    wanted = {"acp": "ok", "ums": "SUCCESS", "qra": "success"}[till.channel]
    assert (taken.status_code, taken.text) == (200, wanted)
    assert (await read_bill(till.house.office, view.id)).state in ("paid", "part_paid")
    forged = await caller.post(f"/v1/notifications/{till.channel}/{till.region}", content=raw.replace(b"1", b"2"))
    assert (forged.status_code, forged.text) == (400, "bad_signature")


async def test_a_sender_that_gives_up_in_the_middle_leaves_nothing(house: House) -> None:
    pieces: list[dict[str, Any]] = [
        {"type": "http.request", "body": b"orderId=1", "more_body": True},
        {"type": "http.disconnect"},
    ]

    async def receive() -> dict[str, Any]:
        return pieces.pop(0)

    class State:
        office = house.office
        inbox = sentinel.nothing_is_handed_on

    class App:
        state = State

    scope = {"type": "http", "method": "POST", "path_params": {"channel": "acp", "region": "341502"}, "app": App}
    answer = await notification(Request(scope, receive))
    assert answer.status_code == 400
