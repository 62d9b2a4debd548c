"""Codes behind which nothing is under way any more are shown as waiting again."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from settlement.payments.tables import channel_order, channel_orders, payment_code, payment_codes


async def rest_codes(db: AsyncConnection, code_ids: Sequence[UUID]) -> None:
    """Shows codes again as waiting once nothing is under way at the channel behind them."""
    under_way = (channel_order.c.code_id == payment_code.c.id) & (channel_order.c.state == channel_orders.first)
    idle = select(payment_code.c.id).where(
        payment_code.c.id.in_(code_ids),
        payment_code.c.state == "paying",
        ~select(channel_order.c.id).where(under_way).exists(),
    )
    await payment_codes.advance(db, (await db.scalars(idle)).all(), "paying", "rest")
