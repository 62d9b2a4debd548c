"""Asking the channel about orders, for notifications that were lost.

Orders are asked about at 5, 10, 30, 60 and 120 minutes and once when their time is over; a final answer ends it
(facts: channels A.8). Up to 5 % of jitter keeps a morning's orders from being asked about in the same second.
"""

import asyncio
import random
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import Row, select, update

from foundation import clock
from foundation.errors import HeyiError
from settlement.joint.tables import joint_order
from settlement.office import Office
from settlement.payments.contact import record_answer, record_failure
from settlement.payments.lookup import known_to_channel, order_of, table_of
from settlement.payments.orders import QUERY_AFTER
from settlement.payments.outcomes import Outcome
from settlement.payments.proofs import apply_proof
from settlement.payments.tables import MAY_BE_PAID, channel_order

ORDERS_PER_SWEEP_MAX = 200

_AT_ONCE = 8
"""Orders asked about side by side, so that one slow answer does not hold up the minute of all the others."""

TOO_OFTEN_PAUSE = timedelta(minutes=10)
"""After 'too often' (37) an order is left alone for this long at least, and up to twice as long."""

log = structlog.get_logger()


async def query_due_orders(office: Office) -> int:
    """Asks about every open order whose next query is due. Returns how many were asked about."""
    rows: list[Row[Any]] = []
    async with office.database.connect() as db:
        for table in (channel_order, joint_order):
            due = await db.execute(
                select(table)
                .where(table.c.state == "open", table.c.next_query_at <= clock.now())
                .order_by(table.c.next_query_at)
                .limit(ORDERS_PER_SWEEP_MAX)
            )
            rows += due.all()
    places = asyncio.Semaphore(_AT_ONCE)

    async def ask(row: Row[Any]) -> None:
        async with places:
            try:
                await ask_about(office, row)
            except HeyiError as error:
                log.warning("query failed", order=row.order_id, error=error.detail)
                await _later(office, row)

    await asyncio.gather(*map(ask, rows))
    return len(rows)


async def query_bill(office: Office, bill_id: UUID) -> list[Outcome]:
    """Asks at once about every order of one bill that may have been paid, as the window may.

    Also about those that were closed unpaid: a payer who stands there with a message of the bank is asked for again.
    """
    async with office.database.connect() as db:
        rows = await db.execute(
            select(channel_order).where(channel_order.c.bill_id == bill_id, channel_order.c.state.in_(MAY_BE_PAID))
        )
        found = {(one := await known_to_channel(db, row)).order_id: one for row in rows.all()}
    return [await ask_about(office, row) for row in found.values()]


async def ask_about(office: Office, row: Row[Any]) -> Outcome:
    """Asks the channel about one order, with all shares that it pays, and applies what it says."""
    async with office.database.connect() as db:
        row = await known_to_channel(db, row)
    channel = office.institutions[row.region].channel
    try:
        proof = await channel.query(order_of(row))
    except HeyiError as error:
        async with office.database.begin() as db:
            await record_failure(db, row.region, channel.name, error.detail)
        raise
    async with office.database.begin() as db:
        await record_answer(db, row.region, channel.name)
        outcome = await apply_proof(office, db, row.region, proof, "query")
    if outcome.name == "stale":
        await _later(office, row, slower=proof.too_often)
    return outcome


async def _later(office: Office, row: Row[Any], slower: bool = False) -> None:
    """Sets when an order is asked about next: by the ladder; not for TOO_OFTEN_PAUSE where that was too often."""
    at = next_query(row.started_at, row.pay_until)
    if slower:
        at = max(at, clock.now() + TOO_OFTEN_PAUSE * random.uniform(1, 2))  # noqa: S311 - jitter, not a secret
    table = table_of(row)
    async with office.database.begin() as db:
        await db.execute(
            update(table)
            .where(table.c.id == row.id, table.c.state == "open")
            .values(queries=table.c.queries + 1, next_query_at=at)
        )


def next_query(started_at: datetime, pay_until: datetime) -> datetime:
    """The next moment of the ladder that lies ahead; after it every ten minutes, until an answer is final."""
    now = clock.now()
    ladder = [started_at + timedelta(minutes=minutes) for minutes in QUERY_AFTER] + [pay_until + timedelta(seconds=5)]
    ahead = min((moment for moment in ladder if moment > now), default=now + timedelta(minutes=10))
    return ahead + (ahead - now) * random.uniform(0, 0.05)  # noqa: S311 - jitter, not a secret
