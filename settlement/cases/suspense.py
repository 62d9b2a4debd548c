"""What cases have put into the suspense accounts (长款挂账, 短款挂账) and not taken out again."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger import AccountClass
from settlement.cases.tables import case_posting


def moved(cls: AccountClass) -> ColumnElement[int]:
    """By how many fen the postings raised the accounts of a class, on the class's normal side; summed."""
    debit, credit = (
        case((func.split_part(side, ":", 2) == cls.value, case_posting.c.amount_fen), else_=0)
        for side in (case_posting.c.debit, case_posting.c.credit)
    )
    raised = debit - credit if cls.normal_side.value == "debit" else credit - debit
    return func.coalesce(func.sum(raised), 0)


async def cases_with_suspense(db: AsyncConnection, case_ids: Sequence[UUID]) -> set[UUID]:
    """Those of the cases that have an amount waiting."""
    if not case_ids:
        return set()
    found = await db.execute(
        select(case_posting.c.case_id)
        .where(case_posting.c.case_id.in_(case_ids))
        .group_by(case_posting.c.case_id)
        .having((moved(AccountClass.surplus) != 0) | (moved(AccountClass.shortage) != 0))
    )
    return set(found.scalars())
