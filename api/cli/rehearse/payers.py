"""A payer with a phone: scans a code, pays at the channel; too late, at night, by their own code, or with a card."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import Row, func, select

from adapters.simulator.faults import QueryFault
from api.cli.rehearse.outside import DeskRefused
from api.cli.rehearse.plan import Manner, Payer
from api.cli.rehearse.town import CLERK, Town
from foundation import clock
from settlement.bills.tables import bill, share
from settlement.joint.starting import start_joint_payment
from settlement.joint.tables import joint_order, joint_payment
from settlement.payments.cards import sell_by_card
from settlement.payments.codes import code_of_bill, open_share
from settlement.payments.orders import order_number, start_payment
from settlement.payments.scanning import scan_payers_code
from settlement.payments.tables import channel_order

_VISITS = 4

_NIGHT = time(22, 48)

_IN_THE_QUEUE = 12
"""So often a payer asks whether the terminal is free."""

_POOR, _UNSURE = 2, 3
"""Of those who come with a card, the first have too little on it, the next walk away."""

_LADDER = (0.1, 0.3)
"""Real seconds between the questions about a code that was scanned: what is played answers at once or not at all."""


class Debt(Protocol):
    """What a payer stands before: their share of a bill, or the bills that they pay together."""

    @property
    def region(self) -> str:
        """Where it is owed."""

    @property
    def payer(self) -> Payer:
        """How they go about it."""

    async def start(self, town: Town, *, first: bool = False) -> str:
        """Goes to the cashier; the number of the order that is to be paid there."""

    async def show_code(self, town: Town) -> None:
        """Holds the phone to the clerk's scanner."""

    async def hold_card(self, town: Town, terminals: Sequence[str]) -> None:
        """Holds a card to one of the counter's terminals, once it is free."""

    async def is_due(self, town: Town) -> bool:
        """Whether something is still owed."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """A payer before the code of a bill, with the last four characters of their document."""

    region: str
    bill_id: UUID
    side: str
    tail: str
    payer: Payer

    async def start(self, town: Town, *, first: bool = False) -> str:
        async with town.office.database.connect() as db:
            code = await code_of_bill(town.office, db, self.bill_id)
        if code is None:
            raise LookupError(f"bill {self.bill_id} has no code")
        if first:
            await open_share(town.office, code.token, self.tail)
        start = await start_payment(town.office, code.token, self.side, f"{code.address}/back")
        order_id = await self._open_order(town)
        if first:
            await _fated(town, order_id, self.payer)
        await town.desk.open_cashier(start)
        return order_id

    async def show_code(self, town: Town) -> None:
        if not await self._meets_fate(town):
            return
        code = f"62{self.bill_id.int % 10**17:017d}"
        await scan_payers_code(town.office, self.bill_id, self.side, code, CLERK, _LADDER)

    async def hold_card(self, town: Town, terminals: Sequence[str]) -> None:
        if not await self._meets_fate(town):
            return
        terminal = terminals[self.bill_id.int % len(terminals)]
        for _ in range(_IN_THE_QUEUE):
            if await town.may(sell_by_card(town.office, self.bill_id, self.side, terminal, CLERK)):
                await town.may(town.desk.card(self.region, terminal, self._with_a_card()))
                return
            await town.timeline.minutes(self.payer.minutes)

    async def is_due(self, town: Town) -> bool:
        async with town.office.database.connect() as db:
            return await self._next(db) is not None

    def _with_a_card(self) -> str:
        if self.payer.minutes < _POOR:
            return "decline"
        return "walk_away" if self.payer.minutes < _UNSURE else "tap"

    async def _meets_fate(self, town: Town) -> bool:
        """Plans what befalls the order that is next to be made; False where nothing is due."""
        async with town.office.database.connect() as db:
            one = await self._next(db)
            if one is None:
                return False
            tried = await db.scalar(select(func.count()).where(channel_order.c.share_id == one.id))
        await _fated(town, order_number(one.number, one, (tried or 0) + 1), self.payer)
        return True

    async def _next(self, db: Any) -> Row[Any] | None:
        """The first of the payer's shares that is due, with the number of its bill."""
        of_payer = (share.c.bill_id == self.bill_id) & (share.c.payer == self.side) & (share.c.state == "due")
        shares = select(share, bill.c.number).join(bill, bill.c.id == share.c.bill_id).where(of_payer)
        row: Row[Any] | None = (await db.execute(shares.order_by(share.c.ordinal).limit(1))).one_or_none()
        return row

    async def _open_order(self, town: Town) -> str:
        """The number of the order that the phone shows. DeskRefused where word of a payment has just come."""
        of_payer = (share.c.bill_id == self.bill_id) & (share.c.payer == self.side) & (share.c.state == "due")
        orders = select(channel_order.c.order_id).join(share, share.c.id == channel_order.c.share_id).where(of_payer)
        async with town.office.database.connect() as db:
            found = await db.scalar(orders.where(channel_order.c.state == "open").order_by(share.c.ordinal).limit(1))
        if found is None:
            raise DeskRefused(f"nothing is due from the {self.side} any more")
        return str(found)


@dataclass(frozen=True, slots=True)
class Company:
    """Who pays many bills together, before the code of the joint payment."""

    region: str
    payment_id: UUID
    payer: Payer

    async def start(self, town: Town, *, first: bool = False) -> str:
        office = town.office
        async with office.database.connect() as db:
            token = await db.scalar(select(joint_payment.c.token).where(joint_payment.c.id == self.payment_id))
        start = await start_joint_payment(office, str(token), f"{office.public_url}/j/{token}/back")
        attempt = (joint_order.c.joint_payment_id == self.payment_id) & (joint_order.c.state == "open")
        async with office.database.connect() as db:
            order_id = await db.scalar(select(joint_order.c.order_id).where(attempt))
        if order_id is None:
            raise DeskRefused("nothing is due together any more")
        if first:
            await _fated(town, order_id, self.payer)
        await town.desk.open_cashier(start)
        return str(order_id)

    async def show_code(self, town: Town) -> None:
        """Nobody's scanner takes that: they pay at the cashier."""
        await town.desk.pay(await self.start(town, first=True))

    async def hold_card(self, town: Town, terminals: Sequence[str]) -> None:
        """Nor a terminal."""
        await self.show_code(town)

    async def is_due(self, town: Town) -> bool:
        async with town.office.database.connect() as db:
            state = await db.scalar(select(joint_payment.c.state).where(joint_payment.c.id == self.payment_id))
        return state == "due"


async def pay(town: Town, debt: Debt) -> None:
    """All that one payer does about what they owe."""
    payer, open_minutes = debt.payer, _open_minutes(town, debt)
    if payer.manner is Manner.nightly:
        await town.timeline.until(_tonight(payer.minutes))
    terminals = sorted(town.office.institutions[debt.region].terminals)
    if payer.manner is Manner.by_card and terminals:
        await town.may(debt.hold_card(town, terminals))
    elif payer.manner is Manner.shows_code and town.office.institutions[debt.region].channel.scans_payers_codes:
        await town.may(debt.show_code(town))
    elif order_id := await town.may(debt.start(town, first=True)):
        await _go_about(town, debt, order_id, open_minutes)
    else:
        return
    await _comes_back(town, debt)


async def _go_about(town: Town, debt: Debt, order_id: str, open_minutes: int) -> None:
    payer = debt.payer
    match payer.manner:
        case Manner.too_late:
            await town.timeline.minutes(open_minutes + payer.minutes)
            if payer.pays_late:
                await town.may(town.desk.pay(order_id))
            if again := await town.may(debt.start(town)):
                await town.timeline.minutes(payer.minutes)
                await town.may(town.desk.pay(again))
        case Manner.hesitant:
            await town.timeline.minutes(payer.minutes)
            if again := await town.may(debt.start(town)):
                await town.timeline.minutes(1)
                await town.may(town.desk.pay(again))
        case _:
            await town.timeline.minutes(payer.minutes + (open_minutes if payer.pays_late else 0))
            await town.may(town.desk.pay(order_id))


async def _comes_back(town: Town, debt: Debt) -> None:
    """Whoever still owes something (of several orders, or nothing went through) pays it with no more ado."""
    for _ in range(_VISITS):
        await town.timeline.minutes(3 * _open_minutes(town, debt))
        if not await debt.is_due(town):
            return
        if order_id := await town.may(debt.start(town)):
            await town.timeline.minutes(1)
            await town.may(town.desk.pay(order_id))


async def _fated(town: Town, order_id: str, payer: Payer) -> None:
    for fault in payer.faults:
        await town.desk.plan(fault, order_id)
        if isinstance(fault, QueryFault):
            town.misled.add(order_id)


def _open_minutes(town: Town, debt: Debt) -> int:
    """How long the region's channel keeps an order open."""
    return town.office.region(debt.region).channel.pay_minutes


def _tonight(minutes: float) -> datetime:
    today = clock.local_now()
    return today.set(hour=_NIGHT.hour, minute=_NIGHT.minute, second=0, microsecond=0) + timedelta(minutes=minutes)
