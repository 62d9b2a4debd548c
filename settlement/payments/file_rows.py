"""Rows of a channel's file for orders that our book does not know as paid: the notification was lost, and so was the
query, or the order was given up too early.

Such a row leads, after a query, into the same function as notification and query, and so to the same result, once.
What the channel's own answer does not confirm stays as it is, and reconciliation names it; so does a row that the file
sets apart, such as a test or another merchant's.
"""

from datetime import datetime, time, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import structlog
from sqlalchemy import Row, select

from foundation import clock
from foundation.errors import HeyiError
from settlement.joint.tables import joint_order
from settlement.office import Office
from settlement.payments.lookup import order_of
from settlement.payments.proofs import apply_proof
from settlement.payments.settling import Path
from settlement.payments.tables import MAY_BE_PAID, channel_order
from settlement.ports.channel import Answer
from settlement.ports.columns import rows_of
from settlement.ports.statements import Source, Statement, StatementRow

LOOK_BACK = timedelta(days=45)
"""An order that was started earlier is not asked about: no code lives longer than a month (facts: channels A.3)."""

log = structlog.get_logger()


async def catch_up(office: Office, statement: Statement) -> int:
    """Posts what the channel's file shows as paid, the channel confirms, and our book has missed; how many.

    Outside any transaction of the caller: the channel is asked about each order. What cannot be asked now is left.
    """
    if statement.source is not Source.channel:
        return 0
    unpaid = await _unpaid(office, statement)
    columns = statement.columns
    of_unpaid = pc.is_in(columns["second_key"], pa.array(unpaid, pa.string()))
    plain = pc.and_(pc.greater(columns["amount_fen"], 0), pc.equal(columns["account"], ""))
    shown = rows_of(columns.filter(pc.and_(of_unpaid, plain)))
    return sum([await _catch_up(office, unpaid[row.second_key], row) for row in shown])


async def _unpaid(office: Office, statement: Statement) -> dict[str, Row[Any]]:
    """Orders of the statement's region that could have been paid by its day and are not, by order number."""
    since = clock.in_china(datetime.combine(statement.day, time())) - LOOK_BACK
    async with office.database.connect() as db:
        alone = select(channel_order).where(channel_order.c.joint_order_id.is_(None))
        return {
            row.order_id: row
            for query, table in ((alone, channel_order), (select(joint_order), joint_order))
            for row in await db.execute(
                query.where(
                    table.c.region == statement.region,
                    table.c.state.in_(MAY_BE_PAID),
                    table.c.started_at >= since,
                )
            )
        }


async def _catch_up(office: Office, order: Row[Any], row: StatementRow) -> bool:
    """Asks about one row. The channel's answer counts, also where its file shows another amount of the same payment:
    then it is the answer that proves it, and reconciliation names the file's difference.
    """
    try:
        proof = await office.institutions[order.region].channel.query(order_of(order))
    except HeyiError as error:
        log.warning("a row of the file could not be confirmed", order=order.order_id, error=error.detail)
        return False
    if (proof.answer, proof.query_id) != (Answer.paid, row.key):
        log.warning("the channel does not confirm its file", order=order.order_id, answer=proof.answer)
        return False
    async with office.database.begin() as db:
        path: Path = "file" if proof.amount_fen == row.amount_fen else "query"
        outcome = await apply_proof(office, db, order.region, proof, path)
    return outcome.name == "applied"
