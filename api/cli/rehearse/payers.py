"""A payer with a phone: scans the code, shows who they are, pays at the channel; or comes too late, or at night."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from uuid import UUID

from sqlalchemy import select

from api.cli.rehearse.outside import DeskRefused
from api.cli.rehearse.plan import Manner, Payer
from api.cli.rehearse.town import Town
from foundation import clock
from settlement.bills.tables import share
from settlement.payments.codes import code_of_bill, open_share
from settlement.payments.orders import start_payment
from settlement.payments.tables import channel_order

_VISITS = 3

_NIGHT = time(22, 48)


@dataclass(frozen=True, slots=True)
class Visitor:
    """A payer before the code of a bill, with the last four characters of their document."""

    region: str
    bill_id: UUID
    side: str
    tail: str
    payer: Payer


async def pay_share(town: Town, visitor: Visitor) -> None:
    """All that one payer does about their share."""
    payer, open_minutes = visitor.payer, _open_minutes(town, visitor)
    if payer.manner is Manner.nightly:
        await town.timeline.until(_tonight(payer.minutes))
    order_id = await town.may(_started(town, visitor, first=True))
    if order_id is None:
        return
    match payer.manner:
        case Manner.too_late:
            await town.timeline.minutes(open_minutes + payer.minutes)
            if payer.pays_late:
                await town.may(town.desk.pay(order_id))
            if again := await town.may(_started(town, visitor)):
                await town.timeline.minutes(payer.minutes)
                await town.may(town.desk.pay(again))
        case Manner.hesitant:
            await town.timeline.minutes(payer.minutes)
            if again := await town.may(_started(town, visitor)):
                await town.timeline.minutes(1)
                await town.may(town.desk.pay(again))
        case _:
            await town.timeline.minutes(payer.minutes + (open_minutes if payer.pays_late else 0))
            await town.may(town.desk.pay(order_id))
    await _comes_back(town, visitor)


def _open_minutes(town: Town, visitor: Visitor) -> int:
    """How long the region's channel keeps an order open."""
    return town.office.region(visitor.region).channel.pay_minutes


async def _comes_back(town: Town, visitor: Visitor) -> None:
    """Whoever still owes something (a share of several orders, or nothing went through) pays it with no more ado."""
    for _ in range(_VISITS):
        await town.timeline.minutes(3 * _open_minutes(town, visitor))
        if not await _is_due(town, visitor):
            return
        if order_id := await town.may(_started(town, visitor)):
            await town.timeline.minutes(1)
            await town.may(town.desk.pay(order_id))


async def _started(town: Town, visitor: Visitor, *, first: bool = False) -> str:
    """Scans the bill's code and goes to the cashier; the order number."""
    async with town.office.database.connect() as db:
        code = await code_of_bill(town.office, db, visitor.bill_id)
    if code is None:
        raise LookupError(f"bill {visitor.bill_id} has no code")
    if first:
        await open_share(town.office, code.token, visitor.tail)
    start = await start_payment(town.office, code.token, visitor.side, f"{code.address}/back")
    order_id = await _open_order(town, visitor)
    if first:
        for fault in visitor.payer.faults:
            await town.desk.plan(fault, order_id)
    await town.desk.open_cashier(start)
    return order_id


async def _open_order(town: Town, visitor: Visitor) -> str:
    """The number of the order that the phone shows. DeskRefused where word of a payment came at that very moment."""
    of_payer = (share.c.bill_id == visitor.bill_id) & (share.c.payer == visitor.side) & (share.c.state == "due")
    orders = select(channel_order.c.order_id).join(share, share.c.id == channel_order.c.share_id).where(of_payer)
    async with town.office.database.connect() as db:
        found = await db.scalar(orders.where(channel_order.c.state == "open").order_by(share.c.ordinal).limit(1))
    if found is None:
        raise DeskRefused(f"nothing is due from the {visitor.side} any more")
    return str(found)


async def _is_due(town: Town, visitor: Visitor) -> bool:
    of_payer = (share.c.bill_id == visitor.bill_id) & (share.c.payer == visitor.side) & (share.c.state == "due")
    async with town.office.database.connect() as db:
        return await db.scalar(select(share.c.id).where(of_payer).limit(1)) is not None


def _tonight(minutes: float) -> datetime:
    today = clock.local_now()
    return today.set(hour=_NIGHT.hour, minute=_NIGHT.minute, second=0, microsecond=0) + timedelta(minutes=minutes)
