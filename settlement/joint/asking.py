"""Asks the channel what became of the attempt of a joint payment that is under way."""

from typing import Any
from uuid import UUID

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from settlement.joint.tables import joint_order
from settlement.office import Office
from settlement.payments.outcomes import Outcome
from settlement.payments.queries import ask_about


async def open_attempt(db: AsyncConnection, payment_id: UUID) -> Row[Any] | None:
    """The one order of a joint payment that the channel has not decided yet."""
    under_way = (joint_order.c.joint_payment_id == payment_id) & (joint_order.c.state == "open")
    row: Row[Any] | None = (await db.execute(select(joint_order).where(under_way))).one_or_none()
    return row


async def ask_about_attempt(office: Office, payment_id: UUID) -> Outcome | None:
    """What the channel says of it now, applied; None where nothing is under way. Unavailable: no answer."""
    async with office.database.connect() as db:
        row = await open_attempt(db, payment_id)
    return await ask_about(office, row) if row is not None else None
