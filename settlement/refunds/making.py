"""Makes the channel's orders of a refund: one a payment and receiver, or one undo for a whole payment of today."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, func, insert, select, true, update
from sqlalchemy.ext.asyncio import AsyncConnection

from foundation import clock
from foundation.identifiers import new_id
from settlement.bills.tables import pay_code, voucher
from settlement.joint.tables import joint_order
from settlement.office import Office
from settlement.payments.tables import channel_order, surplus_payment
from settlement.ports.non_tax import FeeState, FeeStatus
from settlement.ports.tax_office import TaxState, TaxStatus, Voucher
from settlement.refunds import papers
from settlement.refunds.errands import open_errand
from settlement.refunds.tables import channel_refund, channel_refunds, refund_line


async def still_at_channel(office: Office, refund_row: Row[Any], lines: Sequence[Row[Any]]) -> bool:
    """Asks tax office and non-tax platform whether they have what is to go back through the channel.

    None of them was told of it by us and said anything but no (`settlement.refunds.holding`); but somebody else may
    have told them, and a return of which we have not heard is looked at first.
    """
    return await is_unknown_to(office, refund_row.region, [line for line in lines if line.piece_state == "held"])


async def is_unknown_to(office: Office, region: str, lines: Sequence[Row[Any]]) -> bool:
    """Whether tax office and non-tax platform say, asked now, that they have nothing of some lines of a refund."""
    at = office.institutions[region]
    async with office.database.connect() as db:
        vouchers = await db.execute(select(voucher).where(voucher.c.id.in_({line.voucher_id for line in lines})))
        codes = await db.execute(select(pay_code).where(pay_code.c.id.in_({one.pay_code_id for one in lines})))
        asked_vouchers, asked_codes = vouchers.all(), codes.all()
    for row in asked_vouchers:
        taxpayer = office.seal.open(row.taxpayer_sealed, "voucher.taxpayer")
        ours = Voucher(taxpayer, row.office_code, row.levy_number, row.side, row.item, row.amount_fen)
        if not _has_nothing(await at.tax_office.status(ours), row):
            return False
    return all([_has_nothing(await at.non_tax.status(row.code), row) for row in asked_codes])


def _has_nothing(said: TaxStatus | FeeStatus, row: Row[Any]) -> bool:
    """Whether an institution has not the money of a voucher or pay code: never had it, or sent it back as we know."""
    if said.state in (TaxState.sent_back, FeeState.sent_back):
        return bool(said.sent_back_no == row.sent_back_no)
    return said.state in (TaxState.unpaid, FeeState.unpaid)


async def reroute(db: AsyncConnection, refund_row: Row[Any], arrived: Sequence[Row[Any]]) -> None:
    """Lines that arrived after all go back from where they are: 退库 or 退付."""
    for line in arrived:
        await _by_person(db, refund_row, line, papers.TREASURY if line.leg == "tax" else papers.NON_TAX)


async def make_orders(office: Office, db: AsyncConnection, refund_row: Row[Any], lines: Sequence[Row[Any]]) -> None:
    """Writes the orders of lines that are at the channel; past its window a person and the acquirer do it."""
    channel = office.institutions[refund_row.region].channel
    for query_id in dict.fromkeys(line.query_id for line in lines):
        of_payment = [line for line in lines if line.query_id == query_id]
        fen = sum(line.amount_fen for line in of_payment)
        whole = fen == await _paid_under(db, query_id) and not await _tried(db, query_id)
        kind = channel.way_back(of_payment[0].paid_on, whole)
        if kind is None:
            for line in of_payment:
                await _by_person(db, refund_row, line, papers.BY_HAND)
        elif kind == "undo":
            await _write(db, refund_row, kind, query_id, "", fen, own=True)
        else:
            for receiver in sorted({line.receiver for line in of_payment}):
                part = sum(line.amount_fen for line in of_payment if line.receiver == receiver)
                own = receiver == office.region(refund_row.region).channel.merchant
                await _write(db, refund_row, kind, query_id, receiver, part, own)


async def _by_person(db: AsyncConnection, refund_row: Row[Any], line: Row[Any], way: str) -> None:
    await db.execute(update(refund_line).where(refund_line.c.id == line.id).values(way=way))
    await open_errand(db, refund_row, line, way)


async def _paid_under(db: AsyncConnection, query_id: str) -> int:
    """The whole of a payment in fen: of all shares that it paid together, with what none of them waited for."""
    together = joint_order.c.state.in_(("paid", "paid_late"))
    amounts = [
        await db.scalar(select(table.c.amount_fen).where(table.c.query_id == query_id, counts))
        for table, counts in ((joint_order, together), (surplus_payment, true()), (channel_order, true()))
    ]
    return int(next((one for one in amounts if one is not None), 0))


async def _tried(db: AsyncConnection, query_id: str) -> bool:
    """Whether something of a payment was sent back before; then it is no longer whole."""
    before = select(channel_refund.c.id).where(channel_refund.c.of_query_id == query_id).limit(1)
    return await db.scalar(before) is not None


async def _write(
    db: AsyncConnection, refund_row: Row[Any], kind: str, query_id: str, receiver: str, fen: int, own: bool
) -> None:
    """One order, under a new number. What the merchant itself or an undo gives back names no sub-merchant."""
    tries = await db.scalar(select(func.count()).where(channel_refund.c.refund_id == refund_row.id))
    now = clock.now().replace(microsecond=0)
    await db.execute(
        insert(channel_refund).values(
            id=new_id(),
            region=refund_row.region,
            refund_id=refund_row.id,
            kind=kind,
            of_query_id=query_id,
            receiver=receiver,
            order_id=f"{refund_row.number}{(tries or 0) + 1:02d}",
            started_at=now,
            amount_fen=fen,
            parts=[] if own else [{"receiver": receiver, "amount_fen": fen}],
            state=channel_refunds.first,
            queries=0,
            detail="",
        )
    )
