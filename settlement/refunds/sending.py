"""Gives back through the channel what was approved: one order a receiver, each of which can fail and be resumed.

An order is committed as sent before the channel hears of it, and after that is only asked about: whatever happens in
between, the same money is never asked for twice. A number that the channel does not know after the whole ladder was
never taken.
"""

import random
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import Row, func, select, update
from sqlalchemy.dialects.postgresql import distinct_on

from foundation import clock
from foundation.errors import Conflict, HeyiError, NotFound
from settlement.joint.tables import joint_order
from settlement.office import SYSTEM, Actor, Office
from settlement.payments.lookup import notify_address
from settlement.payments.queries import TOO_OFTEN_PAUSE
from settlement.payments.tables import channel_order, surplus_payment
from settlement.ports.channel import Part, Payment, RefundAnswer, RefundOrder, RefundProof
from settlement.refunds import papers
from settlement.refunds.answers import apply_refund_proof
from settlement.refunds.finishing import finish
from settlement.refunds.locking import locked
from settlement.refunds.making import make_orders, reroute, still_at_channel
from settlement.refunds.tables import channel_refund, channel_refunds, refund, refunds

LADDER = (1, 2, 4, 8, 16, 32)
"""Seconds between the questions about an order of the back kind (facts: channels A.8)."""

AFTER_THE_LADDER = timedelta(minutes=10)

log = structlog.get_logger()


async def pursue_refund(office: Office, refund_id: UUID) -> bool:
    """Takes an approved refund one step on: orders made, sent, asked about. True when nothing is left to pursue."""
    async with office.database.connect() as db:
        state = await db.scalar(select(refund.c.state).where(refund.c.id == refund_id))
    if state is None:
        raise NotFound(f"there is no refund {refund_id}")
    if state == "approved" and not await _start(office, refund_id, "send", SYSTEM):
        return False
    for row in await sent_refunds(office, refund_id, "ready"):
        await _send(office, row)
    for row in await sent_refunds(office, refund_id, "sent"):
        if row.next_query_at is None or row.next_query_at <= clock.now():
            await _ask(office, row)
    return not await sent_refunds(office, refund_id, "ready", "sent")


async def resume_refund(office: Office, refund_id: UUID, actor: Actor) -> None:
    """Tries again, under new numbers, what the channel did not give back. Conflict while a line is on its way."""
    if not await _start(office, refund_id, "resume", actor):
        raise Conflict(
            "款项去向正在核实，请稍后再试。Where the money is is just being found out; try again in a minute."
        )
    await pursue_refund(office, refund_id)


async def refunds_under_way(office: Office) -> list[UUID]:
    """Refunds that somebody has to pursue, for the net below the job queue."""
    live = select(channel_refund.c.refund_id).where(channel_refund.c.state.in_(("ready", "sent")))
    async with office.database.connect() as db:
        found = await db.scalars(select(refund.c.id).where((refund.c.state == "approved") | refund.c.id.in_(live)))
        return list(found.all())


async def _start(office: Office, refund_id: UUID, event: str, actor: Actor) -> bool:
    """Makes the orders of every line that goes through the channel. False while it is not known where a line is."""
    async with office.database.begin() as db:
        row, lines = await locked(db, refund_id)
    waiting = [one for one in lines if one.state == "approved" and one.way == papers.CHANNEL]
    if not await still_at_channel(office, row, waiting):
        return False
    async with office.database.begin() as db:
        row, lines = await locked(db, refund_id)
        waiting = [one for one in lines if one.state == "approved" and one.way == papers.CHANNEL]
        if any(one.piece_state in ("received", "in_transit") for one in waiting):
            return False
        arrived = [one for one in waiting if one.piece_state == "arrived"]
        await refunds.advance(db, refund_id, row.state, event, role=actor.role, actor=actor.name)
        await reroute(db, row, arrived)
        await make_orders(office, db, row, [one for one in waiting if one not in arrived])
        await finish(office, db, refund_id)  # a person may have given all of it back before this job came
    return True


async def sent_refunds(office: Office, refund_id: UUID, *states: str) -> list[Row[Any]]:
    """Orders of a refund in these states, each with the order that the payment came by which it gives back.

    Of a share that was paid with others this is the joint order, which the channel knows, and one whatever number of
    the bill's shares it paid.
    """
    beside = select(surplus_payment.c.order_id).where(surplus_payment.c.query_id == channel_refund.c.of_query_id)
    paid_by = channel_order.c.query_id.is_not_distinct_from(channel_refund.c.of_query_id)
    found = (
        select(
            channel_refund,
            func.coalesce(joint_order.c.order_id, channel_order.c.order_id).label("paid_order_id"),
            func.coalesce(joint_order.c.started_at, channel_order.c.started_at).label("paid_started_at"),
            func.coalesce(joint_order.c.amount_fen, channel_order.c.amount_fen).label("paid_fen"),
        )
        .ext(distinct_on(channel_refund.c.id))
        .join(refund, refund.c.id == channel_refund.c.refund_id)
        .join(channel_order, (channel_order.c.bill_id == refund.c.bill_id) & (paid_by | channel_order.c.id.in_(beside)))
        .outerjoin(joint_order, joint_order.c.id == channel_order.c.joint_order_id)
        .where(channel_refund.c.refund_id == refund_id, channel_refund.c.state.in_(states))
        .order_by(channel_refund.c.id)
    )
    async with office.database.connect() as db:
        return list((await db.execute(found)).all())


async def _send(office: Office, row: Row[Any]) -> None:
    async with office.database.begin() as db:
        first = clock.now() + timedelta(seconds=LADDER[0])
        await channel_refunds.advance(db, row.id, "ready", "send", next_query_at=first)
    channel = office.institutions[row.region].channel
    try:
        proof = await channel.refund(refund_order(row), notify_address(office, channel.name, row.region))
    except HeyiError as error:  # it may have been taken: the ladder finds out
        log.warning("refund sent, no answer", order=row.order_id, error=error.detail)
        return
    await _apply(office, row, proof)


async def _ask(office: Office, row: Row[Any]) -> None:
    try:
        proof = await office.institutions[row.region].channel.query_refund(refund_order(row))
    except HeyiError as error:
        log.warning("refund not asked about", order=row.order_id, error=error.detail)
        await _later(office, row, counts=False)
        return
    if proof.answer is RefundAnswer.unknown and row.queries + 1 >= len(LADDER):
        proof = replace(proof, answer=RefundAnswer.failed, detail=f"{proof.detail} (never taken)")
    await _apply(office, row, proof)
    if proof.answer in (RefundAnswer.pending, RefundAnswer.unknown):
        await _later(office, row, counts=not proof.too_often)


async def _apply(office: Office, row: Row[Any], proof: RefundProof) -> None:
    async with office.database.begin() as db:
        await apply_refund_proof(office, db, row.region, proof)


async def _later(office: Office, row: Row[Any], counts: bool) -> None:
    """When to ask next: by the ladder, then every ten minutes; a question that was not answered does not count."""
    asked = row.queries + 1
    if counts:
        pause = timedelta(seconds=LADDER[asked]) if asked < len(LADDER) else AFTER_THE_LADDER
    else:
        asked, pause = row.queries, TOO_OFTEN_PAUSE / 10
    pause *= random.uniform(1, 1.05)  # noqa: S311 - jitter, not a secret
    async with office.database.begin() as db:
        await db.execute(
            update(channel_refund)
            .where(channel_refund.c.id == row.id, channel_refund.c.state == "sent")
            .values(queries=asked, next_query_at=clock.now() + pause)
        )


def refund_order(row: Row[Any]) -> RefundOrder:
    """What the channel is told, or asked about, of a row of `sent_refunds`."""
    parts = tuple(Part(part["receiver"], part["amount_fen"]) for part in row.parts)
    paid = Payment(row.paid_order_id, row.paid_started_at, row.paid_fen, row.of_query_id)
    return RefundOrder(row.kind, row.order_id, row.started_at, row.amount_fen, parts, paid)
