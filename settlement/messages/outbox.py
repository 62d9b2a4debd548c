"""Puts a text into the outbox, inside the transaction of what it tells of."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from foundation import clock
from foundation.database import enqueue
from foundation.identifiers import new_id
from settlement.follow_ups import MESSAGE
from settlement.messages.tables import text_message, text_messages


async def write_text(db: AsyncConnection, region: str, to: Row[Any], kind: str, body: str) -> UUID:
    """Writes a text to a contact and queues its sending; gives its id, the reference at the gateway."""
    message_id = new_id()
    values: Mapping[str, Any] = {
        "id": message_id,
        "region": region,
        "bill_id": to.bill_id,
        "side": to.side,
        "kind": kind,
        "phone_sealed": to.phone_sealed,
        "body": body,
        "state": text_messages.first,
        "tries": 0,
        "detail": "",
        "written_at": clock.now(),
    }
    await db.execute(insert(text_message).values(values))
    await enqueue(db, MESSAGE, [str(message_id)])
    return message_id
