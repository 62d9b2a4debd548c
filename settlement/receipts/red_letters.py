"""Red-letter e-receipts (冲红): one for each fee line that is refunded, never more in sum than the receipt was over."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from foundation import clock
from foundation.errors import Conflict, NotFound
from foundation.identifiers import new_id
from settlement.allocation.tables import allocation_line
from settlement.bills.tables import bill, pay_code
from settlement.office import Actor, Office
from settlement.ports.fiscal_papers import RedLetter
from settlement.ports.non_tax import FiscalReceipt
from settlement.receipts.tables import red_receipt
from settlement.refunds import papers
from settlement.refunds.tables import refund, refund_line


@dataclass(frozen=True, slots=True)
class RedReceipt:
    """红字财政电子票据 of a refund line; the amount in fen, above zero."""

    code: str
    number: str
    check_code: str
    issued_on: date
    amount_fen: int


async def issue_red_letter(office: Office, refund_line_id: UUID, actor: Actor) -> RedReceipt:
    """Has the platform take a receipt back, by the amount of a refund line. Once a line, however often it is asked.

    Conflict where the line is not approved as 非税退付, or its fee has no receipt.
    """
    async with office.database.connect() as db:
        known = await red_receipt_of(db, refund_line_id)
        if known is not None:
            return known
        row = (
            await db.execute(
                select(
                    refund_line.c.way,
                    refund_line.c.state,
                    refund_line.c.amount_fen.label("wanted_fen"),
                    refund.c.reason,
                    bill.c.region,
                    pay_code,
                )
                .join(refund, refund.c.id == refund_line.c.refund_id)
                .join(allocation_line, allocation_line.c.id == refund_line.c.allocation_line_id)
                .join(pay_code, pay_code.c.id == allocation_line.c.pay_code_id)
                .join(bill, bill.c.id == refund.c.bill_id)
                .where(refund_line.c.id == refund_line_id)
            )
        ).one_or_none()
    if row is None:
        raise NotFound("该退款明细没有对应的缴款码。There is no fee line of a refund with this id.")
    if row.way != papers.NON_TAX or row.state != "approved":
        raise Conflict(
            "只有已批准的非税退付才能冲红。A red letter is issued for an approved non-tax refund line only; "
            f"this one is {row.state}, by {row.way or 'no way yet'}."
        )
    black = FiscalReceipt(
        row.receipt_code, row.receipt_number, row.receipt_check_code, row.receipt_issued_on, row.amount_fen
    )
    wish = RedLetter(black, row.wanted_fen, row.reason, str(refund_line_id))
    issued = await office.institutions[row.region].fiscal_papers.red_letter(wish)
    values = {
        "id": new_id(),
        "pay_code_id": row.id,
        "refund_line_id": refund_line_id,
        "code": issued.code,
        "number": issued.number,
        "check_code": issued.check_code,
        "issued_on": issued.issued_on,
        "amount_fen": issued.amount_fen,
        "issued_by": actor.name,
        "issued_at": clock.now(),
    }
    async with office.database.begin() as db:
        await db.execute(insert(red_receipt).values(values).on_conflict_do_nothing(index_elements=["refund_line_id"]))
        made = await red_receipt_of(db, refund_line_id)
    assert made is not None
    return made


async def red_receipt_of(db: AsyncConnection, refund_line_id: UUID) -> RedReceipt | None:
    """The red-letter receipt of a refund line, if there is one."""
    wanted = select(red_receipt).where(red_receipt.c.refund_line_id == refund_line_id)
    row = (await db.execute(wanted)).one_or_none()
    return RedReceipt(row.code, row.number, row.check_code, row.issued_on, row.amount_fen) if row else None
