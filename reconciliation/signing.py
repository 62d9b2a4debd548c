"""Two people put their names under a day: one prepares it, another approves.

Both names stand in the report that is hashed, and the hash covers the signed day before it.
"""

import hashlib
from dataclasses import asdict
from datetime import date

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from foundation import clock
from foundation.errors import BadInput, Conflict, NotAllowed
from foundation.identifiers import new_id
from foundation.money import yuan
from ledger import close_days, seal_up_to
from reconciliation.balance import record_transit
from reconciliation.content import canonical, content_of
from reconciliation.days import locked_day
from reconciliation.hours import is_over
from reconciliation.ports import TransitBook
from reconciliation.report import DayReport, Preparation, Signature, day_report, preparation
from reconciliation.tables import DAY, day_preparation, day_signature, reconciliation_day
from settlement.cases import UNSETTLED


class CannotSign(Conflict):
    """The day is not in a state that finance can put its name to; the detail says what is missing."""

    code = "cannot_sign"


async def prepare_day(
    db: AsyncConnection, region: str, day: date, book: TransitBook, *, actor: str, remark: str = ""
) -> Preparation:
    """Prepares a day for its signature: every statement matched, every difference in a case, every equation true.

    `remark` says why a day is signed though cases of it are open; without open cases it may be empty. May be done
    again, when the day has changed. CannotSign says what stands in the way.
    """
    record = await locked_day(db, region, day)
    await record_transit(db, record.id, region, day, book)
    report = await day_report(db, region, day)
    await _must_be_signable(db, report)
    still_open = sum(one.case_state in UNSETTLED for one in report.breaks)
    if still_open and not remark.strip():
        raise BadInput("remark", remark, f"a sentence why the day is signed with {still_open} differences open")
    content = await content_of(db, report)
    made = Preparation(content["version"], _hash(canonical(content)), remark.strip(), actor, clock.now())
    await DAY.advance(db, record.id, record.state, "prepare", role="finance", actor=actor, reason=made.remark or None)
    await db.execute(insert(day_preparation).values(id=new_id(), region=region, day=day, **asdict(made)))
    return made


async def send_back(db: AsyncConnection, region: str, day: date, *, actor: str, reason: str) -> None:
    """Sends a prepared day back, with the reason why: it can be matched and prepared again."""
    if not reason.strip():
        raise BadInput("reason", reason, "one sentence")
    record = await locked_day(db, region, day)
    await DAY.advance(db, record.id, record.state, "send_back", role="finance", actor=actor, reason=reason.strip())


async def sign_day(db: AsyncConnection, region: str, day: date, book: TransitBook, *, actor: str) -> Signature:
    """Approves a prepared day. NotAllowed for the person who prepared it; CannotSign when it has changed since.

    With the signature the ledger's day is closed and sealed, and its head stands in the report; all of it happens
    in the caller's transaction, which must not have posted. Signing a reopened day again makes the next version; the
    ledger's day has a reopening of its own.
    """
    record = await locked_day(db, region, day)
    await record_transit(db, record.id, region, day, book)
    report = await day_report(db, region, day)
    prepared = await preparation(db, region, day)
    if record.state != "prepared" or prepared is None:
        raise CannotSign(f"{day} is '{record.state}'; one person prepares it first, then another signs")
    if prepared.prepared_by == actor:
        raise NotAllowed(
            f"{day} 由 {actor} 制单，须由另一人复核签字。{actor} prepared {day}; another person has to sign it.",
            day=str(day),
        )
    content = await content_of(db, report)
    if _hash(canonical(content)) != prepared.sha256:
        raise CannotSign(f"{day} has changed since {prepared.prepared_by} prepared it; it has to be prepared again")
    await close_days(db, region, day, day, actor)
    sealed = await seal_up_to(db, day)
    content |= {
        "book": {"head": sealed.head().hex(), "day": sealed.day, "entries": sealed.entries},
        "prepared": asdict(prepared),
        "signed": {"by": actor, "at": clock.now()},
    }
    text, previous = canonical(content), content["previous"]
    signature = Signature(
        version=prepared.version,
        sha256=_hash(text),
        previous_sha256=previous and previous["sha256"],
        prepared_by=prepared.prepared_by,
        prepared_at=prepared.prepared_at,
        prepared_sha256=prepared.sha256,
        remark=prepared.remark,
        signed_by=actor,
        signed_at=content["signed"]["at"],
    )
    await DAY.advance(db, record.id, record.state, "sign", role="finance", actor=actor)
    await db.execute(
        insert(day_signature).values(id=new_id(), region=region, day=day, report=text, **asdict(signature))
    )
    return signature


async def _must_be_signable(db: AsyncConnection, report: DayReport) -> None:
    if not is_over(report.day):
        raise CannotSign(f"{report.day} is not over; a clearing day ends at 23:00")
    if report.state not in ("matched", "prepared"):
        waiting = ", ".join(f"{one.source}: {one.file.state}" for one in report.sources if one.file.state != "checked")
        raise CannotSign(f"{report.day} is '{report.state}', not matched; {waiting or 'close the day first'}")
    unsigned = await db.execute(
        select(func.min(reconciliation_day.c.day)).where(
            reconciliation_day.c.region == report.region,
            reconciliation_day.c.day < report.day,
            reconciliation_day.c.state != "signed",
        )
    )
    if earlier := unsigned.scalar_one():
        raise CannotSign(f"{earlier} is not signed yet, and days are signed in order")
    for equation in report.equations:
        if not equation.holds:
            left, right = yuan(equation.left_fen), yuan(equation.right_fen)
            raise CannotSign(f"{equation.words.zh}（{equation.words.en}）: {left} is not {right}")


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
