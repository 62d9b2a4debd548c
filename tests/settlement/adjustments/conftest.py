"""A day whose statements differ from our book, and the two people who decide what is done."""

from uuid import UUID

from api.wiring import House
from settlement.adjustments import ask_and_decide, propose
from settlement.bills.reading import BillView
from settlement.office import Actor
from tests.played import Played, confirmed, home_case, paid

WANG, LI = Actor("wang", "finance"), Actor("li", "finance")


async def unheard(house: House, played: Played) -> BillView:
    """A bill that was paid at the channel, of which we have heard nothing."""
    view = await confirmed(house, home_case())
    await paid(house, played, view.id, "transferee")
    return view


async def decided(house: House, case_id: UUID) -> str:
    """What two people make of a case, as it suggests."""
    async with house.office.database.begin() as db:
        await propose(db, house.office.regions, case_id, WANG)
    return await ask_and_decide(house.office, case_id, LI, approve=True)
