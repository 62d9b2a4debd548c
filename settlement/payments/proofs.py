"""What happens when the channel says that an order was paid, or that it was not.

The one function into which notification, query and settlement file lead. In the caller's transaction: order, share
and bill move on, the ledger is posted, follow-ups are queued. Every proof has exactly one outcome.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from foundation import clock
from foundation.database import enqueue, raw
from foundation.money import yuan
from settlement.follow_ups import COUNTER
from settlement.joint.proofs import apply_joint_proof
from settlement.office import Office
from settlement.payments import surplus
from settlement.payments.locking import LockedOrder, locked_orders
from settlement.payments.odd import again, clear_doubts, difference, doubted, unknown
from settlement.payments.outcomes import Outcome
from settlement.payments.resting import rest_codes
from settlement.payments.settling import Heard, Path, settle
from settlement.payments.surplus import Surplus
from settlement.payments.tables import channel_order, channel_orders
from settlement.ports.channel import Answer, Proof


async def apply_proof(office: Office, db: AsyncConnection, region_code: str, proof: Proof, path: Path) -> Outcome:
    """Applies one proof; see `apply_proofs`."""
    return (await apply_proofs(office, db, [Heard(region_code, proof, path)]))[0]


async def apply_proofs(office: Office, db: AsyncConnection, heard: Sequence[Heard]) -> list[Outcome]:
    """Applies each proof once, however often and by whatever path it comes, and answers in their order.

    What pays as it was owed is settled as one set; what is odd (late, double, another amount, unknown) goes one by one
    after that.
    """
    settled = await settle(office, await raw(db), heard)
    await _explain(db, [one for one, outcome in zip(heard, settled, strict=True) if outcome])
    odd = [one.proof for one, outcome in zip(heard, settled, strict=True) if not outcome]
    orders = await _locked(db, sorted({proof.order_id for proof in odd}))
    judged: set[str] = set()
    outcomes = []
    for one, outcome in zip(heard, settled, strict=True):
        if outcome is None and one.proof.order_id in judged:
            orders |= await _locked(db, [one.proof.order_id])  # the proof before may have moved it
        judged.add(one.proof.order_id)
        outcomes.append(outcome or await _judge(office, db, one, orders.get(_identity(one.proof))))
    return outcomes


async def _locked(db: AsyncConnection, order_ids: Sequence[str]) -> dict[tuple[str, str, datetime], LockedOrder]:
    rows = await locked_orders(db, order_ids)
    return {(row["merchant"], row["order_id"], row["started_at"]): row for row in rows}


async def _judge(office: Office, db: AsyncConnection, one: Heard, order: LockedOrder | None) -> Outcome:
    """What a proof means that does not pay what its region waits for."""
    proof = one.proof
    if order is None:
        return await unknown(db, one.region, proof)
    if "attempt_id" in order:
        return await apply_joint_proof(office, db, one, order)
    if proof.answer is not Answer.paid:
        return await _not_paid(db, order, proof)
    if order["state"] in ("paid", "paid_late", "paid_other"):
        return await again(office, db, order, order["query_id"], proof)
    if proof.amount_fen != order["amount_fen"]:
        return await _other_amount(office, db, order, proof, one.path)
    if order["state"] == "reversed" and one.path == "notification":
        return await _asked_again(db, order)
    if order["region"] != one.region:  # two regions may share a merchant: it counts where the order is
        return await apply_proof(office, db, order["region"], proof, one.path)
    return await _late(office, db, order, proof, one.path)


def _identity(proof: Proof) -> tuple[str, str, datetime]:
    """Merchant, order number and start identify a transaction at the channel (facts: channels A.4)."""
    return proof.merchant, proof.order_id, proof.started_at


async def _not_paid(db: AsyncConnection, order: LockedOrder, proof: Proof) -> Outcome:
    """Only a final 'no' closes it: after the order's time is over, or where the channel closed it itself."""
    over = proof.closed or clock.now() >= order["pay_until"]
    if proof.answer is Answer.not_paid and order["state"] == "open" and over:
        await channel_orders.advance(db, order["id"], "open", "time_over", next_query_at=None)
        await rest_codes(db, [order["code_id"]])
        return Outcome("applied", "not paid in its time; closed")
    return Outcome("stale", f"{proof.answer} changes nothing for an order that is {order['state']}")


async def _other_amount(office: Office, db: AsyncConnection, order: LockedOrder, proof: Proof, path: Path) -> Outcome:
    """Never paid by it. A notification alone is doubted, and the channel asked; a query or file is believed."""
    if path == "notification":
        outcome = await doubted(db, order, proof)
        soon = channel_order.c.id == order["id"]
        if order["state"] == "open":
            await db.execute(update(channel_order).where(soon).values(next_query_at=clock.now()))
        return outcome
    await _close(db, order, "pay_other", proof, path)
    reason = difference(order, proof) + "请退款。Refund it."
    await surplus.hold(office, db, order, proof, Surplus("other_amount", reason))
    return Outcome("applied", reason)


async def _asked_again(db: AsyncConnection, order: LockedOrder) -> Outcome:
    """A notification may have been under way when its payment was reversed: only the channel's answer now counts."""
    await enqueue(db, COUNTER, [str(order["id"])])
    return Outcome("stale", f"order {order['order_id']} was reversed; the channel is asked whether money stayed")


async def _late(office: Office, db: AsyncConnection, order: LockedOrder, proof: Proof, path: Path) -> Outcome:
    """Money that no share waits for: held as surplus, until two people decide."""
    await _close(db, order, "pay_late", proof, path)
    reason = (
        f"关单后到款 {yuan(order['amount_fen'])} 元，缴款单已是 {order['bill_state']}，建议退款。"
        f"Paid after the order was closed; the bill is {order['bill_state']}; a refund is proposed."
    )
    await surplus.hold(office, db, order, proof, Surplus("late", reason))
    return Outcome("applied", "paid late; held as surplus, a case is open")


async def _close(db: AsyncConnection, order: LockedOrder, event: str, proof: Proof, path: Path) -> None:
    await channel_orders.advance(
        db,
        order["id"],
        order["state"],
        event,
        query_id=proof.query_id,
        trace_no=proof.trace_no,
        clearing_day=proof.clearing_day,
        paid_at=clock.now(),
        proved_by=path,
        next_query_at=None,
    )
    await rest_codes(db, [order["code_id"]])


async def _explain(db: AsyncConnection, settled: Sequence[Heard]) -> None:
    """Ends the doubts about amounts that a query or file has cleared up: the amount was right after all."""
    sure = {one.proof.order_id for one in settled if one.path != "notification"}
    if sure:
        of_bills = await db.scalars(select(channel_order.c.bill_id).where(channel_order.c.order_id.in_(sure)))
        await clear_doubts(db, sure, set(of_bills))
