"""Cases (差错处理单): what a person has to decide. Opened by messages that fit nothing and by differences of a day.

A case is known by its fingerprint: seeing the same thing again updates the case and never opens a second one.
Whoever proposes how to close it does not approve it; the server checks, and so does the database.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Column, Date, DateTime, Integer, String, Table, Text, insert, select, update
from sqlalchemy import Uuid as SqlUuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.dml import ReturningInsert

from foundation import clock
from foundation.errors import BadInput, NotAllowed, NotFound
from foundation.identifiers import new_id
from foundation.states import Machine, metadata, rules

office_case = Table(
    "office_case",
    metadata,
    Column("id", SqlUuid, primary_key=True),
    Column("region", String(6), nullable=False),
    Column("kind", String(48), nullable=False),
    Column("fingerprint", Text, nullable=False, unique=True),
    Column("state", String(16), nullable=False),
    Column("reason", Text, nullable=False),
    Column("facts", JSONB, nullable=False),
    Column("amount_fen", BigInteger, nullable=False),
    Column("seen", Integer, nullable=False),
    Column("bill_id", SqlUuid),
    Column("business_day", Date, nullable=False),
    Column("opened_at", DateTime(timezone=True), nullable=False),
    Column("last_seen_at", DateTime(timezone=True), nullable=False),
)

case_proposal = Table(
    "case_proposal",
    metadata,
    Column("id", SqlUuid, primary_key=True),
    Column("case_id", SqlUuid, nullable=False),
    Column("action", Text, nullable=False),
    Column("entries", JSONB, nullable=False),
    Column("proposed_by", Text, nullable=False),
    Column("proposed_at", DateTime(timezone=True), nullable=False),
    Column("decision", String(16)),
    Column("decided_by", Text),
    Column("decided_at", DateTime(timezone=True)),
)

CASE = Machine(
    "case",
    office_case,
    "open",
    rules(
        ("open", "propose", "proposed", "clerk finance"),
        ("proposed", "approve", "closed", "finance"),
        ("proposed", "reject", "open", "finance"),
        (("open", "proposed"), "vanish", "vanished", "system"),  # a late message or statement settled it
        ("vanished", "return", "open", "system"),
        ("closed", "reopen", "open", "finance"),
    ),
)

_CASES_LISTED = 500

UNSETTLED = ("open", "proposed")

_CASES_A_STATEMENT = 1000
"""A statement takes at most 32,767 parameters, and a case has 13."""


@dataclass(frozen=True, slots=True)
class NewCase:
    """What is known of a case when it is seen. `reason` is a sentence in Chinese; `facts` the figures behind it."""

    region: str
    kind: str
    fingerprint: str
    reason: str
    amount_fen: int
    business_day: date
    bill_id: UUID | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Entry:
    """A journal entry that a proposal would make, by the names of the accounts; amount in fen, above zero."""

    debit: str
    credit: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A case in a list; `seen` counts how often the same thing was met."""

    id: UUID
    kind: str
    state: str
    reason: str
    amount_fen: int
    seen: int
    bill_id: UUID | None
    business_day: date
    opened_at: datetime


async def open_case(
    db: AsyncConnection,
    region: str,
    kind: str,
    fingerprint: str,
    reason: str,
    facts: Mapping[str, Any],
    amount_fen: int,
    *,
    business_day: date,
    bill_id: UUID | None = None,
) -> UUID:
    """Opens one case, or counts it once more; gives its id. See `open_cases`."""
    case = NewCase(region, kind, fingerprint, reason, amount_fen, business_day, bill_id, facts)
    return (await open_cases(db, [case]))[fingerprint]


async def open_cases(db: AsyncConnection, cases: Sequence[NewCase]) -> dict[str, UUID]:
    """Opens cases, or brings those that are known up to date and counts them once more: id by fingerprint.

    A case that had vanished by itself is open again; one that two people closed stays closed.
    """
    ids = {}
    for start in range(0, len(cases), _CASES_A_STATEMENT):
        for case in await db.execute(_seen(cases[start : start + _CASES_A_STATEMENT])):
            ids[case.fingerprint] = case.id
            if case.state == "vanished":
                await CASE.advance(db, case.id, "vanished", "return", reason="seen again")
    return ids


def _seen(cases: Sequence[NewCase]) -> ReturningInsert[Any]:
    now = clock.now()
    rows = [
        {
            "id": new_id(),
            "region": case.region,
            "kind": case.kind,
            "fingerprint": case.fingerprint,
            "state": CASE.first,
            "reason": case.reason,
            "facts": dict(case.facts),
            "amount_fen": case.amount_fen,
            "seen": 1,
            "bill_id": case.bill_id,
            "business_day": case.business_day,
            "opened_at": now,
            "last_seen_at": now,
        }
        for case in cases
    ]
    statement = upsert(office_case).values(rows)
    fresh = ("kind", "reason", "facts", "amount_fen", "bill_id", "last_seen_at")
    return statement.on_conflict_do_update(
        index_elements=["fingerprint"],
        set_={name: statement.excluded[name] for name in fresh} | {"seen": office_case.c.seen + 1},
    ).returning(office_case.c.id, office_case.c.fingerprint, office_case.c.state)


async def list_open_cases(db: AsyncConnection, region: str) -> list[CaseRow]:
    """The cases of a region that are not closed, oldest first, at most _CASES_LISTED."""
    rows = await db.execute(
        select(office_case)
        .where(office_case.c.region == region, office_case.c.state.in_(UNSETTLED))
        .order_by(office_case.c.opened_at)
        .limit(_CASES_LISTED)
    )
    return [
        CaseRow(
            row.id,
            row.kind,
            row.state,
            row.reason,
            row.amount_fen,
            row.seen,
            row.bill_id,
            row.business_day,
            row.opened_at,
        )
        for row in rows
    ]


async def vanish(db: AsyncConnection, cases: Iterable[tuple[UUID, str]], reason: str) -> None:
    """Ends cases, given with their states, whose cause is gone. A pending proposal is rejected with it."""
    for case_id, state in cases:
        if state == "proposed":
            await _decide(db, case_id, "rejected", "heyi")
        await CASE.advance(db, case_id, state, "vanish", reason=reason)


async def propose(
    db: AsyncConnection, case_id: UUID, action: str, entries: Sequence[Entry], *, actor: str, role: str
) -> None:
    """Proposes how to close a case: what to do, and the journal entries that it would make."""
    if not action.strip():
        raise BadInput("action", action, "a sentence that says what is to be done")
    for entry in entries:
        if entry.amount_fen <= 0:
            raise BadInput("entries.amount_fen", entry.amount_fen, "fen above zero")
    await CASE.advance(db, case_id, await _state(db, case_id), "propose", role=role, actor=actor, reason=action)
    await db.execute(
        insert(case_proposal).values(
            id=new_id(),
            case_id=case_id,
            action=action,
            entries=[{"debit": one.debit, "credit": one.credit, "amount_fen": one.amount_fen} for one in entries],
            proposed_by=actor,
            proposed_at=clock.now(),
        )
    )


async def decide(
    db: AsyncConnection, case_id: UUID, *, approve: bool, actor: str, role: str, reason: str | None = None
) -> None:
    """Approves or rejects the pending proposal. NotAllowed when it is the proposer who decides."""
    state = await _state(db, case_id)
    CASE.rule(state, "approve" if approve else "reject", role)
    pending = (case_proposal.c.case_id == case_id) & case_proposal.c.decision.is_(None)
    proposer = (await db.execute(select(case_proposal.c.proposed_by).where(pending))).scalar_one()
    if proposer == actor:
        raise NotAllowed(f"{actor} proposed this; another person has to decide on it", case=str(case_id))
    await _decide(db, case_id, "approved" if approve else "rejected", actor)
    event = "approve" if approve else "reject"
    await CASE.advance(db, case_id, state, event, role=role, actor=actor, reason=reason)


async def reopen(db: AsyncConnection, case_id: UUID, *, actor: str, role: str, reason: str) -> None:
    """Opens a closed case again, with the reason why."""
    await CASE.advance(db, case_id, await _state(db, case_id), "reopen", role=role, actor=actor, reason=reason)


async def _state(db: AsyncConnection, case_id: UUID) -> str:
    state = (await db.execute(select(office_case.c.state).where(office_case.c.id == case_id))).scalar_one_or_none()
    if state is None:
        raise NotFound(f"there is no case {case_id}", field="case")
    return str(state)


async def _decide(db: AsyncConnection, case_id: UUID, decision: str, actor: str) -> None:
    await db.execute(
        update(case_proposal)
        .where(case_proposal.c.case_id == case_id, case_proposal.c.decision.is_(None))
        .values(decision=decision, decided_by=actor, decided_at=clock.now())
    )
