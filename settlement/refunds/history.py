"""What happened to a refund, step by step: who decided, what was sent, which line went back or came back, and when."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncConnection

from foundation.states import transition
from settlement.allocation.tables import allocation_line, non_receipt, non_receipts
from settlement.office import Office
from settlement.receipts.tables import red_letter, red_letters
from settlement.refunds.tables import refund_line, refund_lines, refunds

_OF_A_LINE = ("give_back", "come_back")
"""What moves one line by itself; every other step of a line is its refund's."""

_LETTER = "red_letter."
_QUESTION = "non_receipt."
_OF_PAPERS = {red_letters.name: _LETTER, non_receipts.name: _QUESTION}


@dataclass(frozen=True, slots=True)
class RefundStep:
    """One thing that happened. `line_id`: to that line alone, else to the whole refund.

    `event` begins with `red_letter.` where it happened to the red letter of that line, with `non_receipt.` where its
    institution was asked what it has of it.
    """

    at: datetime
    event: str
    actor: str
    reason: str | None
    line_id: UUID | None


async def steps_of_refund(office: Office, refund_id: UUID) -> list[RefundStep]:
    """All that happened after a refund was proposed, to it and to the papers of its lines, the oldest first."""
    told = transition.c
    lines = select(refund_line.c.id).where(refund_line.c.refund_id == refund_id)
    letters = select(red_letter).where(red_letter.c.refund_line_id.in_(lines))
    of_refund = (told.machine == refunds.name) & (told.subject == refund_id)
    of_line = (told.machine == refund_lines.name) & told.subject.in_(lines) & told.event.in_(_OF_A_LINE)
    of_letter = (told.machine == red_letters.name) & told.subject.in_(letters.with_only_columns(red_letter.c.id))
    asked = select(non_receipt.c.id).where(non_receipt.c.refund_id == refund_id)
    of_question = (told.machine == non_receipts.name) & told.subject.in_(asked)
    mine = of_refund | of_line | of_letter | of_question
    async with office.database.connect() as db:
        proposed = (await db.execute(letters)).all()
        questions = (await db.execute(_questions(refund_id))).all()
        rows = (await db.execute(select(transition).where(mine).order_by(told.id))).all()
    line_of = {one.id: one.refund_line_id for one in (*proposed, *questions)}
    steps = [RefundStep(one.proposed_at, _LETTER + "propose", one.proposed_by, one.reason, one.refund_line_id)
             for one in proposed]  # fmt: skip
    steps += [RefundStep(one.asked_at, _QUESTION + "ask", one.asked_by, None, one.refund_line_id) for one in questions]
    return sorted([*steps, *(_step(row, line_of) for row in rows)], key=lambda step: step.at)


def _questions(refund_id: UUID) -> Select[Any]:
    """What institutions were asked about a refund, each with the first line that it is about."""
    ours, same = non_receipt.c, allocation_line.c
    return (
        select(ours.id, ours.asked_at, ours.asked_by, refund_line.c.id.label("refund_line_id"))
        .join(refund_line, refund_line.c.refund_id == ours.refund_id)
        .join(allocation_line, same.id == refund_line.c.allocation_line_id)
        .where(ours.refund_id == refund_id)
        .where((same.voucher_id == ours.voucher_id) | (same.pay_code_id == ours.pay_code_id))
        .ext(distinct_on(ours.id))
        .order_by(ours.id, refund_line.c.id)
    )


def _step(row: Row[Any], line_of: Mapping[UUID, UUID]) -> RefundStep:
    """A step as it was written down; `line_of` says to which line a red letter or a question belongs."""
    if row.machine in _OF_PAPERS:
        return RefundStep(row.at, _OF_PAPERS[row.machine] + row.event, row.actor, row.reason, line_of[row.subject])
    return RefundStep(
        row.at, row.event, row.actor, row.reason, row.subject if row.machine == refund_lines.name else None
    )


async def refund_of(db: AsyncConnection, facts: Mapping[str, Any]) -> UUID | None:
    """The refund that the facts of a case name, by itself or by a line of it; None for a case of something else."""
    if "refund_line_id" in facts:
        line_id = UUID(facts["refund_line_id"])
        return await db.scalar(select(refund_line.c.refund_id).where(refund_line.c.id == line_id))
    return UUID(facts["refund_id"]) if "refund_id" in facts else None
