"""Rows of a channel's file for refunds that our book holds for unfinished or failed.

Such a row leads, after a question about the refund, into the same function as notification and query. What the
channel's own answer does not confirm stays as it is, and reconciliation names it. Money never goes out by this.
"""

from typing import Any

import pyarrow.compute as pc
import structlog
from sqlalchemy import Row, select

from foundation.errors import HeyiError
from settlement.office import Office
from settlement.ports.channel import RefundAnswer
from settlement.ports.columns import rows_of
from settlement.ports.statements import Source, Statement, StatementRow
from settlement.refunds.answers import apply_refund_proof
from settlement.refunds.sending import refund_order, sent_refunds
from settlement.refunds.tables import channel_refund

_UNDONE = ("sent", "failed")

log = structlog.get_logger()


async def catch_up_refunds(office: Office, statement: Statement) -> int:
    """Records what the channel's file shows as given back, the channel confirms, and our book has missed; how many.

    Outside any transaction of the caller: the channel is asked about each. What cannot be asked now is left.
    """
    if statement.source is not Source.channel:
        return 0
    columns = statement.columns
    out = columns.filter(pc.and_(pc.less(columns["amount_fen"], 0), pc.equal(columns["account"], "")))
    shown = {row.second_key: row for row in rows_of(out)}
    async with office.database.connect() as db:
        undone = select(channel_refund.c.refund_id).where(
            channel_refund.c.region == statement.region,
            channel_refund.c.state.in_(_UNDONE),
            channel_refund.c.order_id.in_(shown),
        )
        refund_ids = set(await db.scalars(undone))
    rows = [row for one in sorted(refund_ids) for row in await sent_refunds(office, one, *_UNDONE)]
    return sum([await _catch_up(office, row, shown[row.order_id]) for row in rows if row.order_id in shown])


async def _catch_up(office: Office, row: Row[Any], shown: StatementRow) -> bool:
    try:
        proof = await office.institutions[row.region].channel.query_refund(refund_order(row))
    except HeyiError as error:
        log.warning("a refund of the file could not be confirmed", order=row.order_id, error=error.detail)
        return False
    said = (proof.answer, proof.query_id, proof.amount_fen)
    if said != (RefundAnswer.done, shown.key, -shown.amount_fen):
        log.warning("the channel does not confirm the refund in its file", order=row.order_id, answer=proof.answer)
        return False
    async with office.database.begin() as db:
        outcome = await apply_refund_proof(office, db, row.region, proof)
    return outcome.name == "applied"
