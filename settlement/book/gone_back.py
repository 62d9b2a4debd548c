"""Vouchers and pay codes whose money went back through the channel: no statement should show them any more.

Where one does all the same, the institution had it though it said that it had not (`settlement.refunds.non_receipt`).
"""

from typing import Any

from sqlalchemy import ColumnElement, Select, func, literal, select

from settlement.allocation.tables import allocation_line
from settlement.bills.tables import pay_code, voucher
from settlement.ports.book import Standing
from settlement.ports.statements import Source


def gone_back(source: Source, region: str) -> Select[Any] | None:
    """Those of a region under the numbers that a source writes, in the columns of a `KnownRow`; None: it has none."""
    key: ColumnElement[str]
    second_key: ColumnElement[str]
    match source:
        case Source.treasury:
            debt, whose = voucher, allocation_line.c.voucher_id
            key, second_key = func.coalesce(voucher.c.tax_voucher_no, ""), voucher.c.levy_number
        case Source.non_tax:
            debt, whose = pay_code, allocation_line.c.pay_code_id
            key, second_key = pay_code.c.code, literal("")
        case _:
            return None
    columns = (
        key.label("key"),
        second_key.label("second_key"),
        debt.c.amount_fen,
        debt.c.bill_id,
        literal(Standing.returned.value).label("standing"),
    )
    return (
        select(*columns)
        .join(allocation_line, whose == debt.c.id)
        .where(allocation_line.c.region == region, allocation_line.c.state == "returned")
        .distinct()
    )
