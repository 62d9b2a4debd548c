"""Whether something of a bill is on its way: what the follow-ups, and the net below them, have to look after."""

from uuid import UUID

from sqlalchemy import ColumnElement, bindparam, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from settlement.allocation.tables import allocation_line
from settlement.bills.tables import bill, pay_code

_ON_ITS_WAY = ("in_transit", "held", "received", "sent_back", "wrong_subject")


def moves() -> ColumnElement[bool]:
    """Of a row of `bill`: not all that was paid is at its end, or of a fee that is the e-receipt is missing.

    A bill that is paid in full always counts, until it is settled. A voucher that two share, and one has yet to pay,
    does not: the tax office hears of it as a whole.
    """
    of_bill = allocation_line.c.bill_id == bill.c.id
    other = allocation_line.alias("other")
    of_voucher = (other.c.voucher_id == allocation_line.c.voucher_id) & (other.c.bill_id == bill.c.id)
    waits_for_the_other = select(other.c.id).where(of_voucher, other.c.state == "due").correlate(allocation_line, bill)
    on_its_way = select(allocation_line.c.id).where(
        of_bill,
        allocation_line.c.state.in_(_ON_ITS_WAY),
        (allocation_line.c.state != "in_transit") | ~waits_for_the_other.exists(),
    )
    without_receipt = select(pay_code.c.id).where(
        pay_code.c.bill_id == bill.c.id, pay_code.c.confirmed_on.is_not(None), pay_code.c.receipt_number.is_(None)
    )
    return or_(bill.c.state == "paid", on_its_way.exists(), without_receipt.exists())


_OF_ONE = select(moves()).where(bill.c.id == bindparam("bill"))


async def something_moves(db: AsyncConnection, bill_id: UUID) -> bool:
    """Whether something of one bill does."""
    return bool(await db.scalar(_OF_ONE, {"bill": bill_id}))
