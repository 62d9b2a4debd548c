"""Orders of the counter that came to nothing: refused, cancelled, or reversed. Their shares are free again."""

from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from foundation import clock
from settlement.bills.tables import bill
from settlement.cases import open_case
from settlement.office import Office
from settlement.payments.proofs import apply_proof
from settlement.payments.resting import rest_codes
from settlement.payments.tables import channel_order, channel_orders
from settlement.ports.channel import Answer, Proof


async def nothing_moved(office: Office, row: Row[Any], why: str) -> None:
    """Closes an order that never took any money, though its time is not over."""
    over = Proof(
        row.channel, row.merchant, row.order_id, row.started_at, Answer.not_paid, None, detail=why, closed=True
    )
    async with office.database.begin() as db:
        await apply_proof(office, db, row.region, over, "query")


async def was_reversed(office: Office, row: Row[Any]) -> str:
    """Closes an order that was undone at the acquirer; its state afterwards, which may be another one already."""
    async with office.database.begin() as db:
        await db.execute(select(bill.c.id).where(bill.c.id == row.bill_id).with_for_update())
        state: str = (await db.execute(select(channel_order.c.state).where(channel_order.c.id == row.id))).scalar_one()
        if state == "paid":  # heard of in the same moment: it is in the book, and the money is not there
            await contradicted(
                db,
                row,
                f"订单 {row.order_id} 已冲正，但同时收到付款通知并已入账，请核对渠道。"
                f"Order {row.order_id} was reversed, and booked as paid in the same moment; ask the channel.",
            )
        if state != "open":
            return state
        await channel_orders.advance(db, row.id, "open", "reverse", next_query_at=None)
        await rest_codes(db, [row.code_id])
    return "reversed"


async def contradicted(db: AsyncConnection, row: Row[Any], reason: str) -> None:
    """Opens the case of an order of which counter and channel say different things."""
    await open_case(
        db,
        region=row.region,
        kind="S-counter",
        fingerprint=f"S-counter:{row.channel}:{row.order_id}",
        amount_fen=row.amount_fen,
        reason=reason,
        facts={"order_id": row.order_id, "terminal": row.terminal},
        bill_id=row.bill_id,
        business_day=clock.today(),
    )
