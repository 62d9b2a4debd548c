"""What happened to a refund, step by step: who decided, what was sent, which line went back or came back, and when."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from foundation.states import transition
from settlement.office import Office
from settlement.refunds.tables import refund_line, refund_lines, refunds

_OF_A_LINE = ("give_back", "come_back")
"""What moves one line by itself; every other step of a line is its refund's."""


@dataclass(frozen=True, slots=True)
class RefundStep:
    """One thing that happened. `line_id`: to that line alone, else to the whole refund."""

    at: datetime
    event: str
    actor: str
    reason: str | None
    line_id: UUID | None


async def steps_of_refund(office: Office, refund_id: UUID) -> list[RefundStep]:
    """All that happened to a refund after it was proposed, the oldest first."""
    told = transition.c
    lines = select(refund_line.c.id).where(refund_line.c.refund_id == refund_id)
    of_refund = (told.machine == refunds.name) & (told.subject == refund_id)
    of_line = (told.machine == refund_lines.name) & told.subject.in_(lines) & told.event.in_(_OF_A_LINE)
    async with office.database.connect() as db:
        rows = await db.execute(select(transition).where(of_refund | of_line).order_by(told.id))
        return [
            RefundStep(
                row.at, row.event, row.actor, row.reason, row.subject if row.machine == refund_lines.name else None
            )
            for row in rows
        ]


async def refund_of(db: AsyncConnection, facts: Mapping[str, Any]) -> UUID | None:
    """The refund that the facts of a case name, by itself or by a line of it; None for a case of something else."""
    if "refund_line_id" in facts:
        line_id = UUID(facts["refund_line_id"])
        return await db.scalar(select(refund_line.c.refund_id).where(refund_line.c.id == line_id))
    return UUID(facts["refund_id"]) if "refund_id" in facts else None
