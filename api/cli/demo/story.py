"""The demonstration: two cases on their whole way, from the window to the signed day.

Everything goes over HTTP as it would in a city: staff call the interface, citizens open pages, the simulator plays the
institutions. The clocks of both start on the morning before and are set to the next morning before the day is closed,
since a channel's settlement file comes when its day is over.
"""

import asyncio
import json
import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import httpx
import typer

from api import qr
from api.cli.demo import telling
from api.cli.demo.cases import REGION, DemoCase, demo_cases
from api.cli.demo.citizen import pay
from api.cli.demo.staff import Staff
from api.cli.surroundings import Surroundings, surroundings
from api.people import Person, add_person
from api.server import serving
from api.wiring import build
from foundation import clock
from foundation.money import yuan
from foundation.settings import Settings

_PATIENCE = timedelta(seconds=30)
_PEOPLE = {
    "window": "clerk",
    "finance": "finance",
    "approver": "finance",
    "tax": "tax_officer",
    "integrator": "integrator",
}
"""Who signs in, with their roles. Two of finance, since nobody signs a day alone."""


@dataclass(frozen=True, slots=True)
class Result:
    """What the demonstration came to, in fen."""

    bills: int
    paid_fen: int
    allocated_fen: int
    breaks: int
    cleared: int
    in_transit_fen: int
    signed: bool

    @property
    def every_fen_accounted_for(self) -> bool:
        """Whether nothing is missing anywhere."""
        arrived = self.paid_fen == self.allocated_fen > 0 and self.in_transit_fen == 0
        return arrived and self.breaks == 0 and self.cleared == self.bills and self.signed


def run_demo(settings: Settings, port: int, *, leave: bool) -> int:
    """Runs the demonstration; the exit status is 0 only if every fen is accounted for."""
    address = f"http://127.0.0.1:{port}"
    here = settings.model_copy(update={"public_url": address})
    with surroundings(settings, fresh="heyi_demo") as around:
        try:
            result = asyncio.run(_run(here, around, port, leave=leave))
        except KeyboardInterrupt:
            return 0
    typer.echo(json.dumps(_last_line(result)))
    return 0 if result.every_fen_accounted_for else 1


async def _run(settings: Settings, around: Surroundings, port: int, *, leave: bool) -> Result:
    house = build(settings, around.database_url, around.home / "keys", around.environment)
    passwords = {name: secrets.token_urlsafe(12) for name in _PEOPLE}
    day = clock.today() - timedelta(days=1)
    await _set_clocks(around, day, hour=10)
    for name, password in passwords.items():
        await add_person(house.office.database, Person(name, _PEOPLE[name], REGION), password)
    try:
        async with serving(house, around.database_url, "127.0.0.1", port):
            result = await _story(settings.public_url, around, passwords, day)
            _say_goodbye(settings.public_url, passwords, result)
            if not leave:
                await asyncio.Event().wait()
    finally:
        await house.close()
    return result


async def _story(address: str, around: Surroundings, passwords: dict[str, str], day: date) -> Result:
    async with Staff(address) as window, Staff(address) as finance, Staff(address) as approver:
        await window.sign_in("window", passwords["window"])
        bills = [await _one_case(window, case) for case in demo_cases(day)]
        await _set_clocks(around, day + timedelta(days=1), hour=10)
        await finance.sign_in("finance", passwords["finance"])
        await approver.sign_in("approver", passwords["approver"])
        report, signature = await _close(finance, approver, day)
    paid = sum(share["amount_fen"] for bill in bills for share in bill["shares"] if share["state"] == "paid")
    arrived = [piece for bill in bills for piece in bill["pieces"] if piece["state"] == "arrived"]
    return Result(
        bills=len(bills),
        paid_fen=paid,
        allocated_fen=sum(piece["amount_fen"] for piece in arrived),
        breaks=sum(len(source["breaks"]) for source in report["sources"]),
        cleared=sum(bill["state"] == "cleared" for bill in bills),
        in_transit_fen=paid - sum(piece["amount_fen"] for piece in arrived),
        signed=signature is not None,
    )


async def _one_case(window: Staff, case: DemoCase) -> Any:
    telling.heading(case.title)
    bill = await window.take_in(case.body)
    telling.step("受理", f"{bill['case_number']}  不动产单元 {bill['unit_code']}  缴款单 {bill['number']}")
    telling.lines(bill)
    bill = await window.confirm(bill["id"])
    telling.step("确认", "税务机关与非税平台已核对，金额一致，生成一个缴款二维码：")
    typer.echo(qr.terminal(bill["code"]["address"]))
    telling.step("", bill["code"]["address"])
    telling.shares(bill)
    for side in case.payers:
        await pay(bill["code"]["address"], case.tail(side))
        bill = await _until(window, bill["id"], lambda one, side=side: _paid(one, side))
        share = next(one for one in bill["shares"] if one["payer"] == side)
        telling.step("已支付", f"{yuan(share['amount_fen'])}  银联流水 {share['query_id']}")
    bill = await _until(window, bill["id"], lambda one: one["state"] == "cleared")
    telling.arrivals(bill)
    telling.step(
        "缴清",
        f"登记系统已收到税费缴清通知  {clock.local(datetime.fromisoformat(bill['cleared_at'])):%Y-%m-%d %H:%M:%S}",
    )
    return bill


async def _close(finance: Staff, approver: Staff, day: date) -> tuple[Any, Any]:
    telling.heading(f"日终对账 {day}")
    report = await finance.close_day(day)
    for source in report["sources"]:
        telling.source(source)
    for equation in report["equations"]:
        telling.equation(equation)
    prepared = await finance.prepare_day(day)
    telling.step("制单", f"第 {prepared['version']} 版  {prepared['prepared_by']}  摘要 {prepared['sha256'][:16]}…")
    signature = await approver.sign_day(day)
    telling.step("复核", f"第 {signature['version']} 版  {signature['signed_by']}  摘要 {signature['sha256'][:16]}…")
    return report, signature


async def _until(window: Staff, bill_id: str, done: Any) -> Any:
    """Looks at a bill until something is true of it; the demonstration fails where that takes too long."""
    deadline = asyncio.get_running_loop().time() + _PATIENCE.total_seconds()
    while True:
        bill = await window.bill(bill_id)
        if done(bill):
            return bill
        if asyncio.get_running_loop().time() > deadline:
            raise TimeoutError(f"bill {bill['number']} is still {bill['state']} after {_PATIENCE}")
        await asyncio.sleep(0.1)


def _paid(bill: Any, side: str) -> bool:
    return any(share["payer"] == side and share["state"] == "paid" for share in bill["shares"])


async def _set_clocks(around: Surroundings, day: date, hour: int) -> None:
    """Sets our clock and the simulator's to an hour of a day in China."""
    local = clock.local_now()
    moment = local.replace(year=day.year, month=day.month, day=day.day, hour=hour, minute=0, second=0)
    clock.travel(moment)
    async with httpx.AsyncClient() as client:
        answer = await client.post(f"{around.simulated}/control/clock", json={"now": _text(moment)})
        answer.raise_for_status()


def _text(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")


def _say_goodbye(address: str, passwords: dict[str, str], result: Result) -> None:
    telling.heading("结果")
    telling.step(
        "已缴", f"{yuan(result.paid_fen)} 元    入库入账 {yuan(result.allocated_fen)} 元    差错 {result.breaks}"
    )
    telling.heading(f"页面 {address}")
    for name, password in passwords.items():
        telling.step(f"{_PEOPLE[name]:<12}", f"{name} / {password}")


def _last_line(result: Result) -> dict[str, Any]:
    return {
        "bills": result.bills,
        "paid_fen": result.paid_fen,
        "allocated_fen": result.allocated_fen,
        "breaks": result.breaks,
        "cleared": result.cleared,
        "in_transit_fen": result.in_transit_fen,
        "day_signed": result.signed,
    }
