"""Closes a day as interface, page and job do it: first our own book catches up, then it is held against the others'."""

from datetime import date
from functools import partial

from api.wiring import House
from foundation.errors import NotFound
from reconciliation.days import close_day
from reconciliation.progress import Tell, nobody
from reconciliation.report import DayReport
from settlement.allocation.unfinished import follow_unfinished
from settlement.payments.file_rows import catch_up
from settlement.ports.statements import Source


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
    catch_up_by = partial(catch_up, house.office)
    return await close_day(house.office.database, region, day, compared, house.book, catch_up_by, only=only, tell=tell)
