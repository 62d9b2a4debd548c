"""Stored orders as the channel's port knows them."""

from typing import Any

from sqlalchemy import Row, Table, select
from sqlalchemy.ext.asyncio import AsyncConnection

from settlement.joint.tables import joint_order
from settlement.office import Office
from settlement.payments.tables import channel_order
from settlement.ports.channel import Order, Part

TITLE = "不动产登记税费"
"""What the payer reads beside the amount at the channel."""


def order_of(row: Row[Any]) -> Order:
    """A row of channel_order or joint_order as an order."""
    parts = tuple(Part(part["receiver"], part["amount_fen"]) for part in row.parts)
    return Order(row.order_id, row.started_at, row.amount_fen, parts, row.pay_until, TITLE)


def notify_address(office: Office, channel: str, region: str) -> str:
    """Where a channel tells us of what moved. Without a query string: the channel would mix it into what it signs."""
    return f"{office.public_url.rstrip('/')}/v1/notifications/{channel}/{region}"


async def known_to_channel(db: AsyncConnection, row: Row[Any]) -> Row[Any]:
    """The order that the channel knows of: the row itself, or that of all the shares with which this one is paid."""
    attempt = row._mapping.get("joint_order_id")
    if attempt is None:
        return row
    return (await db.execute(select(joint_order).where(joint_order.c.id == attempt))).one()


def table_of(row: Row[Any]) -> Table:
    """From which table an order's row is."""
    return joint_order if "joint_payment_id" in row._mapping else channel_order


async def find_order(db: AsyncConnection, order_id: str) -> Order | None:
    """The order of an order number at the channel, or None."""
    row = await find_order_row(db, order_id)
    return order_of(row) if row else None


async def find_order_row(db: AsyncConnection, order_id: str) -> Row[Any] | None:
    """The row of an order number that the channel knows: of one share, or of shares that are paid together."""
    alone = (channel_order.c.order_id == order_id) & channel_order.c.joint_order_id.is_(None)
    for query in (select(channel_order).where(alone), select(joint_order).where(joint_order.c.order_id == order_id)):
        row: Row[Any] | None = (await db.execute(query)).one_or_none()
        if row is not None:
            return row
    return None
