"""Which order may it be that the bank was credited for and our book does not know as paid?

The last hope of a payment of which nobody told, which every query denied and which the channel's file does not show:
the bank credits a clearing day with more than was paid in it by our book. An order of exactly so much that ran out
unpaid is what finance looks for, and the channel is asked about it once more. What it then confirms is booked as ever.
"""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from foundation import clock
from settlement.joint.tables import joint_order
from settlement.office import Office
from settlement.payments.queries import ask_about
from settlement.payments.tables import MAY_BE_PAID, channel_order

_CLEARS_WITHIN = timedelta(days=2)
"""An order that is paid on a clearing day was started on that day or on the one before."""


async def unbooked_orders(db: AsyncConnection, region: str, clearing_day: date, amount_fen: int) -> Sequence[Row[Any]]:
    """Orders of exactly so many fen that could have been paid on a clearing day and are not, by our book."""
    end = clock.in_china(datetime.combine(clearing_day, time())) + timedelta(days=1)
    alone = select(channel_order).where(channel_order.c.joint_order_id.is_(None))
    return [
        row
        for query, table in ((alone, channel_order), (select(joint_order), joint_order))
        for row in await db.execute(
            query.where(
                table.c.region == region,
                table.c.amount_fen == amount_fen,
                table.c.state.in_(MAY_BE_PAID),
                table.c.started_at >= end - _CLEARS_WITHIN,
                table.c.started_at < end,
            ).order_by(table.c.started_at)
        )
    ]


async def ask_about_unbooked(office: Office, region: str, clearing_day: date, amount_fen: int) -> int:
    """Asks the channel about each of them; how many it says were paid after all."""
    async with office.database.connect() as db:
        rows = await unbooked_orders(db, region, clearing_day, amount_fen)
    for row in rows:
        await ask_about(office, row)
    async with office.database.connect() as db:
        return len(rows) - len(await unbooked_orders(db, region, clearing_day, amount_fen))
