"""Answers what reconciliation asks of our book (its Protocol is `reconciliation.ports.Book`)."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import (
    BindParameter,
    Column,
    Date,
    MetaData,
    String,
    Table,
    Text,
    any_,
    bindparam,
    func,
    or_,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from foundation.errors import NotFound
from ledger import EntryKind, statement
from settlement.allocation.tables import allocation_line
from settlement.bills.tables import pay_code, voucher
from settlement.book.sides import side
from settlement.payments.tables import channel_order, surplus_payment
from settlement.ports.book import BookRow, KnownRow, Standing, Transit, TransitRow
from settlement.ports.statements import Source
from settlement.postings import in_transit
from settlement.refunds.tables import refund_line
from settlement.regions import Region, the_region

matched_row = Table(
    "matched_row",
    MetaData(),
    Column("region", String(6), primary_key=True),
    Column("source", String(16), primary_key=True),
    Column("key", Text, primary_key=True),
    Column("account", Text, primary_key=True),
    Column("day", Date),
)


# The rows go as arrays: a day may have more of them than a statement may have parameters.
_ROWS = "SELECT * FROM unnest(CAST(:keys AS text[]), CAST(:accounts AS text[])) AS row (key, account)"
_FORGET = text(f"""
    DELETE FROM matched_row WHERE region = :region AND source = :source AND day = :day
    AND (key, account) NOT IN ({_ROWS})
""")
_MARK = text(f"""
    INSERT INTO matched_row (region, source, key, account, day)
    SELECT :region, :source, key, account, CAST(:day AS date) FROM ({_ROWS}) AS matched ON CONFLICT DO NOTHING
""")


class OurBook:
    """Our orders, tax vouchers and pay codes as rows of a statement."""

    def __init__(self, regions: Mapping[str, Region]) -> None:
        self._regions = regions

    async def rows(self, db: AsyncConnection, region: str, source: Source, day: date) -> list[BookRow]:
        """Rows that were paid by the end of the day and that no earlier day has matched; some are not due yet."""
        ours = side(source, region).subquery()
        seen = matched_row
        same = (
            (seen.c.region == region)
            & (seen.c.source == source)
            & (seen.c.key == ours.c.key)
            & (seen.c.account == ours.c.account)
        )
        found = await db.execute(
            select(ours, seen.c.day.label("matched_on"))
            .outerjoin(seen, same)
            .where(ours.c.paid_on <= day)
            .where(or_(seen.c.day.is_(None), seen.c.day >= day))
            .order_by(ours.c.expected_on, ours.c.key, ours.c.account)
        )
        return [
            BookRow(
                row.key,
                row.second_key,
                row.amount_fen,
                row.account,
                row.bill_id,
                row.line_id,
                row.expected_on,
                row.matched_on,
            )
            for row in found
        ]

    async def find(
        self, db: AsyncConnection, region: str, source: Source, keys: Sequence[str], second_keys: Sequence[str]
    ) -> list[KnownRow]:
        """Everything of ours under any of these numbers."""
        ours = side(source, region).subquery()
        named = or_(ours.c.key == any_(_texts(keys)), ours.c.second_key == any_(_texts(second_keys)))
        found = await db.execute(select(ours).where(named))
        return [KnownRow(row.key, row.second_key, row.amount_fen, row.bill_id, Standing(row.standing)) for row in found]

    async def mark_matched(
        self, db: AsyncConnection, region: str, source: Source, day: date, keys: Sequence[tuple[str, str]]
    ) -> None:
        """These rows matched on this day, and of this day no others."""
        given = {
            "region": region,
            "source": source.value,
            "day": day,
            "keys": [key for key, _ in keys],
            "accounts": [account for _, account in keys],
        }
        await db.execute(_FORGET, given)
        await db.execute(_MARK, given)

    async def transit(self, db: AsyncConnection, region: str, day: date) -> Transit:
        """The in-transit account over a day, and the lines of which its closing balance is made."""
        account = in_transit(the_region(self._regions, region)).code
        try:
            book = await statement(db, account, day, day)
        except NotFound:  # a region that has never been paid anything
            return Transit(0, 0, 0, 0, 0, ())
        return Transit(
            opening_fen=book.opening,
            received_fen=sum(one.debit for one in book.lines),
            refunded_fen=sum(one.credit for one in book.lines if one.kind is EntryKind.refund_paid),
            remitted_fen=sum(one.credit for one in book.lines if one.kind is not EntryKind.refund_paid),
            closing_fen=book.closing,
            rows=tuple(_transit_row(row) for row in await _not_arrived(db, region, day)),
            in_cases_fen=await _surplus_left(db, region, day) + await _returned_later(db, region, day),
        )


async def _not_arrived(db: AsyncConnection, region: str, day: date) -> Sequence[Any]:
    found = await db.execute(
        select(
            allocation_line.c.leg,
            allocation_line.c.account,
            allocation_line.c.amount_fen,
            func.coalesce(voucher.c.tax_voucher_no, voucher.c.levy_number, pay_code.c.code).label("key"),
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
        .where(surplus_payment.c.region == region, refund_line.c.state == "done", refund_line.c.done_on <= day)
    )
    return int(await db.scalar(came) or 0) - int(await db.scalar(back) or 0)


async def _returned_later(db: AsyncConnection, region: str, day: date) -> int:
    """Lines that were at the channel at the end of a day and went back on a later one."""
    later = (
        select(func.sum(refund_line.c.amount_fen))
        .join(allocation_line, allocation_line.c.id == refund_line.c.allocation_line_id)
        .where(allocation_line.c.region == region, allocation_line.c.state == "returned")
        .where(refund_line.c.state == "done", refund_line.c.paid_on <= day, refund_line.c.done_on > day)
    )
    return int(await db.scalar(later) or 0)


def _transit_row(row: Any) -> TransitRow:
    source = Source.treasury if row.leg == "tax" else Source.non_tax
    return TransitRow(source, row.key, row.account, row.amount_fen)


def _texts(numbers: Sequence[str]) -> BindParameter[Sequence[str]]:
    """Numbers that are there, as one array parameter."""
    return bindparam(None, [number for number in numbers if number], ARRAY(Text))
