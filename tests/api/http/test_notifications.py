"""At the door for notifications: each channel's own acknowledgement, and senders that give up."""

from typing import Any
from unittest.mock import sentinel

import httpx

from api.http.notifications import NotificationDoor
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

    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    door = NotificationDoor(sentinel.nothing_is_passed_on)
    scope = {"type": "http", "method": "POST", "path": "/v1/notifications/acp/341502", "app": App}
    await door(scope, receive, send)
    assert (sent[0]["status"], sent[1]["body"]) == (400, b"incomplete")


async def test_what_the_door_cannot_take_is_a_problem(caller: httpx.AsyncClient, house: House) -> None:
    for method, path, content, status in (
        ("GET", "acp/341502", b"", 405),
        ("POST", "acp/999999", b"a=1", 404),
        ("POST", "qra/341502", b"a=1", 404),
        ("POST", "acp", b"a=1", 404),
        ("POST", "acp/341502", b"a" * 65_537, 422),
    ):
        answer = await caller.request(method, f"/v1/notifications/{path}", content=content)
        assert answer.status_code == status, path
        assert status == 405 or answer.headers["content-type"] == "application/problem+json"
