"""Answers what reconciliation asks of our book (its Protocol is `reconciliation.ports.Book`)."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import (
    BindParameter,
    Row,
    Text,
    any_,
    bindparam,
    or_,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from settlement.book.gone_back import gone_back
from settlement.book.sides import side
from settlement.book.tables import matched_row
from settlement.book.transit import transit
from settlement.ports.book import BookRow, KnownRow, Standing, Transit
from settlement.ports.statements import Source
from settlement.regions import Region, the_region

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
        ours = side(source, region, the_region(self._regions, region).channel_fee).subquery()
        calendar = the_region(self._regions, region).calendar
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

        def expected(row: Row[Any]) -> date:
            if row.standing == Standing.part or (row.standing == Standing.pending and row.amount_fen < 0):
                return day + timedelta(days=1)  # it waits for a person, whom no calendar binds
            if source is Source.bank:
                return calendar.day_after(source, row.paid_on)
            return row.expected_on or calendar.expected(source, row.paid_on, row.paid_at)

        return [
            BookRow(
                row.key,
                row.second_key,
                row.amount_fen,
                row.account,
                row.bill_id,
                row.line_id,
                expected(row),
                row.matched_on,
            )
            for row in found
        ]

    async def find(
        self, db: AsyncConnection, region: str, source: Source, keys: Sequence[str], second_keys: Sequence[str]
    ) -> list[KnownRow]:
        """Everything of ours under any of these numbers, also what went back and is awaited no more."""
        ours = side(source, region, the_region(self._regions, region).channel_fee)
        known = []
        for part in (ours, gone_back(source, region)):
            if part is None:
                continue
            rows = part.subquery().c
            named = or_(rows.key == any_(_texts(keys)), rows.second_key == any_(_texts(second_keys)))
            columns = (rows.key, rows.second_key, rows.amount_fen, rows.bill_id, rows.standing)
            known += [
                KnownRow(*row[:-1], Standing(row.standing)) for row in await db.execute(select(*columns).where(named))
            ]
        return known

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
        return await transit(db, the_region(self._regions, region), day)


def _texts(numbers: Sequence[str]) -> BindParameter[Sequence[str]]:
    """Numbers that are there, as one array parameter."""
    return bindparam(None, [number for number in numbers if number], ARRAY(Text))
