"""A day whose statements differ from our book, and the two people who decide what is done."""

from datetime import date
from uuid import UUID

import pytest

from api.wiring import House
from foundation import clock
from reconciliation.days import close_day
from reconciliation.report import DayReport
from settlement.adjustments import ask_and_decide, propose
from settlement.bills.reading import BillView
from settlement.office import Actor
from tests.played import Played, confirmed, home_case, paid

REGION = "341502"
WANG, LI = Actor("wang", "finance"), Actor("li", "finance")


@pytest.fixture
async def day(played: Played) -> date:
    noon = clock.local_now().subtract(days=3).replace(hour=12, minute=0, second=0)
    played.set_clocks(noon)
    return noon.date()


async def unheard(house: House, played: Played) -> BillView:
    """A bill that was paid at the channel, of which we have heard nothing."""
    view = await confirmed(house, home_case())
    await paid(house, played, view.id, "transferee")
    return view


async def closed(house: House, played: Played, day: date) -> DayReport:
    played.set_clocks(clock.local_now().replace(year=day.year, month=day.month, day=day.day, hour=10).add(days=1))
    return await close_day(house.office.database, REGION, day, house.sources[REGION], house.book)


async def decided(house: House, case_id: UUID) -> str:
    """What two people make of a case, as it suggests."""
    async with house.office.database.begin() as db:
        await propose(db, house.office.regions, case_id, WANG)
    return await ask_and_decide(house.office, case_id, LI, approve=True)
