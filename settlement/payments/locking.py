"""Orders behind the locks of their bills, for whoever decides one by one what becomes of them."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from foundation.database import raw

LockedOrder = Mapping[str, Any]
"""A row of channel_order with `bill_state`, as it is behind the lock of its bill."""

_BILLS = "SELECT DISTINCT bill_id FROM channel_order WHERE order_id = ANY($1::text[])"
_LOCK = "SELECT id FROM bill WHERE id = ANY($1::uuid[]) ORDER BY id FOR UPDATE"
_READ = """
    SELECT channel_order.*, bill.state AS bill_state FROM channel_order JOIN bill ON bill.id = channel_order.bill_id
    WHERE channel_order.order_id = ANY($1::text[])
"""


async def locked_orders(db: AsyncConnection, order_ids: Sequence[str]) -> list[LockedOrder]:
    """The orders of these numbers, behind the locks of their bills.

    Everything that moves a bill takes the bill's row first; sets are locked in the order of their ids.
    """
    connection = await raw(db)
    of_bills = [row["bill_id"] for row in await connection.fetch(_BILLS, order_ids)]
    if not of_bills:
        return []
    await connection.execute(_LOCK, of_bills)
    return list(await connection.fetch(_READ, order_ids))
