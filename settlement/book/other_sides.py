"""Our rows as the sources see them through which no money is proved: the bank, the tax office, the issuer of receipts.

The same columns as `sides`; a region compares them where its configuration says so.
"""

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    DateTime,
    Numeric,
    Select,
    SelectBase,
    String,
    case,
    cast,
    func,
    literal,
    null,
    select,
    union_all,
)
from sqlalchemy import Uuid as SqlUuid
from sqlalchemy.sql.selectable import Subquery

from settlement.bills.tables import pay_code
from settlement.ports.book import Standing
from settlement.ports.statements import FEE
from settlement.regions import ChannelFee


def bank_side(channel: Subquery, fee: ChannelFee | None) -> SelectBase:
    """What the channel owes the settlement account for each of its days, and the fee that it takes by its contract.

    Payments less refunds is one row, the fee another, whether the bank shows it as a debit of its own or beside the
    credit; where it shows no fee there is one row of both. The bank names them by the clearing day, yyyyMMdd.
    """
    whole = channel.c.amount_fen
    if fee is None:
        return _of_days(channel, whole, "")
    if not fee.shown:
        return _of_days(channel, whole - _fee_of(whole, fee), "")
    return union_all(_of_days(channel, whole, ""), _of_days(channel, -_fee_of(whole, fee), FEE))


def _fee_of(amount: ColumnElement[int], fee: ChannelFee) -> ColumnElement[int]:
    """The contract's fee of one payment, rounded half up to the fen; nothing of a refund."""
    taken = func.greatest(func.round(amount * cast(fee.rate, Numeric)), fee.least_fen)
    if fee.most_fen is not None:
        taken = func.least(taken, fee.most_fen)
    return case((amount > 0, cast(taken, BigInteger)), else_=literal(0, BigInteger))


def _of_days(channel: Subquery, amount: ColumnElement[int], account: str) -> Select[tuple[object, ...]]:
    """A sum over each clearing day that is not zero."""
    day = channel.c.paid_on
    return (
        select(
            func.to_char(day, "YYYYMMDD").label("key"),
            literal("").label("second_key"),
            literal(account).label("account"),
            cast(func.sum(amount), BigInteger).label("amount_fen"),
            cast(null(), SqlUuid).label("bill_id"),
            cast(null(), SqlUuid).label("line_id"),
            day.label("paid_on"),
            cast(null(), Date).label("expected_on"),
            cast(null(), DateTime(timezone=True)).label("paid_at"),
            literal(Standing.done.value).label("standing"),
        )
        .where(channel.c.standing == Standing.done.value, day.is_not(None))
        .group_by(day)
        .having(func.sum(amount) != 0)
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
        treasury.c.paid_at,
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
            func.max(non_tax.c.paid_at).label("paid_at"),
            func.min(cast(non_tax.c.standing, String)).label("standing"),
        )
        .join(pay_code, pay_code.c.code == non_tax.c.key)
        .group_by(non_tax.c.key, pay_code.c.receipt_number, non_tax.c.bill_id)
    )
