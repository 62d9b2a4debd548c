"""What the channel says of a refund: by query or notification, once, in whatever order.

The one function into which all of it leads. In the caller's transaction: the channel's order, the lines that it gives
back, the ledger, and how far the refund is.
"""

from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from foundation import clock
from foundation.money import yuan
from ledger import post_on_open_days
from settlement import postings
from settlement.cases import open_case
from settlement.office import Office
from settlement.payments.outcomes import Outcome
from settlement.ports.channel import RefundAnswer, RefundProof
from settlement.refunds import papers
from settlement.refunds.finishing import finish, given_back
from settlement.refunds.locking import locked
from settlement.refunds.tables import channel_refund, channel_refunds, refund_lines


async def apply_refund_proof(office: Office, db: AsyncConnection, region: str, proof: RefundProof) -> Outcome:
    """Applies what the channel says of one refund; `failed` closes it only while it is not done."""
    refund_id = await db.scalar(select(channel_refund.c.refund_id).where(channel_refund.c.order_id == proof.order_id))
    if refund_id is None:
        return await _unknown(db, region, proof)
    refund_row, lines = await locked(db, refund_id)
    row = (await db.execute(select(channel_refund).where(channel_refund.c.order_id == proof.order_id))).one()
    if proof.answer is RefundAnswer.done:
        return await _done(office, db, refund_row, lines, row, proof)
    if proof.answer is RefundAnswer.failed and row.state in ("ready", "sent"):
        await channel_refunds.advance(db, row.id, row.state, "fail", next_query_at=None, detail=proof.detail)
        await finish(office, db, refund_id)
        return Outcome("applied", f"refund {row.order_id} failed: {proof.detail}")
    return Outcome("stale", f"{proof.answer} changes nothing for a refund that is {row.state}")


async def _done(
    office: Office, db: AsyncConnection, refund_row: Row[Any], lines: Any, row: Row[Any], proof: RefundProof
) -> Outcome:
    if row.state == "done":
        return Outcome("duplicate", f"refund {row.order_id} is done already")
    ours = [line for line in lines if _is_of(line, row) and line.state == "approved"]
    twice = row.state == "failed" and (not ours or await _tried_again(db, row))
    if proof.amount_fen != row.amount_fen or twice:
        return await _case(
            db,
            row.region,
            "R-double" if twice else "R-amount",
            proof,
            f"退款 {row.order_id} 渠道已退 {yuan(proof.amount_fen or 0)} 元，"
            + ("该款已另行退过或正在另退，请追回。" if twice else f"我方应退 {yuan(row.amount_fen)} 元。")
            + f"The channel gave back {yuan(proof.amount_fen or 0)} yuan under {row.order_id}, "
            + ("which is given back otherwise too." if twice else f"asked were {yuan(row.amount_fen)}."),
        )
    await channel_refunds.advance(
        db,
        row.id,
        row.state,
        "finish",
        query_id=proof.query_id,
        trace_no=proof.trace_no,
        clearing_day=proof.clearing_day,
        next_query_at=None,
        detail=proof.detail,
    )
    day = proof.clearing_day or clock.today()
    ids = [line.id for line in ours]
    await refund_lines.advance(db, ids, "approved", "give_back", reference=proof.query_id, done_on=day)
    region = office.region(row.region)
    account = postings.in_transit(region).code
    entries = [
        postings.refund_paid(region, line.id, f"refund {row.order_id}", day, account, line.amount_fen) for line in ours
    ]
    await given_back(db, ours)
    await post_on_open_days(db, entries)
    await finish(office, db, refund_row.id)
    return Outcome("applied", f"refund {row.order_id} of {yuan(row.amount_fen)} yuan is done under {proof.query_id}")


def _is_of(line: Row[Any], row: Row[Any]) -> bool:
    """Whether a channel's order gives a line back; an undo names no receiver and gives all of a payment back."""
    same = line.way == papers.CHANNEL and line.query_id == row.of_query_id
    return same and row.receiver in ("", line.receiver)


async def _tried_again(db: AsyncConnection, row: Row[Any]) -> bool:
    """Whether another attempt at the same money is under way."""
    others = await db.scalars(
        select(channel_refund.c.receiver)
        .where(channel_refund.c.refund_id == row.refund_id, channel_refund.c.of_query_id == row.of_query_id)
        .where(channel_refund.c.state.in_(("ready", "sent", "done")), channel_refund.c.id != row.id)
    )
    return any(receiver in (row.receiver, "") or row.receiver == "" for receiver in others)


async def _unknown(db: AsyncConnection, region: str, proof: RefundProof) -> Outcome:
    if proof.answer is RefundAnswer.done:
        await _case(
            db,
            region,
            "R-unknown",
            proof,
            f"渠道退出 {yuan(proof.amount_fen or 0)} 元，我方无此退款 {proof.order_id}。"
            f"The channel gave money back under {proof.order_id}, which we do not know.",
        )
    return Outcome("unknown_order", f"no refund {proof.order_id} of merchant {proof.merchant}")


async def _case(db: AsyncConnection, region: str, kind: str, proof: RefundProof, reason: str) -> Outcome:
    await open_case(
        db,
        region=region,
        kind=kind,
        fingerprint=f"{kind}:{proof.channel}:{proof.query_id}",
        amount_fen=proof.amount_fen or 0,
        business_day=clock.today(),
        reason=reason,
        facts={"order_id": proof.order_id, "query_id": proof.query_id},
    )
    return Outcome("conflicting", reason)
