"""Makes the statements of a month: once for each payer, on the configured day or as soon after it as this runs."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from uuid import UUID

import structlog
from sqlalchemy import exists, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from foundation import clock
from foundation.errors import HeyiError
from foundation.identifiers import new_id
from settlement.bills.tables import bill, party, share
from settlement.joint.making import BILLS_MAX, DAYS_MAX, add_joint_payment
from settlement.joint.tables import joint_member
from settlement.monthly_payers import MonthlyPayer, MonthlyPayers
from settlement.months.tables import month_statement, month_statements
from settlement.office import SYSTEM, Office
from settlement.regions import Region

log = structlog.get_logger()


async def settle_months(office: Office) -> int:
    """Makes every statement whose day has come; how many were made. One that fails does not keep the others."""
    made = 0
    for region in office.regions.values():
        if region.monthly_payers is None or clock.today().day < region.monthly_payers.day:
            continue
        month = (clock.today().replace(day=1) - timedelta(days=1)).replace(day=1)
        for payer in region.monthly_payers.payers:
            try:
                made += len(await make_statements(office, region, region.monthly_payers, payer, month))
            except HeyiError as error:
                log.warning("a month was not settled", region=region.region, payer=payer.name, error=error.detail)
    return made


async def make_statements(
    office: Office, region: Region, terms: MonthlyPayers, payer: MonthlyPayer, month: date
) -> Sequence[UUID]:
    """The statement of a payer's month, given by its first day: what is due of bills confirmed until its end.

    Nothing where it was made before, or where nothing is due; what an earlier month left due comes along.
    """
    made: list[UUID] = []
    async with office.database.begin() as db:
        await db.execute(select(func.pg_advisory_xact_lock(func.hashtext(f"month:{region.region}:{payer.identity}"))))
        of_it = (month_statement.c.region == region.region) & (month_statement.c.identity == payer.identity)
        if await db.scalar(select(exists().where(of_it, month_statement.c.month == month))):
            return made
        bill_ids = await _due_until(db, office, region, payer, _next(month))
        for start in range(0, len(bill_ids), BILLS_MAX):
            some = bill_ids[start : start + BILLS_MAX]
            title = f"{payer.name} {month:%Y-%m} 月结"
            joint = await add_joint_payment(db, region, some, payer.side, title, SYSTEM, DAYS_MAX)
            statement_id = new_id()
            row = {
                "id": statement_id,
                "region": region.region,
                "month": month,
                "identity": payer.identity,
                "part": start // BILLS_MAX + 1,
                "name": payer.name,
                "side": payer.side,
                "joint_payment_id": joint,
                "pay_by": clock.today() + timedelta(days=terms.pay_days),
                "made_at": clock.now(),
                "state": month_statements.first,
            }
            await db.execute(insert(month_statement).values(row))
            made.append(statement_id)
    return made


async def _due_until(
    db: AsyncConnection, office: Office, region: Region, payer: MonthlyPayer, end: date
) -> Sequence[UUID]:
    """The payer's bills by the month that were confirmed before a day, and are neither paid nor in another payment."""
    theirs = select(party.c.bill_id).where(
        party.c.side == payer.side, party.c.identity_digest == office.seal.digest(payer.identity)
    )
    taken = exists().where(joint_member.c.share_id == share.c.id, joint_member.c.live)
    wanted = (
        select(bill.c.id)
        .distinct()
        .join(share, (share.c.bill_id == bill.c.id) & (share.c.payer == payer.side) & (share.c.state == "due"))
        .where(
            bill.c.region == region.region,
            bill.c.monthly_side == payer.side,
            bill.c.state.in_(("confirmed", "part_paid")),
            bill.c.confirmed_at < clock.in_china(datetime.combine(end, time())),
            bill.c.id.in_(theirs),
            ~taken,
        )
        .order_by(bill.c.id)
    )
    return (await db.scalars(wanted)).all()


def _next(month: date) -> date:
    return (month + timedelta(days=32)).replace(day=1)
