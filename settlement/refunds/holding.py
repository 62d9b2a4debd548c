"""What a refund takes hold of: money at the channel that no institution has, or may have.

An institution that was told of a payment may have taken it, though it does not say so yet: its answer was lost, what it
took is late, or it took a part. Such money counts as on its way. It is told again until it has arrived, and goes back
from there (退库, 退付); once it was refused or sent back, the refund can have it.
"""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from settlement.allocation.moving import SENT_BACK
from settlement.allocation.tables import allocation_lines
from settlement.cases import UNSETTLED, office_case, vanish
from settlement.office import Actor

AT_CHANNEL = ("in_transit", "sent_back")
"""States of an allocation line whose money is at the channel, or on its way from there."""


def is_free(state: str | None, told_at: object) -> bool:
    """Whether the money of an allocation line, by its state, is at the channel and nowhere else."""
    return state in AT_CHANNEL and told_at is None


async def hold(db: AsyncConnection, pieces: Iterable[Row[Any]], actor: Actor) -> None:
    """Holds those allocation lines that are free. Of what was sent back the case ends: it is not sent again."""
    free = [one for one in pieces if is_free(one.state, one.told_at)]
    for state in AT_CHANNEL:
        ids = [one.id for one in free if one.state == state]
        await allocation_lines.advance(db, ids, state, "hold", role=actor.role, actor=actor.name)
    back = [one for one in free if one.state == "sent_back"]
    if back:
        found = await db.execute(
            select(office_case.c.id, office_case.c.state)
            .where(office_case.c.bill_id.in_({one.bill_id for one in back}), office_case.c.kind == SENT_BACK)
            .where(office_case.c.facts["claim"].astext.in_({str(one.voucher_id or one.pay_code_id) for one in back}))
            .where(office_case.c.state.in_(UNSETTLED))
        )
        await vanish(db, [(one.id, one.state) for one in found], "改为退款。A refund is asked for instead.")
