"""What happens when the channel says that an order was paid, or that it was not.

The one function into which notification, query and settlement file lead. In the caller's transaction: order, share
and bill move on, the ledger is posted, follow-ups are queued. Every proof has exactly one outcome.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from foundation import clock
from foundation.money import yuan
from ledger import open_accounts, post
from settlement import postings
from settlement.cases import open_case
from settlement.office import Office
from settlement.payments.settling import LockedOrder, PaidOrder, locked_orders, settle
from settlement.payments.tables import channel_orders
from settlement.ports.channel import Answer, Proof

Path = Literal["notification", "query", "file"]


@dataclass(frozen=True, slots=True)
class Heard:
    """A proof, the region whose business it should be, and the path by which we heard."""

    region: str
    proof: Proof
    path: Path


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a proof: applied, duplicate, stale, conflicting or unknown_order, and why in one sentence."""

    name: str
    detail: str


async def apply_proof(office: Office, db: AsyncConnection, region_code: str, proof: Proof, path: Path) -> Outcome:
    """Applies one proof; see `apply_proofs`."""
    return (await apply_proofs(office, db, [Heard(region_code, proof, path)]))[0]


async def apply_proofs(office: Office, db: AsyncConnection, heard: Sequence[Heard]) -> list[Outcome]:
    """Applies each proof once, however often and by whatever path it comes, and answers in their order.

    What is paid is settled as one set; what is odd (late, double, another amount, unknown) goes one by one.
    """
    rows = await locked_orders(db, sorted({one.proof.order_id for one in heard}))
    orders = {(row["merchant"], row["order_id"], row["started_at"]): row for row in rows}
    settled: dict[UUID, PaidOrder] = {}
    outcomes = []
    for one in heard:
        order = orders.get(_identity(one.proof))
        outcomes.append(await _judge(office, db, one, order, settled))
    await settle(office, db, list(settled.values()))
    return outcomes


async def _judge(
    office: Office, db: AsyncConnection, one: Heard, order: LockedOrder | None, settled: dict[UUID, PaidOrder]
) -> Outcome:
    """What a proof means. One that pays is put into `settled`, by share, to be written with the others."""
    proof = one.proof
    if order is None:
        return await _unknown(db, one.region, proof)
    if proof.answer is not Answer.paid:
        return await _not_paid(db, order, proof)
    before = settled.get(order["share_id"])
    if before is not None and before.order["id"] == order["id"]:
        return await _again(db, order, before.proof.query_id or "", proof)
    if order["state"] in ("paid", "paid_late"):
        return await _again(db, order, order["query_id"], proof)
    if proof.amount_fen != order["amount_fen"]:
        return await _other_amount(db, order, proof)
    if before is not None or order["share_state"] != "due" or order["bill_state"] not in ("confirmed", "part_paid"):
        return await _late(office, db, order, proof, one.path)
    settled[order["share_id"]] = PaidOrder(order, proof, one.path)
    return Outcome("applied", f"paid, {yuan(order['amount_fen'])} yuan under {proof.query_id}")


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
    """Only a final 'no', after the order's time is over, closes it."""
    if proof.answer is Answer.not_paid and order["state"] == "open" and clock.now() >= order["pay_until"]:
        await channel_orders.advance(db, order["id"], "open", "time_over", next_query_at=None)
        return Outcome("applied", "not paid in its time; closed")
    return Outcome("stale", f"{proof.answer} changes nothing for an order that is {order['state']}")


async def _again(db: AsyncConnection, order: LockedOrder, query_id: str, proof: Proof) -> Outcome:
    if proof.query_id == query_id and proof.amount_fen == order["amount_fen"]:
        return Outcome("duplicate", f"order {order['order_id']} was already paid")
    await open_case(
        db,
        region=order["region"],
        kind="P-6",
        fingerprint=f"P-6:{order['channel']}:{proof.query_id}",
        amount_fen=proof.amount_fen or 0,
        bill_id=order["bill_id"],
        business_day=clock.today(),
        reason=f"订单 {order['order_id']} 已缴，又来一笔 {yuan(proof.amount_fen or 0)} 元（流水 {proof.query_id}）。"
        f"Order {order['order_id']} is paid; a second payment came under {proof.query_id}.",
        facts={"order_id": order["order_id"], "first": query_id, "second": proof.query_id},
    )
    return Outcome("conflicting", f"order {order['order_id']} is already paid under {query_id}")


async def _other_amount(db: AsyncConnection, order: LockedOrder, proof: Proof) -> Outcome:
    came = proof.amount_fen or 0
    kind = "P-10" if came > order["amount_fen"] else "P-11"
    reason = (
        f"金额不同：我方 {yuan(order['amount_fen'])}，渠道 {yuan(came)}，差 {yuan(came - order['amount_fen'])}。"
        f"The amount differs: ours {yuan(order['amount_fen'])}, the channel's {yuan(came)}."
    )
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
    region = office.region(order["region"])
    day = proof.clearing_day or clock.today()
    await channel_orders.advance(
        db,
        order["id"],
        order["state"],
        "pay_late",
        query_id=proof.query_id,
        trace_no=proof.trace_no,
        clearing_day=proof.clearing_day,
        paid_at=clock.now(),
        proved_by=path,
        next_query_at=None,
    )
    await open_accounts(db, [postings.in_transit(region), postings.surplus(region)])
    await post(db, [postings.surplus_paid(region, order["id"], f"order {order['order_id']}", day, order["amount_fen"])])
    await open_case(
        db,
        region=order["region"],
        kind="P-3",
        fingerprint=f"P-3:{order['channel']}:{proof.query_id}",
        amount_fen=order["amount_fen"],
        bill_id=order["bill_id"],
        business_day=clock.today(),
        reason=f"关单后到款 {yuan(order['amount_fen'])} 元，缴款单已是 {order['bill_state']}，建议退款。"
        f"Paid after the order was closed; the bill is {order['bill_state']}; a refund is proposed.",
        facts={"order_id": order["order_id"], "query_id": proof.query_id},
    )
    return Outcome("applied", "paid late; held as surplus, a case is open")
