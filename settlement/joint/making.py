"""Makes a joint payment of bills, and takes it back."""

import secrets
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from foundation import clock
from foundation.errors import BadInput, Conflict, NotAllowed, NotFound
from foundation.identifiers import new_id
from settlement.bills.storing import next_number
from settlement.bills.tables import bill, party, share
from settlement.joint.asking import ask_about_attempt
from settlement.joint.finishing import release
from settlement.joint.tables import joint_member, joint_order, joint_payment, joint_payments
from settlement.office import Actor, Office
from settlement.regions import Region
from settlement.shares.splitting import PAYERS

BILLS_MAX = 5000
DAYS = 7
"""How many days a joint payment can be paid unless told."""

DAYS_MAX = 60
_NAMED = 5
"""Bills that a refusal names at most."""


class SeveralPayers(Conflict):
    """The bills' shares are not of one payer; a joint payment is."""

    code = "several_payers"


async def make_joint_payment(
    office: Office, region: str, bill_ids: Sequence[UUID], payer: str, title: str, actor: Actor, days: int = DAYS
) -> UUID:
    """Makes one payment of all that a payer, by their side, has due in the given bills; its id.

    BadInput for a bill of another region, or of which that side has nothing due. SeveralPayers where that side is not
    the same person or institution in all of them. Conflict where a share is in another joint payment.
    """
    async with office.database.begin() as db:
        return await add_joint_payment(db, office.region(region), bill_ids, payer, title, actor, days)


async def add_joint_payment(
    db: AsyncConnection, region: Region, bill_ids: Sequence[UUID], payer: str, title: str,
    actor: Actor, days: int,
) -> UUID:  # fmt: skip
    """The same, in a transaction that is open."""
    if payer not in PAYERS:
        raise BadInput("payer", payer, " | ".join(PAYERS))
    if not 0 < len(set(bill_ids)) <= BILLS_MAX:
        raise BadInput("bills", len(set(bill_ids)), f"1 to {BILLS_MAX} bills")
    if not 0 < days <= DAYS_MAX:
        raise BadInput("days", days, f"1 to {DAYS_MAX}")
    payment_id, now = new_id(), clock.now()
    due = await _due(db, region.region, bill_ids, payer, actor)
    await _of_one_payer(db, due, payer)
    values = {
        "id": payment_id,
        "region": region.region,
        "number": await next_number(db, region),
        "title": title[:100],
        "payer": payer,
        "token": secrets.token_urlsafe(18),
        "created_by": actor.name,
        "window_code": actor.window,
        "created_at": now,
        "pay_by": now + timedelta(days=days),
        "state": joint_payments.first,
    }
    await db.execute(insert(joint_payment).values(values))
    members = [{"share_id": one.id, "bill_id": one.bill_id} for one in due]
    try:
        async with db.begin_nested():
            rows = [{"joint_payment_id": payment_id, "live": True, **member} for member in members]
            await db.execute(insert(joint_member), rows)
    except IntegrityError as taken:
        raise await _taken(db, [one.id for one in due]) from taken
    return payment_id


async def cancel_joint_payment(office: Office, payment_id: UUID, actor: Actor, reason: str) -> None:
    """Takes a joint payment back; its shares stay due. Conflict while a payment may be under way."""
    await ask_about_attempt(office, payment_id)
    async with office.database.begin() as db:
        row = (
            await db.execute(select(joint_payment).where(joint_payment.c.id == payment_id).with_for_update())
        ).one_or_none()
        if row is None:
            raise NotFound(f"there is no joint payment {payment_id}")
        open_attempt = (joint_order.c.joint_payment_id == payment_id) & (joint_order.c.state == "open")
        until = await db.scalar(select(joint_order.c.pay_until).where(open_attempt))
        if until is not None:
            raise Conflict(
                f"缴款人可能正在支付，{clock.local(until):%H:%M} 以后才能撤销。"
                f"A payment may be under way; it can be cancelled after {clock.local(until):%H:%M}."
            )
        await release(db, row, "cancel", actor, reason)


async def _due(
    db: AsyncConnection, region: str, bill_ids: Sequence[UUID], payer: str, actor: Actor
) -> Sequence[Row[Any]]:
    """The due shares of a side in bills, which are locked from here on, in the order of their ids."""
    locked = select(bill.c.id, bill.c.region, bill.c.window_code, bill.c.number, bill.c.state).where(
        bill.c.id.in_(bill_ids)
    )
    bills = (await db.execute(locked.order_by(bill.c.id).with_for_update())).all()
    if missing := set(bill_ids) - {one.id for one in bills}:
        raise NotFound(f"there is no bill {', '.join(str(one) for one in sorted(missing)[:_NAMED])}")
    if strange := [one.number for one in bills if one.region != region]:
        raise BadInput("bills", strange[:_NAMED], f"bills of region {region}")
    if actor.role == "partner" and (others := [one.number for one in bills if one.window_code != actor.window]):
        raise NotAllowed(f"不是本窗口的业务：{others[0]}。This was not taken in at your window: {others[0]}.")
    due = (share.c.bill_id.in_(bill_ids)) & (share.c.payer == payer) & (share.c.state == "due")
    payable = select(share, bill.c.number).join(bill, bill.c.id == share.c.bill_id).where(due)
    rows = (await db.execute(payable.where(bill.c.state.in_(("confirmed", "part_paid"))))).all()
    with_due = {row.bill_id for row in rows}
    if idle := [f"{one.number} ({one.state})" for one in bills if one.id not in with_due]:
        raise BadInput("bills", idle[:_NAMED], f"confirmed bills in which the {payer} has something due")
    return rows


async def _of_one_payer(db: AsyncConnection, due: Sequence[Row[Any]], payer: str) -> None:
    numbers = {one.bill_id: one.number for one in due}
    parties = await db.execute(
        select(party.c.bill_id, party.c.identity_digest).where(party.c.bill_id.in_(numbers), party.c.side == payer)
    )
    people: dict[UUID, set[bytes]] = {bill_id: set() for bill_id in numbers}
    for one in parties:
        people[one.bill_id].add(bytes(one.identity_digest))
    first = people[due[0].bill_id]
    if others := [numbers[bill_id] for bill_id, who in people.items() if who != first]:
        raise SeveralPayers(
            f"一并缴款须是同一缴款人；与第一单不同的有：{'、'.join(others[:_NAMED])}。"
            f"A joint payment is of one payer; these bills have another: {', '.join(others[:_NAMED])}.",
            bills=others[:_NAMED],
        )


async def _taken(db: AsyncConnection, share_ids: Sequence[UUID]) -> Conflict:
    other = await db.scalar(
        select(joint_payment.c.number)
        .join(joint_member, joint_member.c.joint_payment_id == joint_payment.c.id)
        .where(joint_member.c.share_id.in_(share_ids), joint_member.c.live)
        .limit(1)
    )
    return Conflict(
        f"其中有税费已在一并缴款 {other} 里，请先撤销它。"
        f"Some of this is in the joint payment {other}; cancel that first.",
        joint_payment=other,
    )
