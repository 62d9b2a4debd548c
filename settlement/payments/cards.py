"""A card at the counter: a terminal sells what a payer has to pay next, behind the bill's code and by the same rules.

The terminal's word starts questions and never books money: paid is what the channel says when it is asked, or by its
notification or file. What the terminal ends without a yes is reversed at the acquirer before the share can be paid
again, whether its card was debited or not.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import Row, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from foundation import clock
from foundation.database import enqueue
from foundation.errors import BadInput, Conflict, HeyiError, NotFound
from settlement.bills.tables import bill, share
from settlement.follow_ups import COUNTER
from settlement.office import Actor, Office
from settlement.payments.codes import code_of_bill
from settlement.payments.lookup import notify_address, order_of
from settlement.payments.orders import order_to_pay
from settlement.payments.queries import ask_about
from settlement.payments.tables import channel_order
from settlement.payments.undone import contradicted, nothing_moved, was_reversed
from settlement.ports.refusal import Refused
from settlement.ports.terminal import CardTerminal, Sale, SaleState

LOOK_EVERY = timedelta(seconds=0.3)
"""While a card is awaited: the page is to show within a second what the terminal shows."""

LADDER = (1, 1, 2, 4, 8, 16, 32)
"""Seconds between the questions once the terminal is through (facts: channels A.8)."""

_UNCLEAR_ASKED = 4
"""Questions to the channel about a sale without an answer, before it is reversed."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class CardSale:
    """The latest sale by card of a payer's share: its order's state, and the terminal's last word to the payer."""

    payer: str
    terminal: str
    amount_fen: int
    state: str
    said: str
    started_at: datetime


async def sell_by_card(office: Office, bill_id: UUID, payer: str, terminal: str, actor: Actor) -> UUID:
    """Has a terminal ask for a card for what a payer has to pay next. The order's id; what becomes of it, follows.

    Refused: the terminal will not, such as when it is selling something else; nothing was begun. CodeNotPayable says
    why there is nothing to sell. Where the terminal does not answer, the sale may have begun, and is followed.
    """
    async with office.database.begin() as db:
        code = await code_of_bill(office, db, bill_id)
        if code is None:
            raise NotFound("缴款单还没有缴款码。The bill has no code yet.")
        await _terminal_there(office, db, bill_id, terminal)
        row = await order_to_pay(office, db, code, payer, new=True, terminal=terminal)
    log.info("sale by card", order=row.order_id, terminal=terminal, by=actor.name)
    device = office.institutions[row.region].terminals[terminal]
    try:
        await device.start(order_of(row), row.merchant, notify_address(office, row.channel, row.region))
    except (Refused, BadInput) as error:
        await _say(office, row, error.detail)
        await nothing_moved(office, row, "refused")
        raise
    except HeyiError as error:
        log.warning("sale without an answer", order=row.order_id, error=error.detail)
    async with office.database.begin() as db:
        await enqueue(db, COUNTER, [str(row.id)])
    order_id: UUID = row.id
    return order_id


async def cancel_sale(office: Office, bill_id: UUID, payer: str, actor: Actor) -> None:
    """Stops the sale of a payer's share while no card was read. Conflict where one was, or none is running."""
    async with office.database.connect() as db:
        row = await _running(db, bill_id, payer)
    if row is None:
        raise Conflict("没有正在进行的刷卡。No sale by card is running.")
    log.info("sale cancelled", order=row.order_id, by=actor.name)
    sale = await _device(office, row).cancel(order_of(row))
    if sale.state in (SaleState.waiting, SaleState.at_work):
        raise Conflict("卡已读取，正在等银行结果，不能取消。The card was read; wait for the bank's answer.")
    await follow_sale(office, row.id)


async def follow_sale(office: Office, order_id: UUID) -> timedelta | None:
    """One look at a sale and what follows from it; when to look again, or None once all is decided."""
    async with office.database.connect() as db:
        row = (await db.execute(select(channel_order).where(channel_order.c.id == order_id))).one_or_none()
    if row is None or row.state not in ("open", "reversed"):
        return None
    if row.state == "reversed" or row.terminal is None:  # told of as paid after all: only the channel knows
        await ask_about(office, row)
        return None
    sale = await _looked(office, row)
    time_is_up = clock.now() >= row.pay_until
    if sale is None or sale.state in (SaleState.waiting, SaleState.at_work):
        if not time_is_up:
            return LOOK_EVERY
        sale = Sale(SaleState.unclear, "终端没有结果。The terminal gave no result.")
    await _say(office, row, sale.said)
    state = await _asked(office, row)
    if state != "open":
        await _compare(office, row, sale, state)
        return None
    if sale.state is SaleState.approved or (sale.state is SaleState.unclear and row.queries < _UNCLEAR_ASKED):
        return _next_question(row)
    return None if await _undone(office, row) else _next_question(row)


async def queue_open_sales(office: Office) -> int:
    """Queues sales that nobody follows: the net below the follow-ups. Returns how many."""
    waiting = text("SELECT convert_from(payload, 'UTF8') FROM pgqueuer WHERE entrypoint = :name")
    of_terminals = (channel_order.c.state == "open") & channel_order.c.terminal.is_not(None)
    async with office.database.begin() as db:
        followed = set(await db.scalars(waiting, {"name": COUNTER}))
        rows = await db.scalars(select(channel_order.c.id).where(of_terminals))
        idle = [str(one) for one in rows if str(one) not in followed]
        await enqueue(db, COUNTER, idle)
    return len(idle)


async def latest_sales(db: AsyncConnection, bill_id: UUID) -> dict[str, CardSale]:
    """Of each payer whose latest order is one of a terminal: that sale."""
    rows = await db.execute(
        select(channel_order, share.c.payer)
        .join(share, share.c.id == channel_order.c.share_id)
        .where(channel_order.c.bill_id == bill_id)
        .order_by(channel_order.c.started_at, channel_order.c.order_id)
    )
    latest = {row.payer: row for row in rows}
    return {
        payer: CardSale(payer, row.terminal, row.amount_fen, row.state, row.terminal_said or "", row.started_at)
        for payer, row in latest.items()
        if row.terminal is not None
    }


async def _terminal_there(office: Office, db: AsyncConnection, bill_id: UUID, terminal: str) -> None:
    region: str = (await db.execute(select(bill.c.region).where(bill.c.id == bill_id))).scalar_one()
    if terminal not in office.institutions[region].terminals:
        raise NotFound(f"本地没有刷卡终端 {terminal}。There is no card terminal {terminal} here.", field="terminal")


async def _running(db: AsyncConnection, bill_id: UUID, payer: str) -> Row[Any] | None:
    rows = await db.execute(
        select(channel_order)
        .join(share, share.c.id == channel_order.c.share_id)
        .where(
            channel_order.c.bill_id == bill_id,
            share.c.payer == payer,
            channel_order.c.state == "open",
            channel_order.c.terminal.is_not(None),
        )
    )
    return rows.one_or_none()


def _device(office: Office, row: Row[Any]) -> CardTerminal:
    found = office.institutions[row.region].terminals.get(row.terminal)
    if found is None:  # taken out of the configuration while it was selling
        raise NotFound(f"there is no card terminal {row.terminal} in {row.region} any more", field="terminal")
    return found


async def _looked(office: Office, row: Row[Any]) -> Sale | None:
    """What the terminal says; None where it says nothing."""
    try:
        return await _device(office, row).look(order_of(row))
    except Refused:
        return Sale(SaleState.cancelled, "终端没有收到这笔交易。The terminal never heard of this sale.")
    except HeyiError as error:
        log.info("the terminal does not answer", order=row.order_id, error=error.detail)
        return None


async def _asked(office: Office, row: Row[Any]) -> str:
    """The order's state after the channel was asked, whether it answered or not."""
    try:
        await ask_about(office, row)
    except HeyiError as error:
        log.warning("sale not asked about", order=row.order_id, error=error.detail)
        async with office.database.begin() as db:
            counted = {"queries": channel_order.c.queries + 1}
            await db.execute(update(channel_order).where(channel_order.c.id == row.id).values(counted))
    async with office.database.connect() as db:
        return str(await db.scalar(select(channel_order.c.state).where(channel_order.c.id == row.id)))


async def _undone(office: Office, row: Row[Any]) -> bool:
    """Reverses a sale that came to nothing. False where the acquirer could not be brought to it now."""
    try:
        await _device(office, row).reverse(order_of(row))
    except HeyiError as error:
        log.warning("sale not reversed", order=row.order_id, error=error.detail)
        return False
    await was_reversed(office, row)
    return True


async def _compare(office: Office, row: Row[Any], sale: Sale, state: str) -> None:
    """The payer holds a slip that says yes, and the channel says no: somebody has to look."""
    if sale.state is SaleState.approved and state == "not_paid":
        async with office.database.begin() as db:
            await contradicted(
                db,
                row,
                f"终端 {row.terminal} 显示成功，渠道说没有收到订单 {row.order_id} 的款，请核对签购单。"
                f"Terminal {row.terminal} said yes to order {row.order_id}, and the channel has no such money.",
            )


async def _say(office: Office, row: Row[Any], said: str) -> None:
    if said:
        async with office.database.begin() as db:
            this = update(channel_order).where(channel_order.c.id == row.id)
            await db.execute(this.values(terminal_said=said[:200]))


def _next_question(row: Row[Any]) -> timedelta:
    return timedelta(seconds=LADDER[min(row.queries, len(LADDER) - 1)])
