"""Proofs that pay nothing by themselves: unknown, a second time, or of an amount that is doubted.

The same for an order of one share and for one that pays many shares together.
"""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from foundation import clock
from foundation.money import yuan
from settlement.cases import UNSETTLED, office_case, open_case, vanish
from settlement.office import Office
from settlement.payments import surplus
from settlement.payments.locking import LockedOrder
from settlement.payments.outcomes import Outcome
from settlement.payments.surplus import Surplus
from settlement.ports.channel import Answer, Proof


async def unknown(db: AsyncConnection, region: str, proof: Proof) -> Outcome:
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


async def again(office: Office, db: AsyncConnection, order: LockedOrder, query_id: str, proof: Proof) -> Outcome:
    if proof.query_id == query_id and proof.amount_fen == order["amount_fen"]:
        return Outcome("duplicate", f"order {order['order_id']} was already paid")
    if await surplus.is_held(db, proof):
        return Outcome("duplicate", f"the payment {proof.query_id} is held as surplus already")
    if proof.query_id == query_id:
        return await doubted(db, order, proof)
    came = yuan(proof.amount_fen or 0)
    reason = (
        f"订单 {order['order_id']} 已缴，又来一笔 {came} 元（流水 {proof.query_id}），请退款。"
        f"Order {order['order_id']} is paid; a second payment came under {proof.query_id}; refund it."
    )
    await surplus.hold(office, db, order, proof, Surplus("again", reason))
    return Outcome("conflicting", f"order {order['order_id']} is already paid under {query_id}; held as surplus")


def difference(order: LockedOrder, proof: Proof) -> str:
    came = proof.amount_fen or 0
    return (
        f"金额不同：我方 {yuan(order['amount_fen'])}，渠道 {yuan(came)}，差 {yuan(came - order['amount_fen'])}。"
        f"The amount differs: ours {yuan(order['amount_fen'])}, the channel's {yuan(came)}."
    )


async def doubted(db: AsyncConnection, order: LockedOrder, proof: Proof) -> Outcome:
    """Another amount on the word of a message that another message may contradict: a case, and no entry."""
    came, reason = proof.amount_fen or 0, difference(order, proof)
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


async def clear_doubts(db: AsyncConnection, order_ids: Collection[str], bill_ids: Collection[UUID]) -> None:
    """Ends the doubts about amounts that a query or file has cleared up: the amount was right after all."""
    doubts = await db.execute(
        select(office_case.c.id, office_case.c.state).where(
            office_case.c.kind.in_(("P-10", "P-11")),
            office_case.c.state.in_(UNSETTLED),
            office_case.c.facts["order_id"].astext.in_(order_ids),
            office_case.c.bill_id.in_(bill_ids),
        )
    )
    await vanish(
        db,
        [(one.id, one.state) for one in doubts],
        "已向渠道查询，金额无误。The channel was asked: the amount was right.",
    )
