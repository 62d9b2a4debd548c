"""A shop whose money is in and whose papers can be fetched."""

from datetime import timedelta

from api.wiring import House
from foundation import clock
from settlement.allocation.following import follow_bill
from settlement.bills.reading import BillView, read_bill
from settlement.payments.queries import query_bill
from tests.played import Played, confirmed, paid, shop_case


async def arrived_shop(house: House, played: Played, **changes: object) -> BillView:
    """Both sides have paid and all of it has arrived."""
    view = await confirmed(house, shop_case(**changes))
    for payer in ("transferee", "transferor"):
        await paid(house, played, view.id, payer)
    await query_bill(house.office, view.id)
    for _ in range(10):
        if await follow_bill(house.office, view.id):
            return await read_bill(house.office, view.id)
        played.set_clocks(clock.now() + timedelta(seconds=1))
    raise AssertionError("the money does not arrive")
