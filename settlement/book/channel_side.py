"""Our rows as the channel's file shows them: orders, what was paid beside them, and what went back.

The same columns as `sides`.
"""

from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    DateTime,
    Select,
    Table,
    case,
    cast,
    func,
    literal,
    null,
    select,
    union_all,
)
from sqlalchemy import Uuid as SqlUuid

from settlement.joint.tables import joint_order
from settlement.payments.tables import channel_order, payment_code, surplus_payment
from settlement.ports.book import Standing
from settlement.refunds.tables import channel_refund, refund


def channel_side(region: str) -> CompoundSelect[tuple[object, ...]]:
    """An order, a surplus payment or a refund a row. The file names each as a whole, so it has no account."""
    alone = _orders(channel_order, channel_order.c.bill_id, region, _given_up())
    alone = alone.where(channel_order.c.joint_order_id.is_(None))
    closed = literal(Standing.closed.value)
    together = _orders(joint_order, cast(null(), SqlUuid).label("bill_id"), region, closed)
    return union_all(alone, together, _surplus(region), _refunds(region))


def _given_up() -> ColumnElement[str]:
    """As what an order that was not paid stands there: its code was replaced, is closed, or can still be paid.

    In the last case the channel, or the terminal, said no too early if it says paid now.
    """
    later = payment_code.alias()
    another = select(later.c.id).where(
        later.c.bill_id == payment_code.c.bill_id, later.c.issued_at > payment_code.c.issued_at
    )
    standing = case(
        (another.exists(), Standing.replaced.value),
        (payment_code.c.state.in_(("live", "paying", "paid")), Standing.failed.value),
        else_=Standing.closed.value,
    )
    of_order = select(standing).where(payment_code.c.id == channel_order.c.code_id).scalar_subquery()
    return func.coalesce(of_order, Standing.closed.value)


def _orders(
    orders: Table, bill_id: ColumnElement[Any], region: str, given_up: ColumnElement[str]
) -> Select[tuple[object, ...]]:
    """The orders that the channel knows; what is paid together is one of them.

    `given_up`: as what those stand there that were not paid.
    """
    standing = case(
        (orders.c.state.in_(("paid", "paid_late", "paid_other")), Standing.done.value),
        (orders.c.state == "not_paid", given_up),
        (orders.c.state == "reversed", Standing.closed.value),
        else_=Standing.pending.value,
    )
    came = (
        select(surplus_payment.c.amount_fen)
        .where(surplus_payment.c.query_id == orders.c.query_id, surplus_payment.c.kind == "other_amount")
        .scalar_subquery()
    )
    return select(
        func.coalesce(orders.c.query_id, "").label("key"),
        orders.c.order_id.label("second_key"),
        literal("").label("account"),
        case((orders.c.state == "paid_other", came), else_=orders.c.amount_fen).label("amount_fen"),
        bill_id,
        cast(null(), SqlUuid).label("line_id"),
        orders.c.clearing_day.label("paid_on"),
        orders.c.clearing_day.label("expected_on"),
        orders.c.paid_at.label("paid_at"),
        orders.c.clearing_day.label("booked_on"),
        standing.label("standing"),
    ).where(orders.c.region == region)


def _surplus(region: str) -> Select[tuple[object, ...]]:
    """Payments beside the one that an order has a row for."""
    return (
        select(
            surplus_payment.c.query_id,
            func.coalesce(joint_order.c.order_id, channel_order.c.order_id),
            literal(""),
            surplus_payment.c.amount_fen,
            surplus_payment.c.bill_id,
            cast(null(), SqlUuid),
            surplus_payment.c.clearing_day,
            surplus_payment.c.clearing_day,
            cast(null(), DateTime(timezone=True)),
            surplus_payment.c.clearing_day,
            literal(Standing.done.value),
        )
        .select_from(
            surplus_payment.join(channel_order, channel_order.c.id == surplus_payment.c.order_id).outerjoin(
                joint_order, joint_order.c.id == channel_order.c.joint_order_id
            )
        )
        .where(surplus_payment.c.region == region, surplus_payment.c.kind == "again")
    )


def _refunds(region: str) -> Select[tuple[object, ...]]:
    """Money out: negative, on the clearing day of the refund."""
    standing = case(
        (channel_refund.c.state == "done", Standing.done.value),
        (channel_refund.c.state == "failed", Standing.failed.value),
        else_=Standing.pending.value,
    )
    return (
        select(
            func.coalesce(channel_refund.c.query_id, ""),
            channel_refund.c.order_id,
            literal(""),
            -channel_refund.c.amount_fen,
            refund.c.bill_id,
            cast(null(), SqlUuid),
            channel_refund.c.clearing_day,
            channel_refund.c.clearing_day,
            cast(null(), DateTime(timezone=True)),
            channel_refund.c.clearing_day,
            standing,
        )
        .select_from(channel_refund.join(refund, refund.c.id == channel_refund.c.refund_id))
        .where(channel_refund.c.region == region)
    )
