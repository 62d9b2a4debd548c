"""Our book as it stands, read straight from the tables: what the comparison holds against the truth."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from ledger import AccountClass, balances

_QUERIES = {
    "orders": """
        SELECT o.order_id, o.query_id, o.state, o.amount_fen, b.number FROM channel_order o
        JOIN bill b ON b.id = o.bill_id WHERE o.region = :region AND o.joint_order_id IS NULL
        UNION ALL SELECT o.order_id, o.query_id, o.state, o.amount_fen, p.number FROM joint_order o
        JOIN joint_payment p ON p.id = o.joint_payment_id WHERE o.region = :region""",
    "surplus": """
        SELECT s.id, coalesce(j.order_id, o.order_id) AS order_id, s.query_id, s.kind, s.amount_fen, b.number
        FROM surplus_payment s JOIN channel_order o ON o.id = s.order_id
        LEFT JOIN joint_order j ON j.id = o.joint_order_id JOIN bill b ON b.id = s.bill_id WHERE s.region = :region""",
    "channel_refunds": """
        SELECT c.order_id, c.query_id, c.state, c.amount_fen, b.number FROM channel_refund c
        JOIN refund r ON r.id = c.refund_id JOIN bill b ON b.id = r.bill_id WHERE c.region = :region""",
    "refund_lines": """
        SELECT l.id, l.way, l.state, l.reference, l.query_id, l.amount_fen, l.surplus_id, b.number, r.number AS refund
        FROM refund_line l JOIN refund r ON r.id = l.refund_id JOIN bill b ON b.id = r.bill_id
        WHERE r.region = :region""",
    "lines": """
        SELECT a.id, a.state, a.leg, a.account, a.amount_fen, b.number, b.id AS bill_id, i.item, s.state AS share,
            v.tax_voucher_no, v.levy_number, p.code
        FROM allocation_line a JOIN bill b ON b.id = a.bill_id JOIN line i ON i.id = a.line_id
        JOIN share s ON s.id = a.share_id LEFT JOIN voucher v ON v.id = a.voucher_id
        LEFT JOIN pay_code p ON p.id = a.pay_code_id WHERE a.region = :region""",
    "bills": "SELECT id, number, case_number, state, amount_fen FROM bill WHERE region = :region",
    "cases": """
        SELECT kind, state, fingerprint, amount_fen, bill_id, facts, reason FROM office_case
        WHERE region = :region AND state IN ('open', 'proposed')""",
    "codes": """
        SELECT c.state, c.expires_at, b.number, b.state AS bill FROM payment_code c
        JOIN bill b ON b.id = c.bill_id WHERE b.region = :region""",
}

Rows = list[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class OurBook:
    """Rows as mappings by column, and the balances of the ledger by class of account, in fen on the normal side."""

    orders: Rows
    surplus: Rows
    channel_refunds: Rows
    refund_lines: Rows
    lines: Rows
    bills: Rows
    cases: Rows
    codes: Rows
    balances: Mapping[AccountClass, int]


async def read_book(database: AsyncEngine, region: str) -> OurBook:
    """Reads the whole book of a region."""
    async with database.connect() as db:
        rows: dict[str, Rows] = {
            name: [dict(row) for row in (await db.execute(text(query), {"region": region})).mappings()]
            for name, query in _QUERIES.items()
        }
        accounts = await balances(db, f"{region}:")
    sums: dict[AccountClass, int] = {}
    for one in accounts:
        sums[one.cls] = sums.get(one.cls, 0) + one.balance
    return OurBook(**rows, balances=sums)
