"""Our rows as the sources see them through which no money is proved: the bank, the tax office, the issuer of receipts.

The same columns as `sides`; a region compares them where its configuration says so.
"""

from sqlalchemy import ColumnElement, Date, Select, String, case, cast, func, literal, null, select
from sqlalchemy import Uuid as SqlUuid
from sqlalchemy.sql.selectable import Subquery

from settlement.bills.tables import pay_code
from settlement.ports.book import Standing


def bank_side(channel: Subquery) -> Select[tuple[object, ...]]:
    """What the channel owes the settlement account for each of its days: payments less refunds, before its fee.

    The bank names it by the clearing day, yyyyMMdd; it comes on the next day that is no Saturday or Sunday. Holidays
    are not known here: over them it is late, and a case that ends by itself.
    """
    day = channel.c.paid_on
    return (
        select(
            func.to_char(day, "YYYYMMDD").label("key"),
            literal("").label("second_key"),
            literal("").label("account"),
            cast(func.sum(channel.c.amount_fen), channel.c.amount_fen.type).label("amount_fen"),
            cast(null(), SqlUuid).label("bill_id"),
            cast(null(), SqlUuid).label("line_id"),
            day.label("paid_on"),
            _next_working_day(day).label("expected_on"),
            literal(Standing.done.value).label("standing"),
        )
        .where(channel.c.standing == Standing.done.value, day.is_not(None))
        .group_by(day)
        .having(func.sum(channel.c.amount_fen) != 0)
    )


def tax_status_side(treasury: Subquery) -> Select[tuple[object, ...]]:
    """A tax voucher a row, which the tax office should have closed (销号) by the day it was in the treasury."""
    return select(
        treasury.c.key,
        treasury.c.second_key,
        literal("").label("account"),
        treasury.c.amount_fen,
        treasury.c.bill_id,
        treasury.c.line_id,
        treasury.c.paid_on,
        treasury.c.expected_on,
        treasury.c.standing,
    )


def receipt_side(non_tax: Subquery) -> Select[tuple[object, ...]]:
    """A pay code a row, whatever its items: one e-receipt is issued for it. Second comes the receipt's number."""
    return (
        select(
            non_tax.c.key,
            func.coalesce(pay_code.c.receipt_number, "").label("second_key"),
            literal("").label("account"),
            cast(func.sum(non_tax.c.amount_fen), non_tax.c.amount_fen.type).label("amount_fen"),
            non_tax.c.bill_id,
            cast(null(), SqlUuid).label("line_id"),
            func.max(non_tax.c.paid_on).label("paid_on"),
            func.max(non_tax.c.expected_on).label("expected_on"),
            func.min(cast(non_tax.c.standing, String)).label("standing"),
        )
        .join(pay_code, pay_code.c.code == non_tax.c.key)
        .group_by(non_tax.c.key, pay_code.c.receipt_number, non_tax.c.bill_id)
    )


def _next_working_day(day: ColumnElement[object]) -> ColumnElement[object]:
    weekday = func.extract("isodow", day)
    return cast(day + case((weekday == 5, 3), (weekday == 6, 2), else_=1), Date)
