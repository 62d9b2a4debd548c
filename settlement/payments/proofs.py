"""What happens when the channel says that an order was paid, or that it was not.

The one function into which notification, query and settlement file lead. In the caller's transaction: order, share
and bill move on, the ledger is posted, follow-ups are queued. Every proof has exactly one outcome.
"""

from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from foundation import clock
from foundation.database import enqueue
from foundation.money import yuan
from ledger import open_accounts, post
from settlement import postings
from settlement.allocation.tables import allocation_line, allocation_lines
from settlement.bills.tables import bill, bills, share, shares
from settlement.cases import open_case
from settlement.follow_ups import ALLOCATE
from settlement.office import Office
from settlement.payments.tables import channel_order, channel_orders, payment_code, payment_codes
from settlement.ports.channel import Answer, Proof

Path = Literal["notification", "query", "file"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a proof: applied, duplicate, stale, conflicting or unknown_order, and why in one sentence."""

    name: str
    detail: str


async def apply_proof(office: Office, db: AsyncConnection, region_code: str, proof: Proof, path: Path) -> Outcome:
    """Applies a proof once, however often and by whatever path it comes."""
    order = await _locked_order(db, proof)
    if order is None:
        return await _unknown(db, region_code, proof)
    if proof.answer is not Answer.paid:
        return await _not_paid(db, order, proof)
    if order.state in ("paid", "paid_late"):
        return await _again(db, order, proof)
    if proof.amount_fen != order.amount_fen:
        return await _other_amount(db, order, proof)
    return await _paid(office, db, order, proof, path)


async def _locked_order(db: AsyncConnection, proof: Proof) -> Row[Any] | None:
    """The order, locked after its bill: everything that moves a bill takes the bill's row first."""
    same = (
        (channel_order.c.order_id == proof.order_id)
        & (channel_order.c.merchant == proof.merchant)
        & (channel_order.c.started_at == proof.started_at)
    )
    bill_id = await db.scalar(select(channel_order.c.bill_id).where(same))
    if bill_id is None:
        return None
    await db.execute(select(bill.c.id).where(bill.c.id == bill_id).with_for_update())
    return (await db.execute(select(channel_order).where(same).with_for_update())).one()


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


async def _not_paid(db: AsyncConnection, order: Row[Any], proof: Proof) -> Outcome:
    """Only a final 'no', after the order's time is over, closes it."""
    if proof.answer is Answer.not_paid and order.state == "open" and clock.now() >= order.pay_until:
        await channel_orders.advance(db, order.id, "open", "time_over", next_query_at=None)
        return Outcome("applied", "not paid in its time; closed")
    return Outcome("stale", f"{proof.answer} changes nothing for an order that is {order.state}")


async def _again(db: AsyncConnection, order: Row[Any], proof: Proof) -> Outcome:
    if proof.query_id == order.query_id and proof.amount_fen == order.amount_fen:
        return Outcome("duplicate", f"order {order.order_id} was already {order.state}")
    await open_case(
        db,
        region=order.region,
        kind="P-6",
        fingerprint=f"P-6:{order.channel}:{proof.query_id}",
        amount_fen=proof.amount_fen or 0,
        bill_id=order.bill_id,
        business_day=clock.today(),
        reason=f"订单 {order.order_id} 已缴，又来一笔 {yuan(proof.amount_fen or 0)} 元（流水 {proof.query_id}）。"
        f"Order {order.order_id} is paid; a second payment came under {proof.query_id}.",
        facts={"order_id": order.order_id, "first": order.query_id, "second": proof.query_id},
    )
    return Outcome("conflicting", f"order {order.order_id} is already paid under {order.query_id}")


async def _other_amount(db: AsyncConnection, order: Row[Any], proof: Proof) -> Outcome:
    came = proof.amount_fen or 0
    kind = "P-10" if came > order.amount_fen else "P-11"
    reason = (
        f"金额不同：我方 {yuan(order.amount_fen)}，渠道 {yuan(came)}，差 {yuan(came - order.amount_fen)}。"
        f"The amount differs: ours {yuan(order.amount_fen)}, the channel's {yuan(came)}."
    )
    await open_case(
        db,
        region=order.region,
        kind=kind,
        fingerprint=f"{kind}:{order.channel}:{proof.query_id}",
        amount_fen=came,
        reason=reason,
        facts={"order_id": order.order_id, "ours_fen": order.amount_fen, "theirs_fen": came},
        bill_id=order.bill_id,
        business_day=clock.today(),
    )
    return Outcome("conflicting", reason)


async def _paid(office: Office, db: AsyncConnection, order: Row[Any], proof: Proof, path: Path) -> Outcome:
    region = office.region(order.region)
    proved: dict[str, Any] = {
        "query_id": proof.query_id,
        "trace_no": proof.trace_no,
        "clearing_day": proof.clearing_day,
        "paid_at": clock.now(),
        "proved_by": path,
        "next_query_at": None,
    }
    one = (await db.execute(select(share).where(share.c.id == order.share_id))).one()
    bill_row = (await db.execute(select(bill).where(bill.c.id == order.bill_id))).one()
    reference = f"order {order.order_id}"
    day = proof.clearing_day or clock.today()  # money counts on the channel's day, which turns at 23:00
    if one.state != "due" or bill_row.state not in ("confirmed", "part_paid"):
        await channel_orders.advance(db, order.id, order.state, "pay_late", **proved)
        await open_accounts(db, [postings.surplus(region)])
        await post(db, [postings.surplus_paid(region, order.id, reference, day, order.amount_fen)])
        await open_case(
            db,
            region=order.region,
            kind="P-3",
            fingerprint=f"P-3:{order.channel}:{proof.query_id}",
            amount_fen=order.amount_fen,
            bill_id=order.bill_id,
            business_day=clock.today(),
            reason=f"关单后到款 {yuan(order.amount_fen)} 元，缴款单已是 {bill_row.state}，建议退款。"
            f"Paid after the order was closed; the bill is {bill_row.state}; a refund is proposed.",
            facts={"order_id": order.order_id, "query_id": proof.query_id},
        )
        return Outcome("applied", "paid late; held as surplus, a case is open")
    await channel_orders.advance(db, order.id, order.state, "pay", **proved)
    await shares.advance(db, one.id, "due", "pay")
    lines = await db.scalars(select(allocation_line.c.id).where(allocation_line.c.share_id == one.id))
    await allocation_lines.advance(db, lines.all(), "due", "pay")
    await post(db, [postings.paid(region, order.id, reference, day, order.amount_fen)])
    await _move_bill(db, bill_row)
    await enqueue(db, ALLOCATE, [str(bill_row.id)])
    return Outcome("applied", f"paid, {yuan(order.amount_fen)} yuan under {proof.query_id}")


async def _move_bill(db: AsyncConnection, bill_row: Row[Any]) -> None:
    """The bill is paid with its last share; its code with it."""
    still_due = await db.scalar(
        select(share.c.id).where(share.c.bill_id == bill_row.id, share.c.state == "due").limit(1)
    )
    if still_due is not None:
        if bill_row.state == "confirmed":
            await bills.advance(db, bill_row.id, "confirmed", "share_paid")
        return
    await bills.advance(db, bill_row.id, bill_row.state, "last_share_paid", paid_at=clock.now())
    live = payment_code.c.state.in_(("live", "expiring"))
    codes = await db.execute(select(payment_code).where(payment_code.c.bill_id == bill_row.id, live))
    for code in codes.all():
        await payment_codes.advance(db, code.id, code.state, "last_share_paid")
