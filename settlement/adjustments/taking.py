"""Takes a row of a channel's statement for a payment of ours. The channel is asked first, and its answer counts.

Where it cannot be asked (the contract has ended, it does not know the order any more, its answer is about another
payment of the order), two people may take the row on the file's word alone; the second one says so.
"""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from foundation.errors import Conflict, HeyiError
from settlement.cases import case_proposal, office_case
from settlement.office import Office
from settlement.payments.lookup import find_order_row, order_of
from settlement.payments.outcomes import Outcome
from settlement.payments.proofs import apply_proof
from settlement.payments.settling import Path
from settlement.ports.channel import Answer, Proof


@dataclass(frozen=True, slots=True)
class Told:
    """What the channel said of the order behind a row: its answer, or why there is none."""

    proof: Proof | None
    why: str


async def ask(office: Office, case_id: UUID) -> Told | None:
    """Asks the channel about the row that the pending proposal of a case takes; None where it takes none.

    Outside any transaction of the caller.
    """
    async with office.database.connect() as db:
        query = select(office_case).join(case_proposal, case_proposal.c.case_id == office_case.c.id)
        mine = query.where(office_case.c.id == case_id)
        pending = mine.where(case_proposal.c.decision.is_(None), case_proposal.c.takes)
        case_row = (await db.execute(pending)).one_or_none()
        if case_row is None or case_row.facts.get("does") != "take":
            return None
        order = await _order(db, case_row)
    channel = office.institutions[order.region].channel
    asked = order_of(order)
    if (channel.name, channel.merchant_of(asked.parts)) != (order.channel, order.merchant):
        return Told(None, f"the region has no contract with {order.channel} as {order.merchant} any more")
    try:
        proof = await channel.query(asked)
    except HeyiError as error:
        return Told(None, error.detail)
    return Told(proof, f"the channel answered {proof.answer} {proof.query_id or ''} {proof.detail}")


async def take_row(
    office: Office, db: AsyncConnection, case_row: Row[Any], told: Told | None, reason: str | None
) -> Outcome:
    """Applies what the channel said of the row behind a case: it pays the share, or is held as surplus.

    Where it could not say, the row itself is the proof, with the `reason` why. Conflict: the row names no order of
    ours, the channel says that it is not paid or still at work, or nobody says why the file is believed.
    """
    order = await _order(db, case_row)
    shown = _shown(case_row, order)
    if told is None:
        raise Conflict("尚未向渠道查询，不能入账。The channel has not been asked.", case=str(case_row.id))
    if told.proof is not None and (told.proof.answer, told.proof.query_id) == (Answer.paid, shown.query_id):
        path: Path = "file" if told.proof.amount_fen == shown.amount_fen else "query"
        return await apply_proof(office, db, case_row.region, told.proof, path)
    if told.proof is not None and told.proof.answer is not Answer.paid and not told.proof.not_found:
        raise Conflict(
            f"渠道不确认此笔：{told.proof.detail}。请与渠道核对后再办。"
            f"The channel does not confirm this payment: {told.why}. Ask the channel before it is taken.",
            case=str(case_row.id),
        )
    if not (reason or "").strip():
        raise Conflict(
            f"渠道无法确认此笔（{told.why}）。请稍后再试；如确须仅凭对账文件入账，请写明原因。"
            f"The channel cannot confirm this payment: {told.why}. Try again later; "
            "to take it on the word of the file alone, say why.",
            case=str(case_row.id),
        )
    unconfirmed = replace(shown, detail=f"{shown.detail}, not confirmed ({told.why}): {reason}")
    return await apply_proof(office, db, case_row.region, unconfirmed, "file")


async def _order(db: AsyncConnection, case_row: Row[Any]) -> Row[Any]:
    order_id = case_row.facts["theirs"][0]["second_key"]
    order = await find_order_row(db, order_id)
    if order is None or order.region != case_row.region:
        raise Conflict(
            f"我方没有订单 {order_id}，不能入账。We have no order {order_id} to pay.",
            case=str(case_row.id),
        )
    return order


def _shown(case_row: Row[Any], order: Row[Any]) -> Proof:
    """The statement's row as a proof of payment."""
    facts = case_row.facts
    their = facts["theirs"][0]
    return Proof(
        channel=order.channel,
        merchant=order.merchant,
        order_id=order.order_id,
        started_at=order.started_at,
        answer=Answer.paid,
        amount_fen=their["amount_fen"],
        query_id=their["key"],
        clearing_day=date.fromisoformat(facts["day"]),
        detail=f"line {their['line_no']} of the statement of {facts['day']}",
    )
