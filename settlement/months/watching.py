"""Follows month statements: paid, overdue and then a case by itself, or lapsed with its payment."""

from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from foundation import clock
from foundation.money import yuan
from settlement.bills.tables import bill, share
from settlement.cases import UNSETTLED, NewCase, office_case, open_cases, vanish
from settlement.joint.finishing import payable_members, with_share_and_bill
from settlement.joint.tables import joint_payment
from settlement.months.tables import month_statement, month_statements
from settlement.office import Office

OVERDUE = "M-overdue"


async def watch_months(office: Office) -> int:
    """Takes every open statement as far as it is; how many are overdue. A case ends when its statement is paid."""
    async with office.database.begin() as db:
        open_ones = await db.execute(
            select(month_statement, joint_payment.c.state.label("payment"), joint_payment.c.number)
            .join(joint_payment, joint_payment.c.id == month_statement.c.joint_payment_id)
            .where(month_statement.c.state.in_(("due", "overdue")))
            .order_by(month_statement.c.id)
            .with_for_update(of=month_statement)
        )
        overdue = []
        for row in open_ones.all():
            if row.payment == "paid":
                await month_statements.advance(db, row.id, row.state, "all_paid")
                await _end_case(db, row)
            elif row.payment == "cancelled":
                await month_statements.advance(db, row.id, row.state, "lapse")
            elif row.pay_by < clock.today():
                if row.state == "due":
                    await month_statements.advance(db, row.id, "due", "fall_overdue")
                overdue.append(await _case(db, row, clock.now()))
        await open_cases(db, overdue)
    return len(overdue)


async def _case(db: AsyncConnection, row: Row[Any], now: datetime) -> NewCase:
    wanted = select(func.coalesce(func.sum(share.c.amount_fen), 0), func.count(bill.c.id.distinct()))
    left = wanted.select_from(with_share_and_bill()).where(payable_members(row.joint_payment_id))
    fen, bills = (await db.execute(left)).one()
    return NewCase(
        region=row.region,
        kind=OVERDUE,
        fingerprint=_fingerprint(row),
        reason=f"{row.name} {row.month:%Y-%m} 月结单 {row.number} 已过 {row.pay_by} 的缴款期限，"
        f"{bills} 笔 {yuan(int(fen))} 元未缴。The statement of {row.month:%Y-%m} is overdue: "
        f"{yuan(int(fen))} yuan of {bills} bills are not paid.",
        amount_fen=int(fen),
        business_day=row.pay_by,
        facts={"statement": str(row.id), "number": row.number, "identity": row.identity, "bills": bills},
    )


async def _end_case(db: AsyncConnection, row: Row[Any]) -> None:
    told = (office_case.c.fingerprint == _fingerprint(row)) & office_case.c.state.in_(UNSETTLED)
    found = await db.execute(select(office_case.c.id, office_case.c.state).where(told))
    await vanish(db, [(one.id, one.state) for one in found], "月结单已缴清。The statement is paid.")


def _fingerprint(row: Row[Any]) -> str:
    return f"{OVERDUE}:{row.id}"
