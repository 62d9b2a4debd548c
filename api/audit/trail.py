"""The audit log: one search over everything that leaves a trace.

Steps of every machine, looks at personal data, sign-ins and what was refused, proposals, exports. Steps that the system
takes by itself are most of all; they are shown where a subject is named.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, String, Table, cast, literal, null, or_, select, true, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from api.audit.recording import access_record
from api.cli.states import MACHINES
from api.people.tables import person_change
from foundation import clock
from foundation.errors import BadInput
from foundation.states import Machine, moved_in_sets, transition, transition_set
from settlement.allocation.tables import allocation_line
from settlement.bills.revealing import reveal
from settlement.bills.tables import bill, share
from settlement.districts.tables import region_version
from settlement.office import SYSTEM
from settlement.payments.tables import channel_order, payment_code
from settlement.property.earlier import earlier_payment
from settlement.receipts.tables import red_letter
from settlement.refunds.tables import refund, refund_line
from settlement.rule_sets.tables import rule_set
from settlement.windows.tables import window_version

OTHER_KINDS = ("sign_in", "sign_in_refused", "refused", "export", "reveal", "proposal")
KINDS = (*OTHER_KINDS, *(machine.name for machine in MACHINES))
MOST = 500
"""Rows of one answer; narrower filters show the rest."""
_LONGEST = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for in a region: days [first, last], a person, a subject's number, a kind; '' for any."""

    region: str
    first: date
    last: date
    actor: str = ""
    number: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Trace:
    """One thing that somebody did. `kind` is one of KINDS; `count`: how often that day, where it was refused."""

    at: datetime
    actor: str
    kind: str
    event: str
    came_from: str | None
    went_to: str | None
    number: str | None
    reason: str | None
    count: int


async def trail(db: AsyncConnection, search: Search) -> list[Trace]:
    """What was found, the newest first, at most MOST. BadInput for days or a kind that cannot be."""
    if search.kind and search.kind not in KINDS:
        raise BadInput("kind", search.kind, ", ".join(KINDS))
    if not timedelta() <= search.last - search.first <= _LONGEST:
        days = _LONGEST.days
        allowed = f"不晚于截止日、至多早 {days} 天的日期。a day up to {days} days before the last"
        raise BadInput("first", search.first.isoformat(), allowed)
    parts = [part.order_by(part.selected_columns.at.desc()).limit(MOST) for part in _parts(search)]
    found = union_all(*(select(part.subquery()) for part in parts)).subquery()
    rows = await db.execute(select(found).order_by(found.c.at.desc()).limit(MOST))
    return [Trace(**row) for row in rows.mappings()]


def _parts(search: Search) -> Iterator[Select[Any]]:
    for machine in MACHINES:
        if search.kind in ("", machine.name):
            yield _steps(search, machine)
    if search.number and search.kind in ("", *(table.name for table in _PAID)):
        yield _paid(search)
    if search.kind in ("", "reveal"):
        yield _reveals(search)
    if search.kind in ("", "proposal"):
        for table, number in _PROPOSED:
            yield _proposals(search, table, table.c.proposed_at, number, table.c.reason, table.c.region)
        asked = (red_letter, red_letter.c.proposed_at, _of_letter(refund.c.number), red_letter.c.reason)
        yield _proposals(search, *asked, _of_letter(refund.c.region))
        yield _proposals(search, rule_set, rule_set.c.published_at, rule_set.c.hash, null(), None)
    if search.kind in ("", *OTHER_KINDS[:4]):
        yield _accesses(search)


_PROPOSED: tuple[tuple[Table, ColumnElement[str]], ...] = (
    (person_change, person_change.c.name),
    (region_version, region_version.c.region),
    (window_version, window_version.c.code),
)


def _of_letter(column: ColumnElement[str]) -> Any:
    """What the refund says to which a red letter belongs."""
    of_it = refund_line.c.id == red_letter.c.refund_line_id
    return select(column).join(refund_line, refund_line.c.refund_id == refund.c.id).where(of_it).scalar_subquery()


def _steps(search: Search, machine: Machine) -> Select[Any]:
    here, joined = machine.table, machine.table
    source: Any = transition.join(here, here.c.id == transition.c.subject)
    if "refund_id" in here.c:
        source, joined = source.join(refund, refund.c.id == here.c.refund_id), refund
    if "refund_line_id" in here.c:
        source = source.join(refund_line, refund_line.c.id == here.c.refund_line_id)
        source, joined = source.join(refund, refund.c.id == refund_line.c.refund_id), refund
    if "earlier_id" in here.c:
        source, joined = source.join(earlier_payment, earlier_payment.c.id == here.c.earlier_id), earlier_payment
    numbers: list[ColumnElement[str]] = [
        joined.c[name] for name in ("number", "case_number", "name", "hash", "day") if name in joined.c
    ]
    if "bill_id" in joined.c:
        source = source.outerjoin(bill, bill.c.id == joined.c.bill_id)
        numbers = [bill.c.number, bill.c.case_number, *numbers]
    region = joined.c.region if "region" in joined.c else bill.c.region if "bill_id" in joined.c else None
    done = transition.c
    number = numbers[0] if numbers else cast(done.subject, String)
    query = _row(
        done.at, done.actor, literal(machine.name), done.event, number, done.reason, done.came_from, done.went_to
    ).select_from(source)
    query = query.where(done.machine == machine.name)
    if not search.number:
        query = query.where(done.actor != SYSTEM.name)
    return _narrowed(query, search, done.at, done.actor, numbers or [number], region)


_PAID = (channel_order, share, allocation_line, bill, payment_code)


def _paid(search: Search) -> Select[Any]:
    """The system's steps that a payment made in a set with others; found by the orders of the bills that are named."""
    many, each = transition_set.c, moved_in_sets()
    owners = ((table.c.id, bill.c.id if table is bill else table.c.bill_id) for table in _PAID)
    thing = union_all(*(select(one, owner.label("bill_id")) for one, owner in owners)).subquery()
    moved = (
        select(bill.c.number, bill.c.case_number, bill.c.region, *transition_set.c, each.c.subject)
        .select_from(bill, transition_set.join(each, true()))
        .where(channel_order.c.bill_id == bill.c.id, many.id == channel_order.c.settled_in)
        .where(thing.c.bill_id == bill.c.id, thing.c.id == each.c.subject)
        .where(or_(*(cast(one, String) == search.number for one in (bill.c.number, bill.c.case_number))))
        .distinct()  # two orders of a bill may stand in one set
        .subquery()
    )
    one = moved.c
    query = _row(one.at, one.actor, one.machine, one.event, one.number, null(), one.came_from, one.went_to)
    if search.kind:
        query = query.where(one.machine == search.kind)
    return _narrowed(query, search, one.at, one.actor, [one.number, one.case_number], one.region)


def _reveals(search: Search) -> Select[Any]:
    seen = reveal.c
    query = _row(seen.at, seen.actor, literal("reveal"), seen.what, bill.c.number, seen.reason)
    query = query.select_from(reveal.join(bill, bill.c.id == seen.subject))
    return _narrowed(query, search, seen.at, seen.actor, [bill.c.number, bill.c.case_number], bill.c.region)


def _proposals(search: Search, table: Table, at: Any, number: Any, reason: Any, region: Any) -> Select[Any]:
    query = _row(at, table.c.proposed_by, literal("proposal"), literal(table.name), number, reason)
    return _narrowed(query, search, at, table.c.proposed_by, [number], region)


def _accesses(search: Search) -> Select[Any]:
    one = access_record.c
    query = _row(one.at, one.actor, one.kind, literal(""), one.subject, null(), count=one.count)
    if search.kind:
        query = query.where(one.kind == search.kind)
    # Tries with a name that nobody has belong to no region: every administrator sees them.
    return _narrowed(query, search, one.at, one.actor, [one.subject], one.region, or_none=True)


def _row(
    at: Any, actor: Any, kind: Any, event: Any, number: Any, reason: Any, before: Any = None, after: Any = None,
    count: Any = None,
) -> Select[Any]:  # fmt: skip
    return select(
        at.label("at"), actor.label("actor"), kind.label("kind"), event.label("event"),
        cast(before if before is not None else null(), String).label("came_from"),
        cast(after if after is not None else null(), String).label("went_to"),
        cast(number, String).label("number"), cast(reason, String).label("reason"),
        (count if count is not None else literal(1)).label("count"),
    )  # fmt: skip


def _narrowed(
    query: Select[Any], search: Search, at: Any, actor: Any, numbers: list[Any], region: Any, or_none: bool = False
) -> Select[Any]:
    query = query.where(at >= _midnight(search.first), at < _midnight(search.last + timedelta(days=1)))
    if region is not None:
        own = region == search.region
        query = query.where(or_(own, region.is_(None)) if or_none else own)
    if search.actor:
        query = query.where(actor == search.actor)
    if search.number:
        query = query.where(or_(*(cast(one, String) == search.number for one in numbers)))
    return query


def _midnight(day: date) -> datetime:
    return clock.in_china(datetime.combine(day, time.min))
