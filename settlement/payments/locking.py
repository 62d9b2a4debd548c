"""Orders behind the locks of their bills, for whoever decides one by one what becomes of them."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from foundation.database import raw

LockedOrder = Mapping[str, Any]
"""A row of channel_order with `bill_state`, as it is behind the lock of its bill.

Of a joint order it has that order's own columns, its id as `attempt_id`, and as `id`, `bill_id` and `bill_state` those
of its first share, which bears whatever money nobody waits for.
"""

_BILLS = """
    SELECT bill_id FROM channel_order WHERE order_id = ANY($1::text[])
    UNION SELECT member.bill_id FROM joint_order JOIN channel_order member ON member.joint_order_id = joint_order.id
    WHERE joint_order.order_id = ANY($1::text[])
"""
_LOCK = "SELECT id FROM bill WHERE id = ANY($1::uuid[]) ORDER BY id FOR UPDATE"
_READ = """
    SELECT channel_order.*, bill.state AS bill_state FROM channel_order JOIN bill ON bill.id = channel_order.bill_id
    WHERE channel_order.order_id = ANY($1::text[])
"""
_READ_JOINT = """
    SELECT joint_order.*, joint_order.id AS attempt_id, bearer.id, bearer.bill_id, bearer.bill_state
    FROM joint_order CROSS JOIN LATERAL (
        SELECT member.id, member.bill_id, bill.state AS bill_state
        FROM channel_order member JOIN bill ON bill.id = member.bill_id
        WHERE member.joint_order_id = joint_order.id ORDER BY member.order_id LIMIT 1
    ) AS bearer
    WHERE joint_order.order_id = ANY($1::text[])
    FOR UPDATE OF joint_order
"""


async def locked_orders(db: AsyncConnection, order_ids: Sequence[str]) -> list[LockedOrder]:
    """The orders of these numbers, joint ones included, behind the locks of all their bills.

    Everything that moves a bill takes the bill's row first; sets are locked in the order of their ids.
    """
    connection = await raw(db)
    of_bills = [row["bill_id"] for row in await connection.fetch(_BILLS, order_ids)]
    if not of_bills:
        return []
    await connection.execute(_LOCK, of_bills)
    return [dict(row) for query in (_READ, _READ_JOINT) for row in await connection.fetch(query, order_ids)]
