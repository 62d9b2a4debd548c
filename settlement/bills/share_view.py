"""What each payer of a bill pays, and how far they are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from settlement.bills.tables import share
from settlement.payments.tables import channel_order


@dataclass(frozen=True, slots=True)
class ShareView:
    """What one payer pays, and whether they did.

    Where one order of the channel cannot carry it there are several `orders` (their fen, and whether each is paid);
    it is `paid` when all are, and `part_paid` in between. Of several payments the last one's time and number are shown.
    `open_until`: until when the open order can be paid at the channel.
    """

    payer: str
    amount_fen: int
    state: str
    paid_at: datetime | None
    query_id: str | None
    order_open: bool
    orders: tuple[tuple[int, bool], ...]
    open_until: datetime | None = None

    @property
    def left_fen(self) -> int:
        """What is still due."""
        return sum(fen for fen, is_paid in self.orders if not is_paid)

    @property
    def next_fen(self) -> int:
        """What the next order asks for; 0 when nothing is due."""
        return next((fen for fen, is_paid in self.orders if not is_paid), 0)


async def read_shares(db: AsyncConnection, bill_id: UUID) -> tuple[ShareView, ...]:
    """One for each payer."""
    paid = channel_order.alias("paid")
    live = channel_order.alias("live")
    rows = await db.execute(
        select(share, paid.c.paid_at, paid.c.query_id, live.c.id.label("open_order"), live.c.pay_until)
        .outerjoin(paid, (paid.c.share_id == share.c.id) & (paid.c.state == "paid"))
        .outerjoin(live, (live.c.share_id == share.c.id) & (live.c.state == "open"))
        .where(share.c.bill_id == bill_id)
        .order_by(share.c.payer, share.c.ordinal)
    )
    of_payers: dict[str, list[Row[Any]]] = {}
    for row in rows:
        of_payers.setdefault(row.payer, []).append(row)
    return tuple(_view(of_payer) for of_payer in of_payers.values())


def _view(rows: Sequence[Row[Any]]) -> ShareView:
    paid = [row for row in rows if row.state == "paid"]
    last = max(paid, key=lambda row: row.paid_at, default=None)
    return ShareView(
        rows[0].payer,
        sum(row.amount_fen for row in rows),
        "paid" if len(paid) == len(rows) else "part_paid" if paid else "due",
        last.paid_at if last else None,
        last.query_id if last else None,
        any(row.open_order is not None for row in rows),
        tuple((row.amount_fen, row.state == "paid") for row in rows),
        next((row.pay_until for row in rows if row.open_order is not None), None),
    )
