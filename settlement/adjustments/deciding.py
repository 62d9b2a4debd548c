"""Another person decides on a proposal. Approved, its entries are posted in the same transaction."""

from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from foundation import clock
from foundation.errors import BadInput, Conflict, NotAllowed
from ledger import Account, AccountClass, Entry, EntryKind, Transfer, first_open_day, open_accounts, post
from settlement.adjustments.proposing import the_case
from settlement.adjustments.taking import Told, ask, take_row
from settlement.allocation import remedies
from settlement.cases import CASE, case_posting, case_proposal, office_case
from settlement.cases.suspense import cases_with_suspense
from settlement.office import Actor, Office
from settlement.refunds import coming_back


async def ask_and_decide(
    office: Office, case_id: UUID, actor: Actor, *, approve: bool, reason: str | None = None
) -> str:
    """As `decide`, in a transaction of its own; before a row of a channel is taken, the channel is asked."""
    told = await ask(office, case_id) if approve else None
    async with office.database.begin() as db:
        return await decide(office, db, case_id, actor, approve=approve, reason=reason, told=told)


async def decide(
    office: Office,
    db: AsyncConnection,
    case_id: UUID,
    actor: Actor,
    *,
    approve: bool,
    reason: str | None = None,
    told: Told | None = None,
) -> str:
    """Approves or rejects the pending proposal of a case; the state to which the case comes.

    Approved, a row of a statement is taken, or the entries are posted on the case's business day or the next day that
    is open. While the amount waits in a suspense account the case is held, for a second decision. NotAllowed when it
    is the proposer who decides; Conflict when the difference is another by now.
    """
    row = await the_case(db, case_id)
    CASE.rule(row.state, "approve" if approve else "reject", actor.role)
    pending = (case_proposal.c.case_id == case_id) & case_proposal.c.decision.is_(None)
    proposal = (await db.execute(select(case_proposal).where(pending))).one()
    if proposal.proposed_by == actor.name:
        raise NotAllowed(
            f"本单由 {actor.name} 提出，须由另一人决定。{actor.name} proposed this; another person has to decide.",
            case=str(case_id),
        )
    if approve:
        _check_unchanged(row, proposal)
        if proposal.takes:
            await _do(office, db, row, actor, told, reason)
        elif proposal.entries:
            await _post(db, row, proposal)
        event = "hold" if await cases_with_suspense(db, [case_id]) else "approve"
    else:
        event = "leave" if proposal.was_held else "reject"
    decision = "approved" if approve else "rejected"
    decided = {"decision": decision, "decided_by": actor.name, "decided_at": clock.now()}
    await db.execute(update(case_proposal).where(pending).values(**decided))
    return await CASE.advance(db, case_id, row.state, event, role=actor.role, actor=actor.name, reason=reason)


async def reopen(db: AsyncConnection, case_id: UUID, actor: Actor, reason: str) -> None:
    """Opens a closed case again, with the reason why. What it posted stands until two people take it back."""
    if not reason.strip():
        raise BadInput("reason", reason, "one sentence")
    row = await the_case(db, case_id)
    await CASE.advance(db, case_id, row.state, "reopen", role=actor.role, actor=actor.name, reason=reason.strip())


async def give_to(db: AsyncConnection, case_id: UUID, owner: str) -> None:
    """Names the person who looks after a case; with an empty name, nobody."""
    await the_case(db, case_id)
    await db.execute(update(office_case).where(office_case.c.id == case_id).values(owner=owner.strip() or None))


def _check_unchanged(row: Row[Any], proposal: Row[Any]) -> None:
    # A case about a line on its way is seen again only when the institution says something else of it.
    has_changed = row.facts.get("does") in (remedies.RESEND, remedies.AGREE) and row.last_seen_at > proposal.proposed_at
    if proposal.case_amount_fen != row.amount_fen or has_changed:
        raise Conflict(
            "提出以后情况已经变化，请退回后重新提出。"
            "Things have changed since this was proposed; send it back and propose again.",
            case=str(row.id),
        )


async def _do(
    office: Office, db: AsyncConnection, row: Row[Any], actor: Actor, told: Told | None, reason: str | None
) -> None:
    match row.facts.get("does"):
        case remedies.RESEND:
            await remedies.send_again(db, row, actor)
        case remedies.AGREE:
            await remedies.agree_to_subject(db, row)
        case coming_back.REOPEN:
            await coming_back.reopen(office, db, row, actor)
        case _:
            await take_row(office, db, row, told, reason)


async def _post(db: AsyncConnection, row: Row[Any], proposal: Row[Any]) -> None:
    day = await first_open_day(db, row.region, row.business_day)
    codes = {code for one in proposal.entries for code in (one["debit"], one["credit"])}
    await open_accounts(db, [Account(code, row.region, AccountClass(code.split(":")[1])) for code in sorted(codes)])
    entries = [
        Entry(
            key=uuid5(proposal.id, str(number)),
            kind=EntryKind(one["kind"]),
            effective_on=day,
            reference=f"case D{row.no:07d} {row.kind}",
            transfers=(Transfer(one["debit"], one["credit"], one["amount_fen"]),),
            reverses=UUID(one["reverses"]) if one["reverses"] else None,
        )
        for number, one in enumerate(proposal.entries)
    ]
    await post(db, entries)
    posted = {"case_id": row.id, "proposal_id": proposal.id, "region": row.region, "posted_at": clock.now()}
    await db.execute(
        insert(case_posting),
        [
            {
                **posted,
                "entry_key": entry.key,
                "kind": entry.kind.value,
                "debit": entry.transfers[0].debit,
                "credit": entry.transfers[0].credit,
                "amount_fen": entry.transfers[0].amount_fen,
                "effective_on": day,
                "reverses": entry.reverses,
            }
            for entry in entries
        ],
    )
