"""Opening cases, and ending those whose cause went away by itself."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from foundation import clock
from foundation.identifiers import new_id
from settlement.cases.suspense import cases_with_suspense
from settlement.cases.tables import CASE, case_proposal

_DAYS_TO_SETTLE = 7
"""How long a case may wait, unless its kind says otherwise (facts: reconciliation I-7, a limit of the office)."""

# The cases go as one JSON: a day may have more of them than a statement takes parameters.
_SEEN = text("""
    INSERT INTO office_case (id, region, kind, fingerprint, state, reason, facts, amount_fen, seen, bill_id,
        business_day, opened_at, last_seen_at, due_on)
    SELECT id, region, kind, fingerprint, state, reason, facts, amount_fen, 1, bill_id,
        business_day, opened_at, opened_at, due_on
    FROM jsonb_populate_recordset(NULL::office_case, CAST(:cases AS jsonb))
    ON CONFLICT (fingerprint) DO UPDATE SET kind = excluded.kind, reason = excluded.reason, facts = excluded.facts,
        amount_fen = excluded.amount_fen, bill_id = excluded.bill_id, last_seen_at = excluded.last_seen_at,
        seen = office_case.seen + 1
    RETURNING id, fingerprint, state
""")


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
    days_to_settle: int = _DAYS_TO_SETTLE


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

    A case that had vanished by itself is open again; one that two people decided on stays decided.
    """
    if not cases:
        return {}
    now, today = clock.now(), clock.today()
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
            "bill_id": case.bill_id,
            "business_day": case.business_day,
            "opened_at": now,
            "due_on": today + timedelta(days=case.days_to_settle),
        }
        for case in cases
    ]
    seen = (await db.execute(_SEEN, {"cases": json.dumps(rows, default=str)})).all()
    for case in seen:
        if case.state == "vanished":
            await CASE.advance(db, case.id, "vanished", "return", reason="再次出现。Seen again.")
    return {case.fingerprint: case.id for case in seen}


async def vanish(db: AsyncConnection, cases: Iterable[tuple[UUID, str]], reason: str) -> None:
    """Ends cases, given with their states, whose cause is gone. A pending proposal is rejected with it.

    A case whose amount waits in a suspense account stays: that money has to go somewhere.
    """
    given = list(cases)
    kept = await cases_with_suspense(db, [case_id for case_id, _ in given])
    for case_id, state in given:
        if case_id in kept:
            continue
        if state == "proposed":
            await db.execute(
                update(case_proposal)
                .where(case_proposal.c.case_id == case_id, case_proposal.c.decision.is_(None))
                .values(decision="rejected", decided_by="heyi", decided_at=clock.now())
            )
        await CASE.advance(db, case_id, state, "vanish", reason=reason)
