"""Tells the registry that a bill is cleared, with the proof of each line."""

from typing import Any
from uuid import UUID

from sqlalchemy import Column, DateTime, MetaData, Table, Text, Uuid, select, update
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from foundation import clock
from foundation.identifiers import new_id
from settlement.allocation.tables import allocation_line
from settlement.bills.tables import bill, bills, line, pay_code, voucher
from settlement.office import Office
from settlement.ports.registry import Clearance, ClearedLine

clearance = Table(
    "clearance",
    MetaData(),
    Column("id", Uuid, primary_key=True),
    Column("bill_id", Uuid),
    Column("at", DateTime(timezone=True)),
    Column("acknowledgement", Text),
)


async def tell_registry(office: Office, bill_id: UUID) -> None:
    """Delivers the clearance of a settled bill once; repeating it delivers the same again under the same id."""
    async with office.database.begin() as db:
        row = (await db.execute(select(bill).where(bill.c.id == bill_id))).one()
        if row.state != "settled":
            return
        first = {"id": new_id(), "bill_id": bill_id, "at": clock.now()}
        await db.execute(insert(clearance).values(first).on_conflict_do_nothing(index_elements=["bill_id"]))
        stored = (await db.execute(select(clearance).where(clearance.c.bill_id == bill_id))).one()
        lines = await _cleared_lines(db, bill_id)
    told = Clearance(stored.id, row.number, row.case_number, row.unit_code, stored.at, lines)
    acknowledgement = await office.institutions[row.region].registry.tell_cleared(told)
    async with office.database.begin() as db:
        state = await db.scalar(select(bill.c.state).where(bill.c.id == bill_id).with_for_update())
        if state == "settled":
            await db.execute(
                update(clearance).where(clearance.c.id == stored.id).values(acknowledgement=acknowledgement)
            )
            await bills.advance(db, bill_id, "settled", "tell_registry", cleared_at=clock.now())


async def _cleared_lines(db: AsyncConnection, bill_id: UUID) -> tuple[ClearedLine, ...]:
    rows = await db.execute(
        select(
            line.c.item,
            line.c.payer,
            line.c.amount_fen,
            voucher.c.certificate_number,
            pay_code.c.receipt_code,
            pay_code.c.receipt_number,
        )
        .ext(distinct_on(line.c.ordinal))  # a line that two payers share is proved once
        .select_from(line)
        .outerjoin(allocation_line, allocation_line.c.line_id == line.c.id)
        .outerjoin(voucher, voucher.c.id == allocation_line.c.voucher_id)
        .outerjoin(pay_code, pay_code.c.id == allocation_line.c.pay_code_id)
        .where(line.c.bill_id == bill_id)
        .order_by(line.c.ordinal)
    )
    return tuple(ClearedLine(row.item, row.payer, row.amount_fen, _proof(row)) for row in rows)


def _proof(row: Any) -> str:
    if row.amount_fen == 0:
        return "exempt"
    return row.certificate_number or f"{row.receipt_code}-{row.receipt_number}"
