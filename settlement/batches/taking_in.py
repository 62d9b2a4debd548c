"""Takes a list in and works through it: every row becomes a bill, or says what is wrong with it, by itself.

A row that is wrong takes none of its neighbours down. The work may be stopped at any row and goes on there, since each
row is done in a step of its own and says how far it is.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, insert, select, update

from foundation import clock
from foundation.database import enqueue
from foundation.errors import BadInput, Conflict, HeyiError, NotFound
from foundation.identifiers import new_id
from settlement.batches.tables import batch, batch_row, batch_rows
from settlement.bills.confirmation import confirm_bill
from settlement.bills.drafting import draft_bill
from settlement.bills.intake import parse_case
from settlement.bills.tables import bill
from settlement.follow_ups import BATCH
from settlement.kinds import BusinessKind
from settlement.office import Actor, Office

ROWS_MAX = 5000
_SEAL = "batch_row.case"


@dataclass(frozen=True, slots=True)
class GivenRow:
    """A row of a list: its number there, and the case it makes, or the fault for which it makes none."""

    number: int
    case: Mapping[str, Any]
    fault: HeyiError | None = None


async def take_in_batch(
    office: Office, region: str, kind: BusinessKind, title: str, rows: Sequence[GivenRow], actor: Actor
) -> UUID:
    """Stores a list, to be worked through at once. BadInput where it is empty, too long, or names a case twice."""
    if not 0 < len(rows) <= ROWS_MAX:
        raise BadInput("rows", len(rows), f"1 to {ROWS_MAX} rows")
    batch_id = new_id()
    async with office.database.begin() as db:
        await db.execute(
            insert(batch).values(
                id=batch_id, region=region, kind=kind.kind, title=title, created_by=actor.name,
                window_code=actor.window, created_at=clock.now(),
            )
        )  # fmt: skip
        await db.execute(insert(batch_row), [_row(office, batch_id, one) for one in rows])
        await enqueue(db, BATCH, [str(batch_id)])
    return batch_id


async def confirm_batch(office: Office, batch_id: UUID, actor: Actor) -> None:
    """Confirms every drafted bill of a list; those that an institution stopped before are tried again."""
    async with office.database.begin() as db:
        await _of(db, batch_id)
        rows = (await db.execute(select(batch_row).where(batch_row.c.batch_id == batch_id).with_for_update())).all()
        if any(one.state == "given" for one in rows):
            raise Conflict("the list is still being worked out; confirm it when every row has its bill")
        stopped = [one.id for one in rows if one.state == "stopped"]
        await batch_rows.advance(db, stopped, "stopped", "try_again", role=actor.role, actor=actor.name, fault=None)
        await db.execute(update(batch).where(batch.c.id == batch_id).values(confirm_by=actor.name))
        await enqueue(db, BATCH, [str(batch_id)])


async def work_through(office: Office, batch_id: UUID) -> None:
    """Drafts every row that has no bill yet, and confirms the drafted ones where somebody asked for that.

    One at a time works on a list; whoever comes second waits, and sees what the first has left.
    """
    async with office.database.begin() as lock:
        await lock.execute(select(func.pg_advisory_xact_lock(batch_id.int % 2**63)))
        async with office.database.connect() as db:
            whole = await _of(db, batch_id)
            of_it = select(batch_row).where(batch_row.c.batch_id == batch_id)
            rows = (await db.execute(of_it.order_by(batch_row.c.number))).all()
        for one in rows:
            if one.state == "given":
                await _draft(office, one, Actor(whole.created_by, "clerk", whole.window_code))
            elif one.state == "drafted" and whole.confirm_by:
                await _confirm(office, one, Actor(whole.confirm_by, "clerk", whole.window_code))


async def _of(db: Any, batch_id: UUID) -> Row[Any]:
    whole: Row[Any] | None = (await db.execute(select(batch).where(batch.c.id == batch_id))).one_or_none()
    if whole is None:
        raise NotFound(f"there is no list {batch_id}")
    return whole


async def _draft(office: Office, one: Row[Any], actor: Actor) -> None:
    try:
        case = parse_case(json.loads(office.seal.open(one.case_sealed, _SEAL)))
        bill_id = await _made_before(office, one) or await draft_bill(office, case, actor)
    except HeyiError as error:
        await _move(office, one, "refuse", actor, fault=_said(error))
    else:
        await _move(office, one, "draft", actor, bill_id=bill_id)


async def _made_before(office: Office, one: Row[Any]) -> UUID | None:
    """The bill that this row made before the work was cut off between the bill and the row."""
    created = select(batch.c.created_at).where(batch.c.id == one.batch_id).scalar_subquery()
    others = select(batch_row.c.bill_id).where(batch_row.c.bill_id.is_not(None))
    made = select(bill.c.id).where(
        bill.c.case_number == one.case_number,
        bill.c.state != "withdrawn",
        bill.c.created_at >= created,
        bill.c.id.not_in(others),
    )
    async with office.database.connect() as db:
        found: UUID | None = await db.scalar(made.limit(1))
    return found


async def _confirm(office: Office, one: Row[Any], actor: Actor) -> None:
    try:
        async with office.database.connect() as db:
            state = await db.scalar(select(bill.c.state).where(bill.c.id == one.bill_id))
        if state in ("drafted", "stopped"):
            await confirm_bill(office, one.bill_id, actor)
    except HeyiError as error:
        await _move(office, one, "stop", actor, fault=_said(error))
    else:
        await _move(office, one, "confirm", actor)


async def _move(office: Office, one: Row[Any], event: str, actor: Actor, **values: Any) -> None:
    async with office.database.begin() as db:
        await batch_rows.advance(db, one.id, one.state, event, role=actor.role, actor=actor.name, **values)


def _row(office: Office, batch_id: UUID, one: GivenRow) -> dict[str, Any]:
    return {
        "id": new_id(),
        "batch_id": batch_id,
        "number": one.number,
        "case_sealed": office.seal.close(json.dumps(one.case, ensure_ascii=False), _SEAL),
        "case_number": str(one.case.get("case_number", ""))[:40],
        "fault": _said(one.fault) if one.fault else None,
        "state": "refused" if one.fault else batch_rows.first,
    }


def _said(error: HeyiError) -> dict[str, Any]:
    said: dict[str, Any] = {"code": error.code, "detail": error.detail}
    if isinstance(error, BadInput):
        value = None if error.value in (None, "", {}) else str(error.value)[:100]
        said |= {"field": error.field, "value": value, "allowed": error.allowed}
    return said
