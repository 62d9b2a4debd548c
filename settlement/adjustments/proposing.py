"""Proposes how to close a case: what is to be done, and the entries that it would make."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from foundation import clock
from foundation.errors import BadInput, NotFound
from foundation.identifiers import new_id
from settlement.adjustments.entries import Entry, Movement, movements
from settlement.allocation.remedies import AGREE, RESEND
from settlement.cases import CASE, case_posting, case_proposal, office_case
from settlement.office import Actor
from settlement.refunds.coming_back import REOPEN
from settlement.regions import Region, the_region

DEEDS = ("take", RESEND, AGREE, REOPEN)
"""What approval does beside posting, by the word in a case's facts."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What is suggested for a case: the action in a sentence, and its entries. `takes`: whether it does a deed.

    The deed of most is to take a row of a statement; that of lines on their way is in `settlement.allocation.remedies`,
    that of refunds whose money came back in `settlement.refunds.coming_back`.
    To take a row of a channel's statement means to ask the channel about it and to believe what it says; the entries
    are those that the payment then makes by itself.
    """

    action: str
    entries: tuple[Entry, ...]
    takes: bool


async def suggestion(db: AsyncConnection, case_row: Row[Any]) -> Suggestion:
    """What the kind of a case suggests in its state: at first, while its amount waits in suspense, or reopened."""
    facts, action = case_row.facts, case_row.facts.get("action", {})
    posted = await _live_postings(db, case_row.id)
    if not posted:
        takes = facts.get("does") in DEEDS
        return Suggestion(action.get("zh", ""), _entries(facts.get("entries", ())), takes)
    if case_row.state == "held":
        return Suggestion(action.get("then_zh", ""), _entries(facts.get("then", ())), takes=False)
    mirrored = tuple(Entry(one.credit, one.debit, one.amount_fen, reverses=one.entry_key) for one in posted)
    return Suggestion("冲回原分录", mirrored, takes=False)


async def propose(
    db: AsyncConnection,
    regions: Mapping[str, Region],
    case_id: UUID,
    actor: Actor,
    action: str | None = None,
    entries: Sequence[Entry] | None = None,
) -> UUID:
    """Proposes how to close a case; what is not given is as suggested. The proposal's id.

    The accounts are looked up here, so that whoever approves sees the very entries that will be posted.
    """
    row = await the_case(db, case_id)
    suggested = await suggestion(db, row)
    text = (suggested.action if action is None else action).strip()
    if not text:
        raise BadInput("action", action, "a sentence that says what is to be done")
    takes = suggested.takes and entries is None
    wanted = suggested.entries if entries is None else entries
    region = the_region(regions, row.region)
    found = [] if takes else await movements(db, region, row.facts, list(wanted))
    await CASE.advance(db, case_id, row.state, "propose", role=actor.role, actor=actor.name, reason=text)
    proposal_id = new_id()
    await db.execute(
        insert(case_proposal).values(
            id=proposal_id,
            case_id=case_id,
            action=text,
            entries=[written(one) for one in found],
            takes=takes,
            was_held=row.state == "held",
            case_amount_fen=row.amount_fen,
            proposed_by=actor.name,
            proposed_at=clock.now(),
        )
    )
    return proposal_id


async def the_case(db: AsyncConnection, case_id: UUID) -> Row[Any]:
    """A case, held until the transaction ends. NotFound where there is none."""
    found = await db.execute(select(office_case).where(office_case.c.id == case_id).with_for_update())
    row = found.one_or_none()
    if row is None:
        raise NotFound(f"there is no case {case_id}", field="case")
    return row


async def _live_postings(db: AsyncConnection, case_id: UUID) -> Sequence[Row[Any]]:
    """What a case posted and did not take back."""
    taken_back = case_posting.alias("taken_back")
    found = await db.execute(
        select(case_posting)
        .where(case_posting.c.case_id == case_id, case_posting.c.reverses.is_(None))
        .where(~select(taken_back.c.entry_key).where(taken_back.c.reverses == case_posting.c.entry_key).exists())
        .order_by(case_posting.c.posted_at, case_posting.c.entry_key)
    )
    return found.all()


def _entries(written: Sequence[Mapping[str, Any]]) -> tuple[Entry, ...]:
    return tuple(Entry(**one) for one in written)


def written(one: Movement) -> dict[str, Any]:
    """An entry as a proposal keeps and shows it, with the codes of its accounts."""
    return {
        "kind": one.kind.value,
        "debit": one.debit.code,
        "credit": one.credit.code,
        "amount_fen": one.amount_fen,
        "reverses": str(one.reverses) if one.reverses else None,
    }
