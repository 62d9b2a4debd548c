"""Which bills are paid together: those of a list, or those of one payer's month."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import String, cast, func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by

from foundation import clock
from foundation.errors import BadInput
from settlement.batches.tables import batch_row
from settlement.bills.tables import bill, party, share
from settlement.office import Office


@dataclass(frozen=True, slots=True)
class OnePayer:
    """A side that is the same person or institution in every bill of a list in which it has something due."""

    payer: str
    bills: int
    amount_fen: int


async def payers_of_list(office: Office, batch_id: UUID) -> list[OnePayer]:
    """Who could pay a list with one order, and what that comes to in fen."""
    digest = cast(party.c.identity_digest, String)
    who = (
        select(party.c.bill_id, party.c.side, func.array_agg(aggregate_order_by(digest, digest)).label("people"))
        .group_by(party.c.bill_id, party.c.side)
        .subquery()
    )
    of_list = select(batch_row.c.bill_id).where(batch_row.c.batch_id == batch_id, batch_row.c.bill_id.is_not(None))
    wanted = (
        select(share.c.payer, func.count(bill.c.id.distinct()), func.sum(share.c.amount_fen))
        .join(bill, bill.c.id == share.c.bill_id)
        .join(who, (who.c.bill_id == bill.c.id) & (who.c.side == share.c.payer))
        .where(bill.c.id.in_(of_list), bill.c.state.in_(("confirmed", "part_paid")), share.c.state == "due")
        .group_by(share.c.payer)
        .having(func.count(who.c.people.distinct()) == 1)
        .order_by(share.c.payer)
    )
    async with office.database.connect() as db:
        return [OnePayer(payer, bills, int(fen)) for payer, bills, fen in await db.execute(wanted)]


async def bills_of_list(office: Office, batch_id: UUID, payer: str) -> list[UUID]:
    """The bills of a list in which a side has something due. BadInput where there is none."""
    of_list = select(batch_row.c.bill_id).where(batch_row.c.batch_id == batch_id, batch_row.c.bill_id.is_not(None))
    async with office.database.connect() as db:
        found = await db.scalars(_with_due(payer).where(bill.c.id.in_(of_list)))
        return _some(list(found), "batch_id", batch_id, payer)


async def bills_of_month(
    office: Office, region: str, payer: str, identity: str, month: date, window: str | None = None
) -> list[UUID]:
    """The bills confirmed in a month of which one payer, by identity number, has something due. BadInput for none.

    Those of one window, or of all.
    """
    first = clock.in_china(datetime.combine(month.replace(day=1), time()))
    after = clock.in_china(datetime.combine((month.replace(day=1) + timedelta(days=32)).replace(day=1), time()))
    digest = office.seal.digest(identity)
    theirs = select(party.c.bill_id).where(party.c.side == payer, party.c.identity_digest == digest)
    wanted = _with_due(payer).where(
        bill.c.region == region, bill.c.confirmed_at >= first, bill.c.confirmed_at < after, bill.c.id.in_(theirs)
    )
    if window is not None:
        wanted = wanted.where(bill.c.window_code == window)
    async with office.database.connect() as db:
        return _some(list(await db.scalars(wanted)), "month", f"{month:%Y-%m}", payer)


def _with_due(payer: str) -> Any:
    """Bills that wait for a payment of a side."""
    due = select(share.c.bill_id).where(share.c.payer == payer, share.c.state == "due")
    return select(bill.c.id).where(bill.c.id.in_(due), bill.c.state.in_(("confirmed", "part_paid")))


def _some(found: list[UUID], field: str, value: object, payer: str) -> list[UUID]:
    if not found:
        raise BadInput(field, str(value), f"one with confirmed bills in which the {payer} has something due")
    return found
