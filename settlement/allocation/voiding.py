"""Makes the pay codes of a withdrawn bill void (作废), so that nobody can pay them at finance's own counters."""

from uuid import UUID

from sqlalchemy import select

from settlement.bills.tables import bill, pay_code, pay_codes
from settlement.office import Office


async def void_pay_codes(office: Office, bill_id: UUID) -> None:
    """Voids what is not void yet, at finance first. Refused or Unavailable: nothing was recorded, try again."""
    wanted = (
        select(pay_code.c.id, pay_code.c.code, pay_code.c.amount_fen, bill.c.region)
        .join(bill, bill.c.id == pay_code.c.bill_id)
        .where(pay_code.c.bill_id == bill_id, pay_code.c.state == "issued", bill.c.state == "withdrawn")
    )
    async with office.database.connect() as db:
        issued = (await db.execute(wanted)).all()
    for one in issued:
        await office.institutions[one.region].non_tax.void(one.code, one.amount_fen)
        async with office.database.begin() as db:
            await pay_codes.advance(db, one.id, "issued", "void")
