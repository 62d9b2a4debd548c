"""Puts a rehearsal together, runs it, and says what came of it."""

import json
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import httpx
import typer
import uvloop

from api.cli.rehearse.book import read_book
from api.cli.rehearse.comparing import Comparison, compare, in_all, of_region
from api.cli.rehearse.days import Days
from api.cli.rehearse.follow_ups import FollowUps
from api.cli.rehearse.marking import Mark, mark
from api.cli.rehearse.outside import Desk, free_port, played
from api.cli.rehearse.plan import Plan, plans
from api.cli.rehearse.telling import Teller
from api.cli.rehearse.town import Town
from api.cli.surroundings import KEYS, OUTSIDE, SOCKET, surroundings
from api.server import serving, spare_the_collector
from api.wiring import EXAMPLE_REGIONS, House, build
from foundation import clock
from foundation.settings import Settings

_OFFENDERS_SHOWN = 20
_EXAMPLE = 300
_DRAIN_DAYS = 4


@dataclass(frozen=True, slots=True)
class Wish:
    """So many bills over so many days; `faults` is the share of what can go wrong that does."""

    bills: int
    faults: float
    seed: int
    days: int
    leg_faults: float = 0.0


@dataclass(frozen=True, slots=True)
class Result:
    """What came of it."""

    bills: int
    comparison: Comparison
    mark: Mark
    days_signed: int
    unsigned: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether nothing is lost, doubled, unexplained or stuck, and every break was found and no other."""
        return not (self.comparison.offenders or self.mark.missed or self.mark.false or self.unsigned)


def run_rehearsal(settings: Settings, wish: Wish) -> int:
    """Rehearses on a database of its own; the exit status is 0 only if everything holds."""
    here = settings.model_copy(update={"public_url": f"http://127.0.0.1:{free_port()}"})
    regions = settings.regions or EXAMPLE_REGIONS
    with ExitStack() as stack:
        around = stack.enter_context(surroundings(here, fresh="heyi_rehearse", outside=False))
        keys = around.home / "simulator-keys"
        outside = stack.enter_context(played(regions, keys))
        where = {OUTSIDE: outside.address, SOCKET: outside.socket, KEYS: str(keys)}
        teller = stack.enter_context(Teller(wish.bills, wish.seed))
        spare_the_collector()
        try:
            result = uvloop.run(
                rehearse(here, around.database_url, around.home / "keys", around.environment | where, wish, teller)
            )
        except BaseException:
            teller.say(f"[red]seed {wish.seed}: the rehearsal broke off[/red]")
            raise
    tell(result, wish)
    return 0 if result.holds else 1


async def rehearse(
    settings: Settings, database_url: str, keys: Path, environment: Mapping[str, str], wish: Wish, teller: Teller
) -> Result:
    """Runs the days on an empty database, lets everything drain without faults, and compares."""
    house = build(settings, database_url, keys, environment)
    address = httpx.URL(settings.public_url)
    try:
        async with (
            Desk(environment[OUTSIDE]) as desk,
            serving(house, database_url, address.host, address.port or 80, scheduled=False) as queue,
        ):
            return await _rehearsed(house, desk, FollowUps(house.office.database, queue), wish, teller)
    finally:
        await house.close()
        clock.come_back()


async def _rehearsed(house: House, desk: Desk, follow_ups: FollowUps, wish: Wish, teller: Teller) -> Result:
    first = clock.today() - timedelta(days=wish.days + _DRAIN_DAYS)  # so that it ends in the present
    town = Town(house, desk, tuple(sorted(house.office.regions)))
    days = Days(town, follow_ups, first, wish.faults, wish.seed, teller)
    await days.begin()
    for of, rate in (("refunds", wish.faults), ("legs", wish.leg_faults)):  # those of orders come with their cases
        await desk.fault(kind="random", seed=wish.seed, rate=rate, of=of)
    of_day: dict[int, list[Plan]] = {}
    for plan in plans(wish.bills, wish.faults, wish.seed, wish.days, town.regions):
        of_day.setdefault(plan.day, []).append(plan)
    for number in range(wish.days):
        await days.open_day(number, of_day.get(number, []))
    await days.last_morning()
    await desk.calm()
    await days.drain(_DRAIN_DAYS)
    truth = await desk.truth()
    books = {region: await read_book(house.office.database, region) for region in town.regions}
    for code, times in town.refusals.most_common():
        teller.say(f"refused {times} times: {code}: {town.examples[code][:_EXAMPLE]}")
    found = mark(days.answers, days.damaged, days.reports, truth, town.misled)
    whole = in_all([compare(book, of_region(truth, region)) for region, book in books.items()])
    return Result(sum(len(book.bills) for book in books.values()), whole, found, days.signed_days, tuple(days.unsigned))


def tell(result: Result, wish: Wish) -> None:
    """The first offenders to standard error, the figures as the last line."""
    if not result.holds:
        typer.echo(f"seed {wish.seed}: it does not hold", err=True)
        for one in result.comparison.offenders[:_OFFENDERS_SHOWN]:
            typer.echo(f"{one.fault}: bill {one.bill}, {one.number}: ours: {one.ours}; theirs: {one.theirs}", err=True)
        for line in (*result.unsigned, *result.mark.missed[:_OFFENDERS_SHOWN], *result.mark.false[:_OFFENDERS_SHOWN]):
            typer.echo(line, err=True)
    typer.echo(json.dumps(_last_line(result)))


def _last_line(result: Result) -> dict[str, int]:
    found = result.comparison
    return {
        "bills": result.bills,
        "paid_fen": found.paid_fen,
        "refunded_fen": found.refunded_fen,
        "lost": found.count("lost"),
        "doubled": found.count("doubled"),
        "unexplained_fen": found.unexplained_fen,
        "allocated_fen": found.allocated_fen,
        "stuck": found.count("stuck"),
        "cleared": found.cleared,
        "days_signed": result.days_signed,
        "breaks_planted": result.mark.planted,
        "breaks_found": result.mark.found,
        "false_breaks": len(result.mark.false),
    }
