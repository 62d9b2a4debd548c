"""Stored orders as the channel's port knows them."""

from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from settlement.office import Office
from settlement.payments.tables import channel_order
from settlement.ports.channel import Order, Part

TITLE = "不动产登记税费"
"""What the payer reads beside the amount at the channel."""


def order_of(row: Row[Any]) -> Order:
    """A row of channel_order as an order."""
    parts = tuple(Part(part["receiver"], part["amount_fen"]) for part in row.parts)
    return Order(row.order_id, row.started_at, row.amount_fen, parts, row.pay_until, TITLE)


def notify_address(office: Office, channel: str, region: str) -> str:
    """Where a channel tells us of what moved. Without a query string: the channel would mix it into what it signs."""
    return f"{office.public_url.rstrip('/')}/v1/notifications/{channel}/{region}"


async def find_order(db: AsyncConnection, order_id: str) -> Order | None:
    """The order of an order number, or None."""
    row = (await db.execute(select(channel_order).where(channel_order.c.order_id == order_id))).one_or_none()
    return order_of(row) if row else None
