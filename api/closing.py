"""Closes a day as interface, page and job do it: first our own book catches up, then it is held against the others'."""

from datetime import date, timedelta
from functools import partial

from api.wiring import House
from foundation import clock
from foundation.errors import NotFound
from reconciliation.days import close_day, states_of_days
from reconciliation.evidence import is_issued_again
from reconciliation.progress import Tell, nobody
from reconciliation.report import DayReport
from reconciliation.running import match_running_day
from settlement.allocation.unfinished import follow_unfinished
from settlement.office import Office
from settlement.payments.file_rows import catch_up
from settlement.ports.statements import RunningSource, Source, Statement
from settlement.refunds.file_rows import catch_up_refunds

_STATEMENTS_FROM = 9
"""The hour, in China, from which UnionPay has the file of the day before (facts: channels D.4)."""

_LOOK_AGAIN = (10, 40)
"""The minutes at which days are looked at that are matched already, or still wait for a statement."""

_ISSUED_AGAIN = 5
"""Every so many minutes the small statements of a matched day are fetched again and compared by their hashes."""

_LATE = timedelta(days=14)
"""How long a statement that did not come is asked for; a person may run the day later than that."""


async def close_the_day(
    house: House, region: str, day: date, only: Source | None = None, tell: Tell = nobody
) -> DayReport:
    """Closes a clearing day of a region as far as the statements that are there allow.

    With `only` one source of those that the region compares is run again. NotFound names them.
    """
    compared = house.sources.get(region, ())
    if only and only not in [one.source for one in compared]:
        names = ", ".join(one.source for one in compared)
        raise NotFound(f"region {region} compares {names or 'nothing'}, not {only}", field="source")
    await follow_unfinished(house.office, region)
    return await close_day(
        house.office.database,
        region,
        day,
        compared,
        house.book,
        partial(_catch_up, house.office),
        hours=house.office.region(region).calendar,
        only=only,
        tell=tell,
    )


async def _catch_up(office: Office, statement: Statement) -> None:
    """Teaches our book what a statement shows and it has missed: payments, and refunds that went through after all."""
    await catch_up(office, statement)
    await catch_up_refunds(office, statement)


async def match_running_days(house: House, region: str) -> list[date]:
    """Fetches and matches what the sources of a region have handed out of days that still run; which days had any.

    What is new is judged by what the tax office says of it now, so it is asked first. From the hour at which the
    statements of the day before are there, that day is closed instead.
    """
    hours = house.office.region(region).calendar
    matched = []
    for source in house.sources[region]:
        if not isinstance(source, RunningSource) or not hours.source(source.source).has_batches:
            continue
        for day in hours.running_days(source.source):
            if day < clock.today() and clock.local_now().hour >= _STATEMENTS_FROM:
                continue
            hear = partial(follow_unfinished, house.office, region)
            if await match_running_day(house.office.database, region, source, day, house.book, hours, hear):
                matched.append(day)
    return matched


async def close_what_is_due(house: House, region: str) -> list[date]:
    """Closes the days of a region whose statements may have come since; says which were run.

    From the hour at which the first statements are there: yesterday every minute until it is matched, then and for
    other days that wait for a statement twice an hour, so that a late or re-issued one is seen. Whether the small ones
    of yesterday's were issued again is looked at every few minutes.
    """
    now = clock.local_now()
    if now.hour < _STATEMENTS_FROM:
        return []
    yesterday = clock.today() - timedelta(days=1)
    async with house.office.database.connect() as db:
        states = await states_of_days(db, region, yesterday - _LATE, yesterday)
    state = states.get(yesterday, "open")
    due = [yesterday] if state in ("open", "matching") else []
    if now.minute in _LOOK_AGAIN:
        due = [*(day for day, one in states.items() if one == "open" and day < yesterday), yesterday]
    elif state == "matched" and now.minute % _ISSUED_AGAIN == 0:
        hours = house.office.region(region).calendar
        news = await is_issued_again(house.office.database, region, house.sources[region], yesterday, hours)
        due += [yesterday] if news else []
    for day in due:
        await close_the_day(house, region, day)
    return due
