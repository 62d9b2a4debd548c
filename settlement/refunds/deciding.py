"""Another person decides on a refund. Approved, each line gets its way, and the book owes the payer."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from foundation import clock
from foundation.database import enqueue
from foundation.errors import Conflict, NotAllowed
from ledger import open_accounts, post_on_open_days
from settlement import postings
from settlement.allocation.tables import allocation_lines
from settlement.follow_ups import ALLOCATE, REFUND
from settlement.office import Actor, Office
from settlement.refunds import papers
from settlement.refunds.errands import open_errand
from settlement.refunds.holding import hold, is_free
from settlement.refunds.locking import lines_of, locked
from settlement.refunds.non_receipt import ask_no_more
from settlement.refunds.proposing import paid_pieces
from settlement.refunds.tables import refund_lines, refunds

_WAY_WHEN_ARRIVED = {"tax": papers.TREASURY, "non_tax": papers.NON_TAX}


async def approve_refund(office: Office, refund_id: UUID, actor: Actor) -> None:
    """Approves a refund; the channel hears of it from the job queue. NotAllowed for who proposed it.

    Conflict while a line is on its way between channel and account, where nobody can give it back. What was on its way
    when this was proposed, and was refused or sent back since, is held now.
    """
    async with office.database.begin() as db:
        row, lines = await locked(db, refund_id)
        _another(row, actor)
        refunds.rule(row.state, "approve", actor.role)  # what is decided has no way to be foreseen any more
        wanted = {line.allocation_line_id for line in lines}
        await hold(db, [one for one in await paid_pieces(db, row.bill_id) if one.id in wanted], actor)
        lines = await lines_of(db, refund_id)
        region = office.region(row.region)
        day = clock.today()
        for way, of_way in _by_way(lines).items():
            ids = [line.id for line in of_way]
            await refund_lines.advance(db, ids, "proposed", "approve", role=actor.role, actor=actor.name, way=way)
        await refunds.advance(
            db,
            refund_id,
            row.state,
            "approve",
            role=actor.role,
            actor=actor.name,
            decided_by=actor.name,
            decided_at=clock.now(),
        )
        await open_accounts(db, [postings.refunds_payable(region)])
        owed = [(line.account, line.amount_fen) for line in lines]
        await post_on_open_days(db, [postings.refund_approved(region, refund_id, f"refund {row.number}", day, owed)])
        for way, of_way in _by_way(lines).items():
            for line in of_way:
                await open_errand(db, row, line, way)
        await enqueue(db, REFUND, [str(refund_id)])


async def reject_refund(office: Office, refund_id: UUID, actor: Actor, reason: str) -> None:
    """Rejects a refund: what was held goes on its way. NotAllowed for who proposed it."""
    async with office.database.begin() as db:
        row, lines = await locked(db, refund_id)
        _another(row, actor)
        who = {"role": actor.role, "actor": actor.name, "reason": reason}
        await refund_lines.advance(db, [line.id for line in lines], "proposed", "reject", **who)
        await refunds.advance(db, refund_id, row.state, "reject", decided_by=actor.name, decided_at=clock.now(), **who)
        held = [line.allocation_line_id for line in lines if line.piece_state == "held"]
        await allocation_lines.advance(db, held, "held", "release")
        await ask_no_more(db, refund_id, actor, reason)
        await enqueue(db, ALLOCATE, [str(row.bill_id)])


async def foreseen_ways(office: Office, refund_id: UUID) -> Mapping[UUID, str | None]:
    """How each line would go back if it were approved now; None while its money is between two accounts."""
    async with office.database.connect() as db:
        return {line.id: _way(line) for line in await lines_of(db, refund_id)}


def way_of(line: Row[Any]) -> str:
    """How a line's money goes back, by where it is now. Conflict while it is between two accounts."""
    way = _way(line)
    if way is not None:
        return way
    told = f"（{clock.local(line.told_at):%m-%d %H:%M} 已告知征收单位）" if line.told_at else ""
    raise Conflict(
        f"款项正在划入国库或非税账户{told}，入账后再批准；征收单位书面确认未收到的，可在本页登记其函件。"
        "The money is just on its way into its account; approve when it has arrived, or when its institution has said "
        "in writing that it has nothing of it.",
        state=line.piece_state,
    )


def _way(line: Row[Any]) -> str | None:
    if line.surplus_id is not None or line.piece_state == "held" or is_free(line.piece_state, line.told_at):
        return papers.CHANNEL
    return _WAY_WHEN_ARRIVED[line.leg] if line.piece_state == "arrived" else None


def _by_way(lines: Sequence[Row[Any]]) -> dict[str, list[Row[Any]]]:
    ways: dict[str, list[Row[Any]]] = {}
    for line in lines:
        ways.setdefault(way_of(line), []).append(line)
    return ways


def _another(row: Row[Any], actor: Actor) -> None:
    if row.proposed_by == actor.name:
        raise NotAllowed(
            f"退款由 {actor.name} 提出，须由另一人决定。"
            f"{actor.name} proposed this refund; another person has to decide."
        )
