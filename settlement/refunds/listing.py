"""Refunds in lists: chosen by how they stand, by the day of their proposal and by a number, a page at a time."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import ColumnElement, and_, func, or_, select

from foundation import clock
from foundation.errors import BadInput
from settlement.bills.tables import bill
from settlement.office import Office
from settlement.receipts.tables import red_letter, red_letters
from settlement.refunds.reading import REFUNDS_MAX, RefundView, read_refunds
from settlement.refunds.tables import refund, refund_line


@dataclass(frozen=True, slots=True)
class RefundFilter:
    """Which refunds to list. What is left empty leaves none out.

    `first`, `last`: the days in China, both included, between which they were proposed; `number`: the beginning or end
    of a refund's number or of its bill's; `red_letter_waits`: only those with a red letter that waits for its second
    person. BadInput where the first day comes after the last.
    """

    states: tuple[str, ...] = ()
    first: date | None = None
    last: date | None = None
    number: str = ""
    red_letter_waits: bool = False


async def list_refunds(
    office: Office, region: str, wanted: RefundFilter | None = None, *, skip: int = 0, most: int = REFUNDS_MAX
) -> list[RefundView]:
    """Refunds of a region, those that wait for a decision, then the newest; at most so many, after so many."""
    return await read_refunds(office, _chosen(region, wanted or RefundFilter()), skip=skip, most=most)


async def count_refunds(office: Office, region: str, wanted: RefundFilter | None = None) -> Mapping[str, int]:
    """How many refunds of a region are chosen, by state."""
    counted = (
        select(refund.c.state, func.count())
        .join(bill, bill.c.id == refund.c.bill_id)
        .where(_chosen(region, wanted or RefundFilter()))
        .group_by(refund.c.state)
    )
    async with office.database.connect() as db:
        return {row.state: row[1] for row in await db.execute(counted)}


def _chosen(region: str, wanted: RefundFilter) -> ColumnElement[bool]:
    if wanted.first and wanted.last and wanted.first > wanted.last:
        raise BadInput("first", wanted.first.isoformat(), "不晚于截止日的日期。a day not after the last one")
    chosen = [refund.c.region == region]
    if wanted.states:
        chosen.append(refund.c.state.in_(wanted.states))
    if wanted.first:
        chosen.append(refund.c.proposed_at >= _begin(wanted.first))
    if wanted.last:
        chosen.append(refund.c.proposed_at < _begin(wanted.last + timedelta(days=1)))
    if number := "".join(wanted.number.split()).upper():
        columns = (refund.c.number, bill.c.number)
        chosen.append(
            or_(
                *(column.startswith(number, autoescape=True) for column in columns),
                *(column.endswith(number, autoescape=True) for column in columns),
            )
        )
    if wanted.red_letter_waits:
        of_line = refund_line.join(red_letter, red_letter.c.refund_line_id == refund_line.c.id)
        waits = (refund_line.c.refund_id == refund.c.id) & (red_letter.c.state == red_letters.first)
        chosen.append(select(red_letter.c.id).select_from(of_line).where(waits).exists())
    return and_(*chosen)


def _begin(day: date) -> datetime:
    return clock.in_china(datetime.combine(day, time()))
