"""The window scans the code that a payer shows on their phone (被扫).

The channel may take the money at once, after the payer typed a password, or not at all, and its answer may get lost:
it is asked by the ladder of the back kind. What stays unknown is reversed, so that the payer can pay again; where even
that is not heard of, the order stays open and is asked about like any other.
"""

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from foundation.errors import BadInput, Conflict, HeyiError, NotFound
from settlement.bills.tables import bill
from settlement.office import Actor, Office
from settlement.payments.codes import code_of_bill
from settlement.payments.lookup import notify_address, order_of
from settlement.payments.orders import order_to_pay
from settlement.payments.queries import ask_about
from settlement.payments.tables import channel_order
from settlement.payments.undone import nothing_moved, was_reversed
from settlement.ports.refusal import Refused

LADDER = (1, 2, 4, 8)
"""Seconds between the questions; a payer who types a password needs some of them (facts: channels A.8)."""

log = structlog.get_logger()


async def scan_payers_code(
    office: Office, bill_id: UUID, payer: str, payer_code: str, actor: Actor, ladder: Sequence[float] = LADDER
) -> str:
    """Takes what a payer has to pay next with the code that they show. The order's state afterwards.

    `paid`; `not_paid`: nothing was taken; `reversed`: what may have been taken was undone; `open`: not known yet.
    Refused: the channel said no. Conflict: nothing is due, or a payment is under way already.
    """
    async with office.database.begin() as db:
        code = await code_of_bill(office, db, bill_id)
        if code is None:
            raise NotFound("缴款单还没有缴款码。The bill has no code yet.")
        await _offered(office, db, bill_id)
        row = await order_to_pay(office, db, code, payer, new=True)
    log.info("payer's code scanned", order=row.order_id, by=actor.name)
    channel = office.institutions[row.region].channel
    try:
        await channel.scan(order_of(row), payer_code, notify_address(office, channel.name, row.region))
    except (Refused, BadInput):
        await nothing_moved(office, row, "refused")
        raise
    except HeyiError as error:  # it may have been taken: the ladder finds out
        log.warning("scan without an answer", order=row.order_id, error=error.detail)
    for pause in ladder:
        await asyncio.sleep(pause)
        state = await _asked(office, row)
        if state != "open":
            return state
    return await _reversed(office, row)


async def _offered(office: Office, db: AsyncConnection, bill_id: UUID) -> None:
    region: str = (await db.execute(select(bill.c.region).where(bill.c.id == bill_id))).scalar_one()
    if not office.institutions[region].channel.scans_payers_codes:
        raise Conflict(
            "本地渠道不支持扫缴款人的付款码，请缴款人扫缴款二维码。"
            "The channel here does not take payers' codes; let the payer scan the bill's code."
        )


async def _reversed(office: Office, row: Row[Any]) -> str:
    try:
        await office.institutions[row.region].channel.reverse(order_of(row))
    except HeyiError as error:
        log.warning("scan not reversed", order=row.order_id, error=error.detail)
        return await _asked(office, row)
    return await was_reversed(office, row)


async def _asked(office: Office, row: Row[Any]) -> str:
    try:
        await ask_about(office, row)
    except HeyiError as error:
        log.warning("scan not asked about", order=row.order_id, error=error.detail)
    async with office.database.connect() as db:
        return await _state(db, row)


async def _state(db: AsyncConnection, row: Row[Any]) -> str:
    return str(await db.scalar(select(channel_order.c.state).where(channel_order.c.id == row.id)))
