"""Money of a refund that came back (退汇): its account was closed. Two people decide that it is owed again.

Nothing goes out by this: what a statement shows as returned is in its place again, the refund waits for a person as
any that is given back by hand, and its case asks for the payer's other account.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from foundation.errors import Conflict
from foundation.identifiers import new_id
from foundation.money import yuan
from ledger import first_open_day, post
from settlement import postings
from settlement.office import Actor, Office
from settlement.refunds import papers
from settlement.refunds.errands import open_errand
from settlement.refunds.locking import locked
from settlement.refunds.tables import refund, refund_line, refund_lines, refunds

REOPEN = "reopen"

_AGAIN = {papers.CHANNEL: papers.BY_HAND, papers.NON_TAX: papers.NON_TAX}
"""How what went back by a way, and was returned, goes back again: not to the account that did not take it."""

_THE_SAME = (
    "refund_id",
    "allocation_line_id",
    "surplus_id",
    "receiver",
    "query_id",
    "paid_on",
    "amount_fen",
    "account",
)


async def reopen(office: Office, db: AsyncConnection, case_row: Row[Any], actor: Actor) -> None:
    """Owes again what the statement's row of a case shows as returned: each line of it waits for a person.

    The entries that gave it back are reversed on the case's day or the next open one. Conflict where the lines that
    went back under that number do not come to the returned amount, or are not in our book as given back.
    """
    facts = case_row.facts
    number, their = facts["came_back_of"], facts["theirs"][0]
    lines = [line for line in await _gone(db, case_row.region, number) if _is_of(line, their["account"])]
    if sum(line.amount_fen for line in lines) != their["amount_fen"]:
        ours = yuan(sum(line.amount_fen for line in lines))
        raise Conflict(
            f"我方记为以 {number} 退出的共 {ours} 元，被退回 {yuan(their['amount_fen'])} 元，不能整笔重退，请另拟分录。"
            f"Our book has {ours} yuan given back under {number}, not what came back; propose entries instead.",
            case=str(case_row.id),
        )
    refund_row, _ = await locked(db, lines[0].refund_id)
    day = await first_open_day(db, case_row.region, case_row.business_day)
    who = {"role": actor.role, "actor": actor.name, "reason": case_row.reason}
    await refund_lines.advance(db, [line.id for line in lines], "done", "come_back", came_back_on=day, **who)
    region = office.region(case_row.region)
    transit = postings.in_transit(region).code
    await post(
        db,
        [
            postings.refund_came_back(
                region,
                line.id,
                f"refund {refund_row.number} came back",
                day,
                transit if line.way == papers.CHANNEL else line.account,
                line.amount_fen,
            )
            for line in lines
        ],
    )
    if refund_row.state == "done":
        await refunds.advance(db, refund_row.id, "done", "come_back", done_at=None, **who)
    for line in lines:
        await _owe_again(db, refund_row, line, actor)


async def _owe_again(db: AsyncConnection, refund_row: Row[Any], line: Row[Any], actor: Actor) -> None:
    """Another line in the place of one that came back, approved with the case, and the case of its errand."""
    again, way = new_id(), _AGAIN[line.way]
    same = {name: getattr(line, name) for name in _THE_SAME}
    await db.execute(
        insert(refund_line).values(
            id=again, again_of=line.id, state=refund_lines.first, red_receipt=line.red_receipt, **same
        )
    )
    await refund_lines.advance(db, again, refund_lines.first, "approve", role=actor.role, actor=actor.name, way=way)
    row = (await db.execute(select(refund_line).where(refund_line.c.id == again))).one()
    await open_errand(db, refund_row, row, way)


async def _gone(db: AsyncConnection, region: str, number: str) -> Sequence[Row[Any]]:
    """Lines that went back under a number of the channel, or of a paper of 退付."""
    found = await db.execute(
        select(refund_line)
        .join(refund, refund.c.id == refund_line.c.refund_id)
        .where(refund.c.region == region, refund_line.c.reference == number)
        .where(refund_line.c.way.in_(_AGAIN), refund_line.c.state == "done")
        .order_by(refund_line.c.id)
    )
    return found.all()


def _is_of(line: Row[Any], account: str) -> bool:
    """Whether a row of a statement is about a line: finance names the fee item, the channel nothing."""
    return line.way == papers.CHANNEL or postings.fee_code(line.account) == account
