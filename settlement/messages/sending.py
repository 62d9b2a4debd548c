"""Sends what is in the outbox: once each, tried until the gateway takes it, followed until it arrived or failed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, text, update

from foundation import clock
from foundation.database import enqueue
from foundation.errors import HeyiError
from settlement.bills.tables import bill
from settlement.follow_ups import MESSAGE
from settlement.messages.contacts import CONTEXT, masked_phone
from settlement.messages.tables import text_message, text_messages
from settlement.office import Office
from settlement.ports.messages import MessageState

TRIES_MAX = 20
"""At the job queue's pace (doubling to half an hour) some four hours: after that the paper is at the window."""

LISTED_MAX = 200


@dataclass(frozen=True, slots=True)
class MessageView:
    """A text in a list; the number masked. `detail` is what last went wrong."""

    id: UUID
    bill_id: UUID
    bill_number: str
    side: str
    kind: str
    phone: str
    body: str
    state: str
    tries: int
    detail: str
    written_at: datetime
    ended_at: datetime | None


async def send_message(office: Office, message_id: UUID) -> bool:
    """One step of a text: sends it, or asks how far it is. True once it has ended, delivered or failed."""
    async with office.database.connect() as db:
        row = (await db.execute(select(text_message).where(text_message.c.id == message_id))).one()
    messenger = office.institutions[row.region].messenger
    if row.state in ("delivered", "failed") or messenger is None:
        return True
    phone = office.seal.open(row.phone_sealed, CONTEXT)
    try:
        if row.state == "queued":
            said = await messenger.send(str(row.id), phone, row.body)
        else:
            said = await messenger.state(str(row.id))
    except HeyiError as error:
        return await _not_said(office, row, error.detail)
    return await _said(office, row, said)


async def queue_unsent(office: Office) -> int:
    """Queues texts that nobody sends any more: the net below the follow-ups. Returns how many."""
    waiting = text("SELECT convert_from(payload, 'UTF8') FROM pgqueuer WHERE entrypoint = :name")
    async with office.database.begin() as db:
        under_way = set(await db.scalars(waiting, {"name": MESSAGE}))
        rows = await db.scalars(select(text_message.c.id).where(text_message.c.state.in_(("queued", "sent"))))
        idle = [str(one) for one in rows if str(one) not in under_way]
        await enqueue(db, MESSAGE, idle)
    return len(idle)


async def messages_of(office: Office, region: str, bill_ids: Sequence[UUID] | None = None) -> list[MessageView]:
    """The newest texts of a region, of some bills or of all."""
    wanted = (
        select(text_message, bill.c.number.label("bill_number"))
        .join(bill, bill.c.id == text_message.c.bill_id)
        .where(text_message.c.region == region)
        .order_by(text_message.c.written_at.desc())
        .limit(LISTED_MAX)
    )
    if bill_ids is not None:
        wanted = wanted.where(text_message.c.bill_id.in_(bill_ids))
    async with office.database.connect() as db:
        rows = (await db.execute(wanted)).all()
    return [
        MessageView(
            row.id,
            row.bill_id,
            row.bill_number,
            row.side,
            row.kind,
            masked_phone(office.seal.open(row.phone_sealed, CONTEXT)),
            row.body,
            row.state,
            row.tries,
            row.detail,
            row.written_at,
            row.ended_at,
        )
        for row in rows
    ]


async def _not_said(office: Office, row: Row[Any], detail: str) -> bool:
    async with office.database.begin() as db:
        state = await db.scalar(select(text_message.c.state).where(text_message.c.id == row.id).with_for_update())
        if state != row.state:
            return False  # somebody else was faster; look again
        if row.tries + 1 >= TRIES_MAX:
            ended = {"tries": row.tries + 1, "detail": detail, "ended_at": clock.now()}
            await text_messages.advance(db, row.id, row.state, "fail", reason=detail, **ended)
            return True
        mine = update(text_message).where(text_message.c.id == row.id)
        await db.execute(mine.values(tries=row.tries + 1, detail=detail))
    return False


async def _said(office: Office, row: Row[Any], said: MessageState) -> bool:
    async with office.database.begin() as db:
        state = await db.scalar(select(text_message.c.state).where(text_message.c.id == row.id).with_for_update())
        if state == "queued":
            state = await text_messages.advance(db, row.id, "queued", "send", tries=row.tries + 1, detail="")
        if state == "sent" and said is MessageState.delivered:
            await text_messages.advance(db, row.id, "sent", "deliver", ended_at=clock.now())
        elif state == "sent" and said is MessageState.failed:
            why = "未送达手机 never reached the telephone"
            await text_messages.advance(db, row.id, "sent", "fail", reason=why, detail=why, ended_at=clock.now())
    return said is not MessageState.accepted
