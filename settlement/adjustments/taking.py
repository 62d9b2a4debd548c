"""Takes a row of a channel's statement for a payment of ours: the channel's word, heard by way of its file."""

from datetime import date
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from foundation.errors import Conflict
from settlement.office import Office
from settlement.payments.lookup import find_order_row
from settlement.payments.outcomes import Outcome
from settlement.payments.proofs import apply_proof
from settlement.ports.channel import Answer, Proof


async def take_row(office: Office, db: AsyncConnection, case_row: Row[Any]) -> Outcome:
    """Applies the statement's row behind a case as a proof of payment: it pays the share, or is held as surplus.

    Conflict where the row names no order of ours.
    """
    facts = case_row.facts
    their = facts["theirs"][0]
    order = await find_order_row(db, their["second_key"])
    if order is None or order.region != case_row.region:
        raise Conflict(
            f"我方没有订单 {their['second_key']}，不能入账。We have no order {their['second_key']} to pay.",
            case=str(case_row.id),
        )
    proof = Proof(
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
    return await apply_proof(office, db, case_row.region, proof, "file")
