"""What happens when the channel says that an order was paid, or that it was not.

The one function into which notification, query and settlement file lead. In the caller's transaction: order, share
and bill move on, the ledger is posted, follow-ups are queued. Every proof has exactly one outcome.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from foundation import clock
from foundation.database import raw
from foundation.money import yuan
from settlement.cases import UNSETTLED, office_case, open_case, vanish
from settlement.office import Office
from settlement.payments import surplus
from settlement.payments.locking import LockedOrder, locked_orders
from settlement.payments.outcomes import Outcome
from settlement.payments.settling import Heard, Path, settle
from settlement.payments.surplus import Surplus
from settlement.payments.tables import channel_order, channel_orders, payment_code, payment_codes
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
        return await _unknown(db, one.region, proof)
    if proof.answer is not Answer.paid:
        return await _not_paid(db, order, proof)
    if order["state"] in ("paid", "paid_late", "paid_other"):
        return await _again(office, db, order, order["query_id"], proof)
    if proof.amount_fen != order["amount_fen"]:
        return await _other_amount(office, db, order, proof, one.path)
    if order["region"] != one.region:  # two regions may share a merchant: it counts where the order is
        return await apply_proof(office, db, order["region"], proof, one.path)
    return await _late(office, db, order, proof, one.path)


def _identity(proof: Proof) -> tuple[str, str, datetime]:
    """Merchant, order number and start identify a transaction at the channel (facts: channels A.4)."""
    return proof.merchant, proof.order_id, proof.started_at


async def _unknown(db: AsyncConnection, region: str, proof: Proof) -> Outcome:
    detail = f"no order {proof.order_id} of merchant {proof.merchant} started {clock.local(proof.started_at)}"
    if proof.answer is Answer.paid:
        await open_case(
            db,
            region=region,
            kind="P-5",
            fingerprint=f"P-5:{proof.channel}:{proof.query_id}",
            amount_fen=proof.amount_fen or 0,
            reason=f"渠道有款，我方无此订单 {proof.order_id}，{yuan(proof.amount_fen or 0)} 元。"
            f"Paid at the channel, but we have no order {proof.order_id}.",
            facts={"order_id": proof.order_id, "query_id": proof.query_id},
            business_day=clock.today(),
        )
    return Outcome("unknown_order", detail)


async def _not_paid(db: AsyncConnection, order: LockedOrder, proof: Proof) -> Outcome:
    """Only a final 'no' closes it: after the order's time is over, or where the channel closed it itself."""
    over = proof.closed or clock.now() >= order["pay_until"]
    if proof.answer is Answer.not_paid and order["state"] == "open" and over:
        await channel_orders.advance(db, order["id"], "open", "time_over", next_query_at=None)
        await rest_code(db, order["code_id"])
        return Outcome("applied", "not paid in its time; closed")
    return Outcome("stale", f"{proof.answer} changes nothing for an order that is {order['state']}")


async def _again(office: Office, db: AsyncConnection, order: LockedOrder, query_id: str, proof: Proof) -> Outcome:
    if proof.query_id == query_id and proof.amount_fen == order["amount_fen"]:
        return Outcome("duplicate", f"order {order['order_id']} was already paid")
    if await surplus.is_held(db, proof):
        return Outcome("duplicate", f"the payment {proof.query_id} is held as surplus already")
    if proof.query_id == query_id:
        return await _doubted(db, order, proof)
    came = yuan(proof.amount_fen or 0)
    reason = (
        f"订单 {order['order_id']} 已缴，又来一笔 {came} 元（流水 {proof.query_id}），请退款。"
        f"Order {order['order_id']} is paid; a second payment came under {proof.query_id}; refund it."
    )
    await surplus.hold(office, db, order, proof, Surplus("again", reason))
    return Outcome("conflicting", f"order {order['order_id']} is already paid under {query_id}; held as surplus")


async def _other_amount(office: Office, db: AsyncConnection, order: LockedOrder, proof: Proof, path: Path) -> Outcome:
    """Never paid by it. A notification alone is doubted, and the channel asked; a query or file is believed."""
    if path == "notification":
        outcome = await _doubted(db, order, proof)
        soon = channel_order.c.id == order["id"]
        if order["state"] == "open":
            await db.execute(update(channel_order).where(soon).values(next_query_at=clock.now()))
        return outcome
    await _close(db, order, "pay_other", proof, path)
    reason = _difference(order, proof) + "请退款。Refund it."
    await surplus.hold(office, db, order, proof, Surplus("other_amount", reason))
    return Outcome("applied", reason)


def _difference(order: LockedOrder, proof: Proof) -> str:
    came = proof.amount_fen or 0
    return (
        f"金额不同：我方 {yuan(order['amount_fen'])}，渠道 {yuan(came)}，差 {yuan(came - order['amount_fen'])}。"
        f"The amount differs: ours {yuan(order['amount_fen'])}, the channel's {yuan(came)}."
    )


async def _doubted(db: AsyncConnection, order: LockedOrder, proof: Proof) -> Outcome:
    """Another amount on the word of a message that another message may contradict: a case, and no entry."""
    came, reason = proof.amount_fen or 0, _difference(order, proof)
    kind = surplus.case_kind("other_amount", came, order["amount_fen"])
    await open_case(
        db,
        region=order["region"],
        kind=kind,
        fingerprint=f"{kind}:{order['channel']}:{proof.query_id}",
        amount_fen=came,
        reason=reason,
        facts={"order_id": order["order_id"], "ours_fen": order["amount_fen"], "theirs_fen": came},
        bill_id=order["bill_id"],
        business_day=clock.today(),
    )
    return Outcome("conflicting", reason)


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
    await rest_code(db, order["code_id"])


async def rest_code(db: AsyncConnection, code_id: UUID) -> None:
    """Shows a code again as waiting once nothing is under way at the channel behind it."""
    under_way = (channel_order.c.code_id == code_id) & (channel_order.c.state == channel_orders.first)
    if await db.scalar(select(channel_order.c.id).where(under_way).limit(1)) is None:
        state = await db.scalar(select(payment_code.c.state).where(payment_code.c.id == code_id))
        if state == "paying":
            await payment_codes.advance(db, code_id, state, "rest")


async def _explain(db: AsyncConnection, settled: Sequence[Heard]) -> None:
    """Ends the doubts about amounts that a query or file has cleared up: the amount was right after all."""
    sure = {one.proof.order_id for one in settled if one.path != "notification"}
    if sure:
        doubts = await db.execute(
            select(office_case.c.id, office_case.c.state).where(
                office_case.c.kind.in_(("P-10", "P-11")),
                office_case.c.state.in_(UNSETTLED),
                office_case.c.facts["order_id"].astext.in_(sure),
                office_case.c.bill_id.in_(select(channel_order.c.bill_id).where(channel_order.c.order_id.in_(sure))),
            )
        )
        await vanish(db, [(one.id, one.state) for one in doubts], "the channel was asked: the amount was right")
