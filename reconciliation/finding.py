"""Finds anything by any number that somebody holds: of a bill, an order, a voucher, a receipt, a property, a case."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Date, Select, Text, cast, literal, null, or_, select
from sqlalchemy import Uuid as SqlUuid
from sqlalchemy.ext.asyncio import AsyncConnection

from foundation import clock
from foundation.errors import BadInput
from reconciliation.tables import pooled_row, reconciliation_break, reconciliation_day
from settlement.bills.tables import bill, pay_code, voucher
from settlement.cases import office_case
from settlement.cases.reading import number_of
from settlement.joint.tables import joint_order
from settlement.payments.tables import channel_order, surplus_payment
from settlement.refunds.tables import channel_refund, refund

SHORTEST = 4
_FOUND_MAX = 50
"""Of each kind."""


@dataclass(frozen=True, slots=True)
class Found:
    """Something that carries the number. `what`: bill, order, surplus, refund, voucher, pay_code, case, break or pool.

    `number` is the number that it is called by, `day` its business day, `amount_fen` what it is about.
    """

    what: str
    number: str
    state: str
    amount_fen: int
    day: date | None
    bill_id: UUID | None
    bill_number: str | None
    case_id: UUID | None
    refund_id: UUID | None


async def find(db: AsyncConnection, region: str, number: str) -> list[Found]:
    """Everything of a region that carries a number, whole or (from SHORTEST characters) its beginning or end.

    BadInput for fewer characters.
    """
    wanted = "".join(number.split())
    if len(wanted) < SHORTEST:
        raise BadInput("number", number, f"at least {SHORTEST} characters")
    found = []
    for query in _queries(region, wanted):
        for row in await db.execute(query.limit(_FOUND_MAX)):
            day = clock.local(row.day).date() if isinstance(row.day, datetime) else row.day
            what, shown = row.what, row.number
            if what == "case":
                shown = number_of(int(shown))
            about = (row.bill_id, row.bill_number, row.case_id, row.refund_id)
            found.append(Found(what, shown, row.state, row.amount_fen, day, *about))
    return found


def _queries(region: str, wanted: str) -> Iterator[Select[Any]]:
    yield (
        _what("bill", bill.c.number, bill.c.state, bill.c.amount_fen, bill.c.created_at, bill.c.id)
        .select_from(bill)
        .where(bill.c.region == region, _carries(wanted, bill.c.number, bill.c.case_number, bill.c.unit_code))
    )
    order = channel_order.c
    yield (
        _what("order", order.order_id, order.state, order.amount_fen, order.clearing_day, order.bill_id)
        .join_from(channel_order, bill, bill.c.id == order.bill_id)
        .outerjoin(joint_order, joint_order.c.id == order.joint_order_id)
        .where(order.region == region)
        .where(_carries(wanted, order.order_id, order.query_id, order.trace_no, joint_order.c.order_id))
    )
    extra = surplus_payment.c
    yield (
        _what("surplus", extra.query_id, extra.kind, extra.amount_fen, extra.clearing_day, extra.bill_id, extra.case_id)
        .join_from(surplus_payment, bill, bill.c.id == extra.bill_id)
        .where(extra.region == region, _carries(wanted, extra.query_id, extra.trace_no))
    )
    gone, back = refund.c, channel_refund.c
    sent = select(back.refund_id).where(_carries(wanted, back.order_id, back.query_id, back.of_query_id))
    yield (
        _what("refund", gone.number, gone.state, gone.amount_fen, gone.proposed_at, gone.bill_id, refund_id=gone.id)
        .join_from(refund, bill, bill.c.id == refund.c.bill_id)
        .where(gone.region == region, or_(_carries(wanted, gone.number), gone.id.in_(sent)))
    )
    tax = voucher.c
    number = tax.tax_voucher_no.op("||")(literal(" ")).op("||")(tax.levy_number)
    yield (
        _what("voucher", number, tax.item, tax.amount_fen, tax.treasury_date, tax.bill_id)
        .join_from(voucher, bill, bill.c.id == tax.bill_id)
        .where(bill.c.region == region)
        .where(_carries(wanted, tax.tax_voucher_no, tax.levy_number, tax.certificate_number))
    )
    fee = pay_code.c
    yield (
        _what("pay_code", fee.code, fee.receipt_number, fee.amount_fen, fee.confirmed_on, fee.bill_id)
        .join_from(pay_code, bill, bill.c.id == fee.bill_id)
        .where(bill.c.region == region)
        .where(_carries(wanted, fee.code, fee.confirmation_no, fee.receipt_number))
    )
    yield from _differences(region, wanted)


def _differences(region: str, wanted: str) -> Iterator[Select[Any]]:
    one = office_case.c
    of_number = _carries(wanted, one.facts["key"].astext, one.facts["second_key"].astext, one.facts["order_id"].astext)
    by_no = one.no == int(wanted[1:]) if wanted[0] in "Dd" and wanted[1:].isdigit() else literal(value=False)
    yield (
        _what("case", cast(one.no, Text), one.state, one.amount_fen, one.business_day, one.bill_id, one.id)
        .select_from(office_case.outerjoin(bill, bill.c.id == one.bill_id))
        .where(one.region == region, or_(by_no, of_number))
    )
    for what, table, fen, case_id in (
        ("break", reconciliation_break, reconciliation_break.c.their_fen, reconciliation_break.c.case_id),
        ("pool", pooled_row, pooled_row.c.amount_fen, None),
    ):
        state = table.c.kind if what == "break" else table.c.source
        yield (
            _what(what, table.c.key, state, fen, reconciliation_day.c.day, table.c.bill_id, case_id)
            .select_from(
                table.join(reconciliation_day, reconciliation_day.c.id == table.c.day_id).outerjoin(
                    bill, bill.c.id == table.c.bill_id
                )
            )
            .where(reconciliation_day.c.region == region, _carries(wanted, table.c.key, table.c.second_key))
        )


def _what(
    what: str,
    number: ColumnElement[Any],
    state: ColumnElement[Any],
    amount_fen: ColumnElement[Any],
    day: ColumnElement[Any],
    bill_id: ColumnElement[Any],
    case_id: ColumnElement[Any] | None = None,
    refund_id: ColumnElement[Any] | None = None,
) -> Select[Any]:
    return select(
        literal(what).label("what"),
        number.label("number"),
        state.label("state"),
        amount_fen.label("amount_fen"),
        (day if day is not None else cast(null(), Date)).label("day"),
        bill_id.label("bill_id"),
        bill.c.number.label("bill_number"),
        (case_id if case_id is not None else cast(null(), SqlUuid)).label("case_id"),
        (refund_id if refund_id is not None else cast(null(), SqlUuid)).label("refund_id"),
    )


def _carries(wanted: str, *columns: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether one of the columns is the number, or begins or ends with it."""
    return or_(
        *(column.startswith(wanted, autoescape=True) for column in columns),
        *(column.endswith(wanted, autoescape=True) for column in columns),
    )
