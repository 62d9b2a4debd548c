"""Files of statements as finance handles them: brought, refused, brought again, looked at."""

from collections.abc import Callable
from datetime import date, time
from hashlib import sha256

import httpx

from api.closing import match_running_days
from api.wiring import House
from foundation import clock
from settlement.calendars import SourceHours
from settlement.payments.queries import query_bill
from settlement.ports.statements import Source
from tests.days import REGION, morning_after
from tests.played import Played, confirmed, home_case, paid

Headers = Callable[..., dict[str, str]]


async def test_a_failed_file_is_run_again_by_finance_alone(
    caller: httpx.AsyncClient, bearer: Headers, house: House, played: Played, day: date
) -> None:
    view = await confirmed(house, home_case())
    await paid(house, played, view.id, "transferee")
    await query_bill(house.office, view.id)
    morning_after(played, day)
    channel = house.sources[REGION][0]
    whole = await channel.fetch(day)
    assert whole is not None
    fault = {"kind": "statement", "how": "truncated", "source": "channel", "region": REGION, "day": str(day)}
    played.control("faults", fault)
    where = f"/v1/days/{day}/statements/channel"

    refused = (await caller.post(f"/v1/days/{day}/close", headers=bearer("finance"))).json()
    assert refused["state"] == "open"
    (first,) = (await caller.get(where, headers=bearer("finance"))).json()
    assert (first["state"], first["version"], "cut off" in first["refusal"] or "ZIP" in first["refusal"]) == (
        "refused",
        1,
        True,
    )

    brought = await caller.post(where, files={"file": ("../file 1.zip", whole.raw)}, headers=bearer("finance"))
    assert brought.status_code == 200, brought.text
    shown = {one["source"]: one for one in brought.json()["sources"]}["channel"]
    assert (shown["file"]["state"], shown["matched"]["fen"]) == ("checked", view.amount_fen)

    again = (await caller.post(f"/v1/days/{day}/close", headers=bearer("finance"))).json()
    assert {one["source"]: one["file"]["state"] for one in again["sources"]}["channel"] == "checked"
    old, new = (await caller.get(where, headers=bearer("finance"))).json()
    assert (old["state"], new["state"], new["file_name"]) == ("reissued", "checked", ".._file_1.zip")
    evidence = await caller.get(f"{where}/2/file", headers=bearer("finance"))
    assert evidence.content == whole.raw
    assert (await caller.get(f"{where}/1/file", headers=bearer("finance"))).content != whole.raw


async def test_only_finance_brings_files_and_only_of_what_is_compared(
    caller: httpx.AsyncClient, bearer: Headers, day: date
) -> None:
    where, file = f"/v1/days/{day}/statements/channel", {"file": ("f.zip", b"x")}
    assert (await caller.post(where, files=file, headers=bearer("clerk"))).status_code == 403
    empty = await caller.post(where, files={"file": ("f.zip", b"")}, headers=bearer("finance"))
    assert empty.status_code == 422, empty.text
    unknown = await caller.post(f"/v1/days/{day}/statements/nobody", files=file, headers=bearer("finance"))
    assert unknown.status_code == 422
    assert (await caller.get(where, headers=bearer("finance"))).status_code == 404


async def test_the_batches_of_a_running_day_are_kept_as_they_came(
    caller: httpx.AsyncClient, bearer: Headers, house: House, played: Played, day: date
) -> None:
    region = house.districts.regions[REGION]
    hours = {Source.treasury: SourceHours(batches=(time(12),))}
    house.districts.regions[REGION] = region.model_copy(update={"hours": hours})
    played.set_clocks(clock.local_now().replace(minute=1))
    assert await match_running_days(house, REGION) == [day]
    where = f"/v1/days/{day}/statements/treasury"
    (batch,) = (await caller.get(f"{where}/batches", headers=bearer("finance"))).json()
    assert (batch["number"], batch["turns"], batch["said_count"], batch["refusal"]) == ("0001", False, 0, None)
    kept = await caller.get(f"{where}/batches/0001/1/file", headers=bearer("finance"))
    assert sha256(kept.content).hexdigest() == batch["sha256"]
    assert (await caller.get(f"{where}/batches/0002/1/file", headers=bearer("finance"))).status_code == 404
    assert (await caller.get(f"{where}/batches", headers=bearer("clerk"))).status_code == 403
