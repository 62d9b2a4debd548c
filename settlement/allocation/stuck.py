"""Lines that are on their way for longer than their source may take: a case each, which ends when the line does."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Text, and_, bindparam, cast, func, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from foundation import clock
from foundation.money import yuan
from settlement.allocation.tables import allocation_line
from settlement.bills.tables import bill, pay_code, voucher
from settlement.cases import UNSETTLED, NewCase, office_case, open_cases, vanish
from settlement.office import Office
from settlement.payments.tables import channel_order
from settlement.regions import Region

STUCK = "L-stuck"
_ON_ITS_WAY = ("in_transit", "received")
_ENDED = ("arrived", "returned")
_LATELY = timedelta(minutes=20)
"""Longer than it is between two looks at all lines."""


@dataclass(frozen=True, slots=True)
class LooseLine:
    """A paid line that has not ended its way; amount in fen."""

    id: UUID
    state: str
    amount_fen: int


async def open_cases_of_stuck_lines(office: Office) -> int:
    """Opens what is stuck, ends what is not any more. Returns how many lines are stuck."""
    now = clock.now()
    async with office.database.begin() as db:
        stuck = [row for one in office.regions.values() for row in await db.execute(_STUCK, _since(one, now))]
        await open_cases(db, [_case(row, now) for row in stuck])
        over = await db.execute(
            select(office_case.c.id, office_case.c.state)
            .join(allocation_line, office_case.c.fingerprint == func.concat(f"{STUCK}:", allocation_line.c.id))
            .where(office_case.c.kind == STUCK, office_case.c.state.in_(UNSETTLED))
            .where(allocation_line.c.state.in_(_ENDED))
        )
        await vanish(db, [(one.id, one.state) for one in over], "款项已到账或退回。The line has ended its way.")
    return len(stuck)


async def open_cases_of_newly_stuck_lines(office: Office) -> int:
    """Opens the cases of lines that have become stuck within the last minutes; how many. Made to be called each minute.

    It looks at the orders of a day or two only, by the index of their clearing days, and not at all lines on their way.
    """
    now = clock.now()
    async with office.database.begin() as db:
        stuck = [
            row
            for region in office.regions.values()
            for row in await db.execute(_NEWLY_STUCK, _since(region, now) | _just_before(region, now))
        ]
        await open_cases(db, [_case(row, now) for row in stuck])
    return len(stuck)


async def lines_in_no_case(db: AsyncConnection, region: str) -> list[LooseLine]:
    """Paid lines that neither arrived nor were given back and of which no case tells."""
    told = (
        select(literal(1))
        .where(office_case.c.region == region, office_case.c.state != "vanished")
        .where(office_case.c.facts["lines"].has_key(cast(allocation_line.c.id, Text)))
    )
    ended = allocation_line.c.state.in_((*_ENDED, "planned", "due"))
    found = await db.execute(
        select(allocation_line.c.id, allocation_line.c.state, allocation_line.c.amount_fen)
        .where(allocation_line.c.region == region, ~ended, ~told.exists())
        .order_by(allocation_line.c.id)
    )
    return [LooseLine(row.id, row.state, row.amount_fen) for row in found]


def _since(region: Region, now: datetime) -> dict[str, Any]:
    """What `_STUCK` asks about: a region, and the moments since which its lines are late."""
    limits = region.stuck_after
    return {
        "region": region.region,
        "tax": now - timedelta(minutes=limits.tax_minutes),
        "non_tax": now - timedelta(minutes=limits.non_tax_minutes),
    }


def _just_before(region: Region, now: datetime) -> dict[str, Any]:
    """The moments since which lines became late by now, and the clearing days of what was paid then."""
    late = _since(region, now)
    days = [clock.local(late[leg]).date() for leg in ("tax", "non_tax")]
    return {
        "tax_before": late["tax"] - _LATELY,
        "non_tax_before": late["non_tax"] - _LATELY,
        "first_day": min(days) - timedelta(days=1),
        "last_day": max(days) + timedelta(days=1),
    }


_paid_at = channel_order.c.paid_at
_STUCK = (
    select(
        allocation_line, bill.c.number, _paid_at, func.coalesce(voucher.c.levy_number, pay_code.c.code).label("claim")
    )
    .join(bill, bill.c.id == allocation_line.c.bill_id)
    .join(channel_order, channel_order.c.share_id == allocation_line.c.share_id)
    .outerjoin(voucher, voucher.c.id == allocation_line.c.voucher_id)
    .outerjoin(pay_code, pay_code.c.id == allocation_line.c.pay_code_id)
    .where(allocation_line.c.region == bindparam("region"), allocation_line.c.state.in_(_ON_ITS_WAY))
    .where(
        channel_order.c.state == "paid",
        or_(
            and_(allocation_line.c.leg == "tax", _paid_at < bindparam("tax")),
            and_(allocation_line.c.leg == "non_tax", _paid_at < bindparam("non_tax")),
        ),
    )
    .order_by(allocation_line.c.id)
)

_NEWLY_STUCK = (
    _STUCK.where(channel_order.c.region == bindparam("region"), channel_order.c.query_id.is_not(None))
    .where(channel_order.c.clearing_day.between(bindparam("first_day"), bindparam("last_day")))
    .where(
        or_(
            and_(allocation_line.c.leg == "tax", _paid_at >= bindparam("tax_before")),
            and_(allocation_line.c.leg == "non_tax", _paid_at >= bindparam("non_tax_before")),
        )
    )
)


def _case(row: Row[Any], now: datetime) -> NewCase:
    hours = int((now - row.paid_at).total_seconds() // 3600)
    where = "国库" if row.leg == "tax" else "非税账户"
    return NewCase(
        region=row.region,
        kind=STUCK,
        fingerprint=f"{STUCK}:{row.id}",
        reason=f"缴款单 {row.number} 的 {yuan(row.amount_fen)} 元缴款 {hours} 小时后仍未到{where}（{row.claim}）。"
        f"{yuan(row.amount_fen)} yuan of bill {row.number} have not arrived {hours} hours after payment.",
        amount_fen=row.amount_fen,
        business_day=clock.local(row.paid_at).date(),
        bill_id=row.bill_id,
        facts={"lines": [str(row.id)], "leg": row.leg, "number": row.claim, "state": row.state},
    )
