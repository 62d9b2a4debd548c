"""One query a source: our rows, under the numbers and accounts that the source writes.

Each gives the same columns: key, second_key, account, amount_fen, bill_id, line_id, paid_on, expected_on, booked_on
(the day on which the ledger counts it), standing. Where only the calendar of the source can say when a row is expected,
`expected_on` is null and `paid_at` the moment of the payment.
"""

from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Date,
    DateTime,
    Select,
    SelectBase,
    String,
    Table,
    and_,
    case,
    cast,
    func,
    literal,
    null,
    select,
    union_all,
)
from sqlalchemy import Uuid as SqlUuid

from foundation import clock
from settlement.allocation.tables import allocation_line
from settlement.bills.tables import pay_code, voucher
from settlement.book.channel_side import channel_side
from settlement.book.other_sides import bank_side, receipt_side, tax_status_side
from settlement.payments.tables import channel_order
from settlement.ports.book import Standing
from settlement.ports.statements import Source
from settlement.refunds.papers import NON_TAX, TREASURY
from settlement.refunds.tables import refund, refund_line
from settlement.regions import ChannelFee

_SUBJECT = func.concat_ws(" ", voucher.c.budget_subject, voucher.c.budget_level, voucher.c.treasury)
_ITEM = func.split_part(allocation_line.c.account, ":", 4)

VOUCHER_KEY = case((voucher.c.treasury_date.is_not(None), voucher.c.tax_voucher_no), else_="")
"""A voucher's number once the tax office says that it is in the treasury. What a statement shows before that is a
difference (T-9, 已入库未销号) and no match."""


def side(source: Source, region: str, fee: ChannelFee | None = None) -> SelectBase:
    """Everything of ours that a source could show, in whatever state. `fee`: what the channel takes by contract."""
    match source:
        case Source.channel:
            return channel_side(region)
        case Source.treasury:
            return _treasury(region)
        case Source.non_tax:
            return _non_tax(region)
        case Source.bank:
            return bank_side(channel_side(region).subquery(), fee)
        case Source.tax_status:
            return tax_status_side(_vouchers(region).subquery())
        case Source.e_receipts:
            return receipt_side(_non_tax(region).subquery())


def _treasury(region: str) -> CompoundSelect[tuple[object, ...]]:
    """What came in by a tax voucher, and what the treasury gave back of it (退库), when its calendar says."""
    whose = allocation_line.c.voucher_id
    back = _given_back(region, TREASURY, voucher, whose, voucher.c.levy_number, _SUBJECT, cast(null(), Date))
    return union_all(_vouchers(region), back)


def _vouchers(region: str) -> Select[tuple[object, ...]]:
    """A tax voucher a row, expected on its treasury date, or, while there is none, as the treasury's calendar says.

    What was paid after 23:00 belongs to the next clearing day, and may be in the treasury before that has begun. A
    voucher that several orders carry waits from the first of them on, and is expected when the last is paid.
    """
    paid_on = func.min(channel_order.c.clearing_day)
    standing = case(
        (voucher.c.treasury_date.is_not(None), Standing.done.value),
        (func.count(channel_order.c.id) < func.count(), Standing.part.value),
        else_=Standing.pending.value,
    )
    return (
        select(
            VOUCHER_KEY.label("key"),
            voucher.c.levy_number.label("second_key"),
            _SUBJECT.label("account"),
            voucher.c.amount_fen,
            voucher.c.bill_id,
            cast(func.min(cast(allocation_line.c.line_id, String)), SqlUuid).label("line_id"),
            func.least(paid_on, voucher.c.treasury_date).label("paid_on"),
            voucher.c.treasury_date.label("expected_on"),
            func.max(channel_order.c.paid_at).label("paid_at"),
            func.max(allocation_line.c.arrived_on).label("booked_on"),
            standing.label("standing"),
        )
        .join(allocation_line, allocation_line.c.voucher_id == voucher.c.id)
        .outerjoin(channel_order, _paid_order())
        .where(allocation_line.c.region == region, allocation_line.c.state != "returned")
        .group_by(voucher.c.id)
    )


def _non_tax(region: str) -> CompoundSelect[tuple[object, ...]]:
    """What came in by a pay code, and what finance gave back of it (退付), in the statement of that day."""
    whose = allocation_line.c.pay_code_id
    back = _given_back(region, NON_TAX, pay_code, whose, pay_code.c.code, _ITEM, refund_line.c.done_on)
    return union_all(_fees(region), back)


def _fees(region: str) -> Select[tuple[object, ...]]:
    """A fee item of a pay code a row: finance sums equal items under one code. Paid as `_treasury` says."""
    paid_on = func.max(channel_order.c.clearing_day)
    return (
        select(
            pay_code.c.code.label("key"),
            func.coalesce(func.max(channel_order.c.query_id), literal("")).label("second_key"),
            _ITEM.label("account"),
            cast(func.sum(allocation_line.c.amount_fen), allocation_line.c.amount_fen.type).label("amount_fen"),
            pay_code.c.bill_id,
            cast(null(), SqlUuid).label("line_id"),
            func.least(paid_on, pay_code.c.confirmed_on).label("paid_on"),
            pay_code.c.confirmed_on.label("expected_on"),
            func.max(channel_order.c.paid_at).label("paid_at"),
            func.max(allocation_line.c.arrived_on).label("booked_on"),
            case((pay_code.c.confirmation_no.is_not(None), Standing.done.value), else_=Standing.pending.value).label(
                "standing"
            ),
        )
        .join(allocation_line, allocation_line.c.pay_code_id == pay_code.c.id)
        .outerjoin(channel_order, _paid_order())
        .where(allocation_line.c.region == region, allocation_line.c.state != "returned")
        .group_by(pay_code.c.id, _ITEM)
    )


def _given_back(
    region: str,
    way: str,
    debt: Table,
    whose: ColumnElement[Any],
    number: ColumnElement[Any],
    account: ColumnElement[Any],
    expected_on: ColumnElement[Any],
) -> Select[tuple[object, ...]]:
    """What goes back at an institution's own counter: approved, under no number, a row for each line; and what was
    recorded as carried out, a row for each paper, under its number.

    A statement may show it from the approval on, whenever finance records it. `debt` is the table of what was paid,
    `whose` a line's reference to it.
    """
    fen = func.sum(refund_line.c.amount_fen)
    approved_on = cast(func.timezone(clock.CHINA, refund.c.decided_at), Date)
    done_from = func.timezone(clock.CHINA, cast(refund_line.c.done_on, DateTime))
    is_open = refund_line.c.state == "approved"
    return (
        select(
            func.coalesce(refund_line.c.reference, ""),
            number,
            account,
            -cast(fen, refund_line.c.amount_fen.type),
            debt.c.bill_id,
            cast(null(), SqlUuid),
            func.least(approved_on, refund_line.c.done_on),
            expected_on,
            done_from,
            refund_line.c.done_on,
            case((is_open, Standing.pending.value), else_=Standing.done.value),
        )
        .join(refund, refund.c.id == refund_line.c.refund_id)
        .join(allocation_line, allocation_line.c.id == refund_line.c.allocation_line_id)
        .join(debt, debt.c.id == whose)
        .where(refund.c.region == region, refund_line.c.way == way)
        .where(refund_line.c.state.in_(("approved", "done", "came_back")))
        .group_by(
            refund_line.c.reference,
            debt.c.id,
            account,
            refund_line.c.done_on,
            refund_line.c.state,
            approved_on,
            case((is_open, refund_line.c.id)),
        )
    )


def _paid_order() -> ColumnElement[bool]:
    return and_(channel_order.c.share_id == allocation_line.c.share_id, channel_order.c.state == "paid")
