"""Cases as people read them: lists with their age, groups of the same kind, one case with all that happened to it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, and_, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from foundation import clock
from foundation.errors import BadInput, NotFound
from foundation.states import transition
from settlement.cases.tables import CASE, WAITING, case_posting, case_proposal, office_case

CASES_LISTED = 5000


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """Which cases to list: of one state (None: all that wait), kind, source, owner; only those past their limit."""

    state: str | None = None
    kind: str | None = None
    source: str | None = None
    owner: str | None = None
    overdue: bool = False


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A case in a list; `seen` counts how often the same thing was met, `age_days` counts from its opening."""

    id: UUID
    number: str
    kind: str
    state: str
    source: str
    reason: str
    reason_en: str
    amount_fen: int
    seen: int
    bill_id: UUID | None
    business_day: date
    opened_at: datetime
    age_days: int
    due_on: date
    overdue: bool
    owner: str | None
    action: str
    proposed_by: str | None


@dataclass(frozen=True, slots=True)
class CaseGroup:
    """Cases of one kind, source and state: how many, their sum in fen, and how long the oldest waits."""

    kind: str
    source: str
    state: str
    count: int
    amount_fen: int
    oldest_days: int
    overdue: int


@dataclass(frozen=True, slots=True)
class Proposal:
    """What somebody proposed, the entries it makes, and what became of it."""

    id: UUID
    action: str
    entries: tuple[Mapping[str, Any], ...]
    takes: bool
    proposed_by: str
    proposed_at: datetime
    decision: str | None
    decided_by: str | None
    decided_at: datetime | None


@dataclass(frozen=True, slots=True)
class Posting:
    """An entry in the ledger that an approved proposal made."""

    entry_key: UUID
    kind: str
    debit: str
    credit: str
    amount_fen: int
    effective_on: date
    reverses: UUID | None


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened to a case."""

    event: str
    went_to: str
    actor: str
    reason: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class CaseView:
    """One case: what is known, what was proposed and posted, and its history, oldest first."""

    row: CaseRow
    region: str
    fingerprint: str
    facts: Mapping[str, Any]
    proposals: tuple[Proposal, ...]
    postings: tuple[Posting, ...]
    history: tuple[Step, ...]

    @property
    def pending(self) -> Proposal | None:
        """The proposal that waits for a second person."""
        return next((one for one in self.proposals if one.decision is None), None)


def number_of(no: int) -> str:
    """The number of a case as people write it."""
    return f"D{no:07d}"


async def list_cases(db: AsyncConnection, region: str, wanted: CaseFilter | None = None) -> list[CaseRow]:
    """Cases of a region, those nearest to their limit first, at most CASES_LISTED."""
    found = await db.execute(
        _rows().where(_chosen(region, wanted or CaseFilter())).order_by(office_case.c.due_on, office_case.c.no)
        .limit(CASES_LISTED)
    )  # fmt: skip
    return [_row(one) for one in found]


async def group_cases(db: AsyncConnection, region: str, wanted: CaseFilter | None = None) -> list[CaseGroup]:
    """The same cases by kind, source and state, the largest groups first."""
    source = func.coalesce(office_case.c.facts["source"].astext, "")
    found = await db.execute(
        select(
            office_case.c.kind,
            source.label("source"),
            office_case.c.state,
            func.count(),
            func.sum(office_case.c.amount_fen),
            func.min(office_case.c.opened_at),
            func.count().filter(office_case.c.due_on < clock.today()),
        )
        .where(_chosen(region, wanted or CaseFilter()))
        .group_by(office_case.c.kind, source, office_case.c.state)
        .order_by(func.count().desc(), office_case.c.kind)
    )
    return [CaseGroup(one[0], one[1], one[2], one[3], int(one[4]), _days_since(one[5]), one[6]) for one in found]


async def read_case(db: AsyncConnection, case_id: UUID) -> CaseView:
    """One case with all that happened to it. NotFound where there is none."""
    one = (await db.execute(_rows().where(office_case.c.id == case_id))).one_or_none()
    if one is None:
        raise NotFound(f"there is no case {case_id}", field="case")
    proposals = await db.execute(
        select(case_proposal).where(case_proposal.c.case_id == case_id).order_by(case_proposal.c.proposed_at)
    )
    postings = await db.execute(
        select(case_posting)
        .where(case_posting.c.case_id == case_id)
        .order_by(case_posting.c.posted_at, case_posting.c.entry_key)
    )
    steps = await db.execute(
        select(transition)
        .where(transition.c.machine == CASE.name, transition.c.subject == case_id)
        .order_by(transition.c.id)
    )
    return CaseView(
        row=_row(one),
        region=one.region,
        fingerprint=one.fingerprint,
        facts=one.facts,
        proposals=tuple(
            Proposal(
                row.id, row.action, tuple(row.entries), row.takes, row.proposed_by, row.proposed_at,
                row.decision, row.decided_by, row.decided_at,
            )
            for row in proposals
        ),
        postings=tuple(
            Posting(row.entry_key, row.kind, row.debit, row.credit, row.amount_fen, row.effective_on, row.reverses)
            for row in postings
        ),
        history=tuple(Step(row.event, row.went_to, row.actor, row.reason, row.at) for row in steps),
    )  # fmt: skip


def _rows() -> Any:
    pending = (case_proposal.c.case_id == office_case.c.id) & case_proposal.c.decision.is_(None)
    return select(office_case, case_proposal.c.proposed_by, case_proposal.c.action.label("proposed")).outerjoin(
        case_proposal, pending
    )


def _chosen(region: str, wanted: CaseFilter) -> ColumnElement[bool]:
    if wanted.state is not None and wanted.state not in CASE.states:
        raise BadInput("state", wanted.state, ", ".join(CASE.states))
    states = WAITING if wanted.state is None else (wanted.state,)
    chosen = [office_case.c.region == region, office_case.c.state.in_(states)]
    if wanted.kind:
        chosen.append(office_case.c.kind == wanted.kind)
    if wanted.source:
        chosen.append(office_case.c.facts["source"].astext == wanted.source)
    if wanted.owner:
        chosen.append(office_case.c.owner == wanted.owner)
    if wanted.overdue:
        chosen.append(office_case.c.due_on < clock.today())
    return and_(*chosen)


def _row(one: Row[Any]) -> CaseRow:
    facts = one.facts
    held = one.state == "held"
    suggested = facts.get("action") or {}
    return CaseRow(
        id=one.id,
        number=number_of(one.no),
        kind=one.kind,
        state=one.state,
        source=facts.get("source", ""),
        reason=one.reason,
        reason_en=facts.get("reason_en", one.reason),
        amount_fen=one.amount_fen,
        seen=one.seen,
        bill_id=one.bill_id,
        business_day=one.business_day,
        opened_at=one.opened_at,
        age_days=_days_since(one.opened_at),
        due_on=one.due_on,
        overdue=one.state in WAITING and one.due_on < clock.today(),
        owner=one.owner,
        action=one.proposed or suggested.get("then_zh" if held else "zh", ""),
        proposed_by=one.proposed_by,
    )


def _days_since(instant: datetime) -> int:
    return (clock.today() - clock.local(instant).date()).days
