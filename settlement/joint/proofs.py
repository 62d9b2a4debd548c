"""What happens when the channel says that a joint order was paid, or that it was not.

It expands into one proof a share, each under the share's own number, and these are settled like any other: together, in
the caller's transaction. Money that not every share waits for any more pays those that do; the rest is one surplus.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Row, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from foundation import clock
from foundation.database import raw
from foundation.money import yuan
from settlement.joint.finishing import finish
from settlement.joint.tables import joint_order, joint_orders
from settlement.office import Office
from settlement.payments import surplus
from settlement.payments.locking import LockedOrder
from settlement.payments.odd import again, clear_doubts, difference, doubted
from settlement.payments.outcomes import Outcome
from settlement.payments.resting import rest_codes
from settlement.payments.settling import Heard, settle
from settlement.payments.surplus import Surplus
from settlement.payments.tables import channel_order, channel_orders
from settlement.ports.channel import Answer, Proof


async def apply_joint_proof(office: Office, db: AsyncConnection, one: Heard, order: LockedOrder) -> Outcome:
    """Applies one proof of a joint order; all bills behind it are locked by the caller."""
    proof = one.proof
    if proof.answer is not Answer.paid:
        return await _not_paid(db, order, proof)
    if order["state"] in ("paid", "paid_late", "paid_other"):
        return await again(office, db, order, order["query_id"], proof)
    if proof.amount_fen != order["amount_fen"]:
        return await _other_amount(office, db, order, one)
    return await _pay(office, db, order, one)


async def _pay(office: Office, db: AsyncConnection, order: LockedOrder, one: Heard) -> Outcome:
    members = await _members(db, order)
    heard = [Heard(order["region"], _own(one.proof, member), one.path) for member in members]
    settled = await settle(office, await raw(db), heard)
    unwanted = [member for member, outcome in zip(members, settled, strict=True) if outcome is None]
    await _close(db, order, "pay_late" if len(unwanted) == len(members) else "pay", one)
    await _give_up(db, unwanted)
    if one.path != "notification":
        await clear_doubts(db, [order["order_id"]], [order["bill_id"]])
    await finish(db, order["joint_payment_id"])
    if not unwanted:
        return Outcome("applied", f"{len(members)} shares paid, {yuan(order['amount_fen'])} yuan together")
    left = sum(member.amount_fen for member in unwanted)
    reason = (
        f"一并缴款 {order['order_id']} 到账时，{len(unwanted)} 笔已另行缴清或作废，多出 {yuan(left)} 元，请退款。"
        f"When the joint payment {order['order_id']} came, {len(unwanted)} of its shares were due no more; "
        f"refund {yuan(left)} yuan."
    )
    bearer = {**order, "id": unwanted[0].id, "bill_id": unwanted[0].bill_id}
    why = Surplus("late", reason, _parts(unwanted))
    await surplus.hold(office, db, bearer, replace(one.proof, amount_fen=left), why)
    return Outcome("applied", reason)


def _own(proof: Proof, member: Row[Any]) -> Proof:
    """The proof of one share: under its own number, over its own amount, by the payment of all."""
    return replace(
        proof,
        channel=member.channel,
        merchant=member.merchant,
        order_id=member.order_id,
        started_at=member.started_at,
        amount_fen=member.amount_fen,
    )


async def _other_amount(office: Office, db: AsyncConnection, order: LockedOrder, one: Heard) -> Outcome:
    """Pays no share at all, as nobody can say which. A notification alone is doubted, and the channel asked."""
    if one.path == "notification":
        outcome = await doubted(db, order, one.proof)
        soon = (joint_order.c.id == order["attempt_id"]) & (joint_order.c.state == "open")
        await db.execute(update(joint_order).where(soon).values(next_query_at=clock.now()))
        return outcome
    await _close(db, order, "pay_other", one)
    await _give_up(db, await _members(db, order))
    reason = difference(order, one.proof) + "请退款。Refund it."
    await surplus.hold(office, db, order, one.proof, Surplus("other_amount", reason))
    return Outcome("applied", reason)


async def _not_paid(db: AsyncConnection, order: LockedOrder, proof: Proof) -> Outcome:
    """Only a final 'no' closes it: after its time is over, or where the channel closed it itself."""
    over = proof.closed or clock.now() >= order["pay_until"]
    if proof.answer is Answer.not_paid and order["state"] == "open" and over:
        await joint_orders.advance(db, order["attempt_id"], "open", "time_over", next_query_at=None)
        await _give_up(db, await _members(db, order))
        return Outcome("applied", "not paid in its time; closed")
    return Outcome("stale", f"{proof.answer} changes nothing for a joint order that is {order['state']}")


async def _give_up(db: AsyncConnection, members: Sequence[Row[Any]]) -> None:
    """Closes the orders of shares that this attempt does not pay, so that they can be paid in another way."""
    still_open = [member for member in members if member.state == "open"]
    await channel_orders.advance(db, [member.id for member in still_open], "open", "time_over")
    await rest_codes(db, [member.code_id for member in still_open])


async def _close(db: AsyncConnection, order: LockedOrder, event: str, one: Heard) -> None:
    await joint_orders.advance(
        db,
        order["attempt_id"],
        order["state"],
        event,
        query_id=one.proof.query_id,
        trace_no=one.proof.trace_no,
        clearing_day=one.proof.clearing_day,
        paid_at=clock.now(),
        proved_by=one.path,
        next_query_at=None,
    )


async def _members(db: AsyncConnection, order: LockedOrder) -> Sequence[Row[Any]]:
    of_it = select(channel_order).where(channel_order.c.joint_order_id == order["attempt_id"])
    return (await db.execute(of_it.order_by(channel_order.c.order_id))).all()


def _parts(members: Sequence[Row[Any]]) -> list[dict[str, Any]]:
    """With whom the money of some shares is, by receiver."""
    sums: dict[str, int] = {}
    for member in members:
        for part in member.parts:
            sums[part["receiver"]] = sums.get(part["receiver"], 0) + part["amount_fen"]
    return [{"receiver": receiver, "amount_fen": fen} for receiver, fen in sums.items()]
