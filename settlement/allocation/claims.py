"""A claim: one voucher or pay code with the lines whose money it carries. It is claims that institutions know."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Table, func, select

from settlement.allocation.tables import allocation_line
from settlement.bills.tables import pay_code, voucher
from settlement.joint.tables import joint_order
from settlement.office import Office
from settlement.payments.tables import channel_order


@dataclass(frozen=True, slots=True)
class Claim:
    """`row` is the voucher or pay code, `pieces` its paid lines, each with the payment that brought its money."""

    table: Table
    row: Row[Any]
    pieces: Sequence[Row[Any]]

    @property
    def is_whole(self) -> bool:
        """Whether all of it was paid; of a line that two payers share, one may still be missing."""
        return bool(sum(one.amount_fen for one in self.pieces) == self.row.amount_fen)

    def stands(self, *states: str) -> bool:
        """Whether any of its lines is in one of these states."""
        return any(one.state in states for one in self.pieces)


async def paid_claims(office: Office, bill_id: UUID) -> list[Claim]:
    """The claims of a bill of which something was paid and not given back."""
    known_as = func.coalesce(joint_order.c.order_id, channel_order.c.order_id)  # the number that the channel was told
    async with office.database.connect() as db:
        pieces = (
            await db.execute(
                select(
                    allocation_line,
                    known_as.label("order_id"),
                    channel_order.c.query_id,
                    channel_order.c.paid_at,
                    channel_order.c.clearing_day,
                )
                .join(channel_order, channel_order.c.share_id == allocation_line.c.share_id)
                .outerjoin(joint_order, joint_order.c.id == channel_order.c.joint_order_id)
                .where(allocation_line.c.bill_id == bill_id, channel_order.c.state == "paid")
                .where(allocation_line.c.state != "returned")
                .order_by(allocation_line.c.id)
            )
        ).all()
        rows = {
            row.id: (table, row)
            for table in (voucher, pay_code)
            for row in await db.execute(select(table).where(table.c.bill_id == bill_id))
        }
    return list(_claims(rows, pieces))


def told_at() -> ColumnElement[datetime | None]:
    """Of a row of `allocation_line`: since when an institution may have its money, though it does not say so yet.

    It was told of the payment then, and has neither refused it nor sent it back since. None: it never had it.
    """
    of_voucher = select(voucher.c.told_at).where(voucher.c.id == allocation_line.c.voucher_id)
    of_code = select(pay_code.c.told_at).where(pay_code.c.id == allocation_line.c.pay_code_id)
    return func.coalesce(of_voucher.scalar_subquery(), of_code.scalar_subquery())


def _claims(rows: dict[UUID, tuple[Table, Row[Any]]], pieces: Sequence[Row[Any]]) -> Iterator[Claim]:
    for claim_id in dict.fromkeys(one.voucher_id or one.pay_code_id for one in pieces):
        table, row = rows[claim_id]
        yield Claim(table, row, [one for one in pieces if claim_id in (one.voucher_id, one.pay_code_id)])
