"""What two people's decision does to lines that were sent back or came in under another subject.

In the transaction of the approval (`settlement.adjustments`): the lines move on, and whoever follows the bill does the
rest, towards the institution.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from foundation.database import enqueue
from foundation.errors import Conflict
from settlement.allocation.tables import allocation_line, allocation_lines
from settlement.bills.tables import bill, voucher
from settlement.follow_ups import ALLOCATE
from settlement.office import Actor

RESEND = "resend"
AGREE = "agree"


async def send_again(db: AsyncConnection, case_row: Row[Any], actor: Actor) -> None:
    """The lines of a claim that was sent back are on their way again; the next look sends their money."""
    lines = await _lines(db, case_row, "sent_back")
    ids = [one.id for one in lines]
    await allocation_lines.advance(
        db, ids, "sent_back", "resend", role=actor.role, actor=actor.name, reason=case_row.facts["sent_back_no"]
    )
    await enqueue(db, ALLOCATE, [str(case_row.bill_id)])


async def agree_to_subject(db: AsyncConnection, case_row: Row[Any]) -> None:
    """The subject that the case names is the one under which the voucher stands for good."""
    await _lines(db, case_row, "wrong_subject")
    said = case_row.facts["said"]
    claim = voucher.c.id == UUID(case_row.facts["claim"])
    now = await db.scalar(select(voucher.c.budget_subject).where(claim))
    if now != said:
        raise Conflict(
            f"入库科目现为 {now}，与提出时的 {said} 不同，请退回后重新提出。"
            f"The budget subject is {now} by now, not {said} as proposed; send the proposal back and propose again."
        )
    await db.execute(update(voucher).where(claim).values(subject_agreed=said))
    await enqueue(db, ALLOCATE, [str(case_row.bill_id)])


async def _lines(db: AsyncConnection, case_row: Row[Any], state: str) -> list[Row[Any]]:
    """The lines of the case, behind the lock of their bill. Conflict where they are not in the state any more."""
    await db.execute(select(bill.c.id).where(bill.c.id == case_row.bill_id).with_for_update())
    ids = [UUID(one) for one in case_row.facts["lines"]]
    found = (await db.execute(select(allocation_line).where(allocation_line.c.id.in_(ids)))).all()
    if any(one.state != state for one in found):
        raise Conflict(
            "这些款项的状态已经变化，请刷新后再看。These lines have moved on meanwhile; look at the case again.",
            states=sorted({one.state for one in found}),
        )
    return list(found)
