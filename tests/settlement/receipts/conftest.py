"""A shop whose money is in and whose papers can be fetched."""

from api.wiring import House
from settlement.bills.reading import BillView, read_bill
from settlement.payments.queries import query_bill
from tests.played import Played, confirmed, followed_through, paid, shop_case


async def arrived_shop(house: House, played: Played, **changes: object) -> BillView:
    """Both sides have paid and all of it has arrived."""
    view = await confirmed(house, shop_case(**changes))
    for payer in ("transferee", "transferor"):
        await paid(house, played, view.id, payer)
    await query_bill(house.office, view.id)
    await followed_through(house, played, view.id)
    return await read_bill(house.office, view.id)
