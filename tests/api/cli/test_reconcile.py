"""`heyi reconcile` against played institutions: steps, differences, last line, exit status; and any number found."""

import asyncio
import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.cli.reconcile import run_reconcile
from api.wiring import House
from foundation import clock
from foundation.database import engine
from foundation.errors import BadInput, NotFound
from foundation.settings import Settings
from reconciliation.finding import find
from settlement.allocation.following import follow_bill
from settlement.bills.reading import read_bill
from settlement.payments.queries import query_bill
from settlement.ports.statements import Source
from tests.played import PLAIN, Played, confirmed, home_case, paid

REGION = "341502"


@pytest.fixture
async def day(house: House, played: Played, monkeypatch: pytest.MonkeyPatch) -> date:
    """A day on which one bill was paid, seen from the next morning."""
    for name, value in played.environment.items():
        monkeypatch.setenv(name, value)
    morning = clock.local_now().subtract(days=2).replace(hour=10)
    played.set_clocks(morning)
    view = await confirmed(house, home_case())
    await paid(house, played, view.id, "transferee")
    await query_bill(house.office, view.id)
    played.set_clocks(morning + timedelta(hours=2))
    await follow_bill(house.office, view.id)
    day = clock.today()
    played.set_clocks(morning + timedelta(days=1))
    return day


def heyi(url: str, home: Path, day: date, capsys: pytest.CaptureFixture[str], source: Source | None = None) -> Any:
    status = run_reconcile(Settings(database_url=url, home=home), day, [REGION], source)
    said = capsys.readouterr().out
    return status, json.loads(said.strip().splitlines()[-1]), said


async def test_a_day_is_reconciled_and_a_source_run_again(
    day: date, played: Played, own_database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    missing = {
        "kind": "statement",
        "how": "missing",
        "source": "treasury",
        "region": REGION,
        "day": str(day),
        "times": 1,
    }
    played.control("faults", missing)
    status, last, said = await asyncio.to_thread(heyi, own_database_url, tmp_path, day, capsys)
    assert (status, last["regions"], last["missing_statements"]) == (1, {REGION: "open"}, 1)
    assert "国库  等待对账单" in said
    again = (own_database_url, tmp_path, day, capsys, Source.treasury)
    status, last, said = await asyncio.to_thread(heyi, *again)
    assert (status, last["regions"], last["breaks"], last["equations_hold"]) == (0, {REGION: "matched"}, 0, True)
    assert "国库  完成" in said
    assert "银联  取对账单" not in said
    repeated = await asyncio.to_thread(heyi, *again)
    assert (repeated[0], repeated[1]) == (status, last)


async def test_a_difference_is_told_and_is_no_success(
    day: date, played: Played, own_database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    row = {"kind": "row", "how": "altered", "source": "channel", "region": REGION, "day": str(day), "by_fen": 9}
    played.control("faults", row)
    status, last, said = await asyncio.to_thread(heyi, own_database_url, tmp_path, day, capsys)
    assert (status, last["breaks"], last["breaks_waiting"]) == (1, 1, 1)
    assert "P-10 金额不符（多）  金额不同" in said
    assert "差 +0.09" in said


async def test_what_is_not_compared_is_named(day: date, house: House, own_database_url: str, tmp_path: Path) -> None:
    settings = Settings(database_url=own_database_url, home=tmp_path)
    with pytest.raises(BadInput, match="region"):
        await asyncio.to_thread(run_reconcile, settings, day, ["999999"], None)
    others = [one for one in Source if one not in {source.source for source in house.sources[REGION]}]
    for source in others:
        with pytest.raises(NotFound, match="compares"):
            await asyncio.to_thread(run_reconcile, settings, day, [REGION], source)


async def test_anything_is_found_by_any_of_its_numbers(
    day: date, house: House, played: Played, own_database_url: str
) -> None:
    async with httpx.AsyncClient(verify=PLAIN) as outside:
        truth = (await outside.get(f"{played.address}/control/truth")).json()
    order = truth["orders"][0]
    made = engine(own_database_url)
    async with made.connect() as db:
        bill_id = (await find(db, REGION, order["order_id"]))[0].bill_id
        assert bill_id is not None
        view = await read_bill(house.office, bill_id)
        piece = next(one for one in view.pieces if one.leg == "tax")
        fee = next(one for one in view.pieces if one.leg == "non_tax")
        for number, what in (
            (view.number, "bill"), (view.case_number, "bill"), (view.unit_code, "bill"), (view.unit_code[-8:], "bill"),
            (order["order_id"], "order"), (piece.voucher_no, "voucher"), (fee.voucher_no, "pay_code"),
            (view.shares[0].query_id, "order"),
        ):  # fmt: skip
            assert number is not None
            assert what in {one.what for one in await find(db, REGION, number)}, number
            assert await find(db, "360102", number) == []
        with pytest.raises(BadInput, match="number"):
            await find(db, REGION, "1 2 3")
    await made.dispose()
