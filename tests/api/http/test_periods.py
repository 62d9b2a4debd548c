"""Periods over HTTP: closed by finance of the region, opened again by two."""

from collections.abc import Callable
from datetime import date, timedelta
from uuid import uuid4

import httpx

from api.wiring import House
from foundation import clock
from foundation.database import transaction
from ledger import close_days
from tests.api.pages.test_finance import a_paid_day
from tests.played import Played

Bearer = Callable[..., dict[str, str]]

REGION = "341502"
DAY = date(2026, 3, 17)


async def test_a_month_is_closed(caller: httpx.AsyncClient, bearer: Bearer) -> None:
    address = "/v1/ledger/periods/2026-03"
    assert (await caller.get(address, headers=bearer("finance"))).json()["closed"] == []
    for _ in range(2):
        closed = (await caller.post(f"{address}/closing", headers=bearer("finance"))).json()
        assert (closed["first"], closed["last"]) == ("2026-03-01", "2026-03-31")
        assert closed["closed"] == [f"2026-03-{day:02d}" for day in range(1, 32)]
    elsewhere = await caller.get(address, headers=bearer("finance", region="110105"))
    assert elsewhere.json()["closed"] == []
    assert (await caller.post(f"{address}/closing", headers=bearer("clerk"))).status_code == 403
    assert (await caller.get("/v1/ledger/periods/2026-13", headers=bearer("finance"))).status_code == 422


async def test_a_period_closes_when_it_is_over_and_its_days_are_signed(
    caller: httpx.AsyncClient, bearer: Bearer, house: House, played: Played
) -> None:
    day = await a_paid_day(house, played)
    headers = bearer("finance") | {"Origin": "http://heyi.test"}

    async def closing(period: str) -> tuple[int, str]:
        answer = await caller.post(f"/v1/ledger/periods/{period}/closing", headers=headers)
        return answer.status_code, answer.json().get("detail", "")

    assert await closing(str(clock.today())) == (409, f"{clock.today()} is not over; a clearing day ends at 23:00")
    await caller.post("/finance/close", data={"day": str(day)}, headers=headers)
    assert await closing(str(day)) == (409, f"{day} is not signed yet; sign it before {day} is closed")
    second = bearer("finance", name="second") | {"Origin": "http://heyi.test"}
    await caller.post("/finance/prepare", data={"day": str(day)}, headers=headers)
    assert (await caller.post("/finance/sign", data={"day": str(day)}, headers=second)).status_code == 303
    assert await closing(str(day)) == (200, "")
    assert await closing(str(day - timedelta(days=1))) == (200, "")


async def test_days_are_opened_again_by_two_people_of_their_region(
    caller: httpx.AsyncClient, bearer: Bearer, house: House
) -> None:
    why = {"reason": "a file came late"}
    wang = bearer("finance", name="wang")
    nothing_closed = await caller.post(f"/v1/ledger/periods/{DAY}/reopening", json=why, headers=wang)
    assert nothing_closed.status_code == 409
    async with transaction(house.office.database) as db:
        await close_days(db, REGION, DAY, DAY, "wang")
    no_reason = await caller.post(f"/v1/ledger/periods/{DAY}/reopening", json={"reason": ""}, headers=wang)
    assert no_reason.status_code == 422
    proposed = await caller.post("/v1/ledger/periods/2026-03/reopening", json=why, headers=wang)
    assert proposed.status_code == 201
    assert (proposed.json()["first"], proposed.json()["approved_by"]) == ("2026-03-01", None)

    async def approved(name: str, region: str = REGION, proposal: str = proposed.json()["id"]) -> int:
        headers = bearer("finance", name=name, region=region)
        return (await caller.post(f"/v1/ledger/reopenings/{proposal}/approve", headers=headers)).status_code

    assert await approved("wang") == 403
    assert await approved("li", region="110105") == 404
    assert await approved("li", proposal=str(uuid4())) == 404
    assert await approved("li") == 200
    assert await approved("li") == 409
    listed = (await caller.get("/v1/ledger/reopenings", headers=bearer("finance"))).json()
    assert [(one["reason"], one["proposed_by"], one["approved_by"]) for one in listed] == [
        ("a file came late", "wang", "li")
    ]
    month = (await caller.get("/v1/ledger/periods/2026-03", headers=bearer("finance"))).json()
    assert month["closed"] == []
