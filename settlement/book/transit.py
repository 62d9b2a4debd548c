"""The in-transit and suspense accounts at the end of a day, and what their balances are made of."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import case, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from foundation import clock
from foundation.errors import NotFound
from ledger import AccountClass, EntryKind, statement
from settlement.allocation.tables import allocation_line
from settlement.bills.tables import pay_code, voucher
from settlement.book.sides import VOUCHER_KEY, side
from settlement.book.tables import matched_row
from settlement.cases import case_posting
from settlement.cases.suspense import moved
from settlement.payments.tables import channel_order, surplus_payment
from settlement.ports.book import Standing, Suspense, Transit, TransitRow, Unshown
from settlement.ports.statements import Source
from settlement.postings import in_transit, shortage, surplus
from settlement.refunds.papers import BY_HAND, CHANNEL, NON_TAX, TREASURY
from settlement.refunds.tables import refund, refund_line
from settlement.regions import Region

_WENT = refund_line.c.state.in_(("done", "came_back"))
"""Lines of refunds whose money went back, if not for good."""
_FIRST = refund_line.c.again_of.is_(None)


async def transit(db: AsyncConnection, region: Region, day: date) -> Transit:
    """The in-transit account of a region over a day, and what its closing balance is made of."""
    code = region.region
    suspense, adjusted = await _suspense(db, region, day), await _adjusted(db, code, AccountClass.channel_transit, day)
    adjusted += await _came_back(db, code, day)
    try:
        book = await statement(db, in_transit(region).code, day, day)
    except NotFound:  # a region that has never been paid anything
        return Transit(0, 0, 0, 0, 0, (), suspense=suspense, unshown={})
    return Transit(
        opening_fen=book.opening,
        received_fen=sum(one.debit for one in book.lines),
        refunded_fen=sum(one.credit for one in book.lines if one.kind is EntryKind.refund_paid),
        remitted_fen=sum(one.credit for one in book.lines if one.kind is not EntryKind.refund_paid),
        closing_fen=book.closing,
        rows=tuple(_transit_row(row) for row in await _not_arrived(db, code, day)),
        in_cases_fen=await _surplus_left(db, code, day)
        + await _returned_later(db, code, day)
        + adjusted
        - await _gone_again(db, code, day),
        adjusted_fen=adjusted,
        by_hand_fen=await _by_hand(db, code, day),
        suspense=suspense,
        unshown=await _unshown(db, code, day),
    )


async def _suspense(db: AsyncConnection, region: Region, day: date) -> Suspense:
    code = region.region
    return Suspense(
        surplus_fen=await _closing(db, surplus(region).code, day),
        surplus_named_fen=await _surplus_held(db, code, day) + await _adjusted(db, code, AccountClass.surplus, day),
        shortage_fen=await _closing(db, shortage(region).code, day),
        shortage_named_fen=await _adjusted(db, code, AccountClass.shortage, day),
    )


async def _closing(db: AsyncConnection, code: str, day: date) -> int:
    try:
        return (await statement(db, code, day, day)).closing
    except NotFound:
        return 0


async def _adjusted(db: AsyncConnection, region: str, cls: AccountClass, day: date) -> int:
    """What decided cases put into accounts of a class by the end of a day, on its normal side."""
    mine = (case_posting.c.region == region) & (case_posting.c.effective_on <= day)
    return int(await db.scalar(select(moved(cls)).where(mine)) or 0)


async def _surplus_held(db: AsyncConnection, region: str, day: date) -> int:
    """Surplus that came by the end of a day and whose refund was not approved by then."""
    came = select(func.sum(surplus_payment.c.amount_fen)).where(
        surplus_payment.c.region == region, surplus_payment.c.clearing_day <= day
    )
    midnight = datetime.combine(day + timedelta(days=1), time(), ZoneInfo(clock.CHINA))
    approved = (
        select(func.sum(refund_line.c.amount_fen))
        .join(refund, refund.c.id == refund_line.c.refund_id)
        .where(refund.c.region == region, refund_line.c.surplus_id.is_not(None))
        .where(_FIRST, refund.c.state.not_in(("proposed", "rejected")), refund.c.decided_at < midnight)
    )
    return int(await db.scalar(came) or 0) - int(await db.scalar(approved) or 0)


async def _by_hand(db: AsyncConnection, region: str, day: date) -> int:
    """What was given back outside the channel by the end of a day: by the acquirer, finance (退付) or treasury (退库).

    The acquirer's lowered our balance and stands in no statement; the others' stand in their statement alone.
    """
    gone = (
        select(func.sum(refund_line.c.amount_fen))
        .join(refund, refund.c.id == refund_line.c.refund_id)
        .where(refund.c.region == region, refund_line.c.way.in_((BY_HAND, NON_TAX, TREASURY)))
        .where(_WENT, refund_line.c.done_on <= day)
    )
    return int(await db.scalar(gone) or 0)


async def _unshown(db: AsyncConnection, region: str, day: date) -> Mapping[Source, Unshown]:
    """By source, what the ledger counted by the end of a day and no statement showed, and the other way round."""
    found = {}
    for source in (Source.channel, Source.treasury, Source.non_tax):
        ours = side(source, region).subquery()
        shown = (
            select(matched_row.c.key)
            .where(matched_row.c.region == region, matched_row.c.source == source, matched_row.c.day <= day)
            .where(matched_row.c.key == ours.c.key, matched_row.c.account == ours.c.account)
        ).exists()
        booked = (ours.c.standing == Standing.done) & (ours.c.booked_on <= day)
        fen = func.coalesce(func.sum(ours.c.amount_fen), 0)
        row = (await db.execute(select(func.count(), fen).where(booked, ~shown))).one()
        early = await db.scalar(select(fen).where(or_(ours.c.booked_on.is_(None), ours.c.booked_on > day), shown))
        found[source] = Unshown(row[0], int(row[1]), int(early or 0))
    return found


async def _not_arrived(db: AsyncConnection, region: str, day: date) -> Sequence[Any]:
    key = func.coalesce(func.nullif(VOUCHER_KEY, ""), voucher.c.levy_number, pay_code.c.code)
    source = case((allocation_line.c.leg == "tax", Source.treasury.value), else_=Source.non_tax.value)
    shown = (
        select(matched_row.c.key)
        .where(matched_row.c.region == region, matched_row.c.source == source, matched_row.c.day <= day)
        .where(matched_row.c.key == key)
    ).exists()
    found = await db.execute(
        select(
            allocation_line.c.leg,
            allocation_line.c.account,
            allocation_line.c.amount_fen,
            key.label("key"),
            shown.label("is_shown"),
        )
        .join(channel_order, channel_order.c.share_id == allocation_line.c.share_id)
        .outerjoin(voucher, voucher.c.id == allocation_line.c.voucher_id)
        .outerjoin(pay_code, pay_code.c.id == allocation_line.c.pay_code_id)
        .where(allocation_line.c.region == region, channel_order.c.state == "paid")
        .where(channel_order.c.clearing_day <= day, allocation_line.c.state != "returned")
        .where(or_(allocation_line.c.arrived_on.is_(None), allocation_line.c.arrived_on > day))
    )
    return found.all()


async def _surplus_left(db: AsyncConnection, region: str, day: date) -> int:
    """Surplus that came by the end of a day and had not gone back."""
    came = select(func.sum(surplus_payment.c.amount_fen)).where(
        surplus_payment.c.region == region, surplus_payment.c.clearing_day <= day
    )
    back = (
        select(func.sum(refund_line.c.amount_fen))
        .join(surplus_payment, surplus_payment.c.id == refund_line.c.surplus_id)
        .where(surplus_payment.c.region == region, _FIRST, _WENT, refund_line.c.done_on <= day)
    )
    return int(await db.scalar(came) or 0) - int(await db.scalar(back) or 0)


async def _returned_later(db: AsyncConnection, region: str, day: date) -> int:
    """Lines that were at the channel at the end of a day and went back on a later one."""
    later = (
        select(func.sum(refund_line.c.amount_fen))
        .join(allocation_line, allocation_line.c.id == refund_line.c.allocation_line_id)
        .where(allocation_line.c.region == region, allocation_line.c.state == "returned")
        .where(_FIRST, _WENT, refund_line.c.paid_on <= day, refund_line.c.done_on > day)
    )
    return int(await db.scalar(later) or 0)


async def _came_back(db: AsyncConnection, region: str, day: date) -> int:
    """What the channel had given back and came in transit again by the end of a day (退汇)."""
    back = (
        select(func.sum(refund_line.c.amount_fen))
        .join(refund, refund.c.id == refund_line.c.refund_id)
        .where(refund.c.region == region, refund_line.c.way == CHANNEL, refund_line.c.came_back_on <= day)
    )
    return int(await db.scalar(back) or 0)


async def _gone_again(db: AsyncConnection, region: str, day: date) -> int:
    """What of that a person had given back again by the end of a day."""
    again = (
        select(func.sum(refund_line.c.amount_fen))
        .join(refund, refund.c.id == refund_line.c.refund_id)
        .where(refund.c.region == region, ~_FIRST, refund_line.c.way == BY_HAND)
        .where(refund_line.c.state == "done", refund_line.c.done_on <= day)
    )
    return int(await db.scalar(again) or 0)


def _transit_row(row: Any) -> TransitRow:
    source = Source.treasury if row.leg == "tax" else Source.non_tax
    return TransitRow(source, row.key, row.account, row.amount_fen, row.is_shown)
