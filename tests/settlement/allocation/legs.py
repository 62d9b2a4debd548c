"""Bills of the region whose taxes go over TIPS and whose fees go over CNNONTAX, and how they fare."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from api.wiring import House
from foundation import clock
from foundation.errors import HeyiError
from settlement.allocation.following import follow_bill
from settlement.bills.reading import BillView, read_bill
from settlement.bills.tables import pay_code, voucher
from settlement.payments.queries import query_bill
from tests.played import Played, confirmed, over_networks, paid, shop_case


async def paid_over_networks(house: House, played: Played, case: dict[str, Any] | None = None) -> BillView:
    """A bill of two payers who both paid; the money is at the channel."""
    view = await confirmed(house, over_networks(case or shop_case()))
    await pay_all(house, played, view.id)
    return view


async def paid_to_gateways(house: House, played: Played, case: dict[str, Any]) -> BillView:
    """The same where both legs go to gateways."""
    view = await confirmed(house, case)
    await pay_all(house, played, view.id)
    return view


async def pay_all(house: House, played: Played, bill_id: UUID) -> None:
    """Every payer pays at the channel, and we have heard of it."""
    for share in (await read_bill(house.office, bill_id)).shares:
        await paid(house, played, bill_id, share.payer)
    await query_bill(house.office, bill_id)


async def followed(house: House, played: Played, bill_id: UUID, steps: int = 8) -> list[HeyiError]:
    """Follows a bill until it is through, a second a step; what went wrong on the way."""
    errors: list[HeyiError] = []
    for _ in range(steps):
        try:
            if await follow_bill(house.office, bill_id):
                break
        except HeyiError as error:
            errors.append(error)
        played.set_clocks(clock.now() + timedelta(seconds=1))
    return errors


async def states(house: House, bill_id: UUID) -> dict[str, set[str]]:
    """States of the lines, by leg."""
    found: dict[str, set[str]] = {}
    for piece in (await read_bill(house.office, bill_id)).pieces:
        found.setdefault(piece.leg, set()).add(piece.state)
    return found


async def vouchers(house: House, bill_id: UUID) -> list[Any]:
    async with house.office.database.connect() as db:
        return list((await db.execute(select(voucher).where(voucher.c.bill_id == bill_id))).all())


async def codes(house: House, bill_id: UUID) -> list[Any]:
    async with house.office.database.connect() as db:
        return list((await db.execute(select(pay_code).where(pay_code.c.bill_id == bill_id))).all())
