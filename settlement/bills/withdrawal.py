"""Withdraws a bill that nobody has paid. The channel is asked first about every open order behind its code."""

from uuid import UUID

from sqlalchemy import select

from foundation import clock
from foundation.database import enqueue
from foundation.errors import Conflict, NotFound
from ledger import post_on_open_days
from settlement import postings
from settlement.allocation.tables import allocation_line
from settlement.bills.tables import bill, bills
from settlement.clearance.tables import clearance
from settlement.follow_ups import VOID
from settlement.office import Actor, Office
from settlement.payments.closing import ENDING, take_back
from settlement.payments.codes import PAYABLE
from settlement.payments.queries import query_bill
from settlement.payments.tables import channel_order, payment_code


async def withdraw_bill(office: Office, bill_id: UUID, actor: Actor, reason: str) -> None:
    """Takes a bill back, with its code and its place in the ledger. Conflict while a payment may be on its way."""
    await query_bill(office, bill_id)
    async with office.database.begin() as db:
        row = (await db.execute(select(bill).where(bill.c.id == bill_id).with_for_update())).one_or_none()
        if row is None:
            raise NotFound(f"there is no bill {bill_id}")
        more = (bill.c.supplements == bill_id) & (bill.c.state != "withdrawn")
        supplement = await db.scalar(select(bill.c.number).where(more).limit(1))
        if supplement is not None:
            raise Conflict(
                f"缴款单 {supplement} 是本单的补缴单，请先作废。"
                f"Bill {supplement} supplements this one; withdraw it first."
            )
        if row.monthly_side and await db.scalar(select(clearance.c.id).where(clearance.c.bill_id == bill_id)):
            raise Conflict(
                "登记机构已据月结约定放行，本单须随月结单缴款。"
                "The registry was told that this is settled by the month; it is paid with the month's statement."
            )
        undecided = (channel_order.c.bill_id == bill_id) & (channel_order.c.state == "open")
        until = await db.scalar(select(channel_order.c.pay_until).where(undecided).limit(1))
        if until is not None:
            raise Conflict(
                f"缴款人可能正在支付，{clock.local(until):%H:%M} 以后才能作废。"
                f"A payment may be under way; the bill can be withdrawn after {clock.local(until):%H:%M}."
            )
        await bills.advance(
            db,
            bill_id,
            row.state,
            "withdraw",
            role=actor.role,
            actor=actor.name,
            reason=reason,
            withdrawn_at=clock.now(),
        )
        not_ended = payment_code.c.state.in_((*PAYABLE, *ENDING))
        codes = await db.execute(select(payment_code).where(payment_code.c.bill_id == bill_id, not_ended))
        for code in codes.all():
            await take_back(db, code, actor, reason)
        await enqueue(db, VOID, [str(bill_id)])
        if row.confirmed_at is not None and row.amount_fen:
            region = office.region(row.region)
            pieces = await db.execute(select(allocation_line).where(allocation_line.c.bill_id == bill_id))
            owed = [(one.account, one.amount_fen) for one in pieces]
            day = clock.local(row.confirmed_at).date()
            entry = postings.confirmed(region, bill_id, row.number, day, owed)
            await post_on_open_days(db, [postings.withdrawn(bill_id, entry, row.number, clock.today())])
