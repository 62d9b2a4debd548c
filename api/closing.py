"""Closes a day as interface, page and job do it: first our own book catches up, then it is held against the others'."""

from datetime import date
from functools import partial

from api.wiring import House
from reconciliation.days import close_day
from reconciliation.report import DayReport
from settlement.allocation.unfinished import follow_unfinished
from settlement.payments.file_rows import catch_up


async def close_the_day(house: House, region: str, day: date) -> DayReport:
    """Closes a clearing day of a region as far as the statements that are there allow."""
    await follow_unfinished(house.office, region)
    catch_up_by = partial(catch_up, house.office)
    return await close_day(house.office.database, region, day, house.sources[region], house.book, catch_up_by)
