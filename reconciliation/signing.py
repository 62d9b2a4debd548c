"""The signature under a day: the report as canonical JSON, with a hash that covers the day before."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

from sqlalchemy import Row, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from foundation import clock
from foundation.errors import Conflict
from foundation.identifiers import new_id
from foundation.money import yuan
from ledger import DayHead, close_days, seal_up_to
from reconciliation.days import locked_day, record_transit
from reconciliation.hours import is_over
from reconciliation.ports import TransitBook
from reconciliation.report import DayReport, Signature, day_report
from reconciliation.tables import DAY, day_signature, reconciliation_day

_Signed = Row[*tuple[Any, ...]]


class CannotSign(Conflict):
    """The day is not in a state that finance can put its name to; the detail says what is missing."""

    code = "cannot_sign"


async def sign_day(db: AsyncConnection, region: str, day: date, book: TransitBook, *, actor: str) -> Signature:
    """Signs a day: every statement matched, every difference named by a case, every fen in transit explained.

    With the signature the ledger's day is closed and sealed, and its head stands in the report; all of it happens
    in the caller's transaction, which must not have posted. CannotSign says what stands in the way. Signing a
    reopened day again makes the next version; the ledger's day has a reopening of its own.
    """
    record = await locked_day(db, region, day)
    await record_transit(db, record.id, region, day, book)
    report = await day_report(db, region, day)
    await _must_be_signable(db, report)
    previous = await _previous(db, region, day)
    replaced = await _last_version(db, region, day)
    version = (replaced.version if replaced else 0) + 1
    await close_days(db, region, day, day, actor)
    text = canonical(_content(report, await seal_up_to(db, day), version, previous, replaced))
    signature = Signature(
        version, hashlib.sha256(text.encode()).hexdigest(), previous.sha256 if previous else None, actor, clock.now()
    )
    await DAY.advance(db, record.id, record.state, "sign", role="finance", actor=actor)
    await db.execute(
        insert(day_signature).values(id=new_id(), region=region, day=day, report=text, **asdict(signature))
    )
    return signature


def canonical(content: object) -> str:
    """JSON as it is hashed: keys sorted, no spaces, characters as they are."""
    return json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)


async def _must_be_signable(db: AsyncConnection, report: DayReport) -> None:
    if not is_over(report.day):
        raise CannotSign(f"{report.day} is not over; a clearing day ends at 23:00")
    if report.state != "matched":
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


def _content(
    report: DayReport, book: DayHead, version: int, previous: _Signed | None, replaced: _Signed | None
) -> dict[str, Any]:
    content = asdict(report)
    del content["signature"], content["state"], content["book_head"]
    content["book"] = {"head": book.head().hex(), "day": book.day, "entries": book.entries}
    for source in content["sources"]:
        for one in source["breaks"]:
            del one["case_state"]  # goes on changing after the signature
    chain = previous and {"day": previous.day, "version": previous.version, "sha256": previous.sha256}
    content |= {"version": version, "previous": chain, "replaces": None}
    if replaced:
        content["replaces"] = {
            "version": replaced.version,
            "sha256": replaced.sha256,
            "changes": changes(json.loads(replaced.report), json.loads(canonical(content))),
        }
    return content


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """What differs between two versions of a day's report: breaks by fingerprint, and what each source sums to."""
    old, new = (
        {one["fingerprint"]: one for source in report["sources"] for one in source["breaks"]}
        for report in (before, after)
    )
    sums_before, sums_after = (
        {
            source["source"]: {side: source[side] for side in ("ours", "theirs", "matched")}
            for source in report["sources"]
        }
        for report in (before, after)
    )
    return {
        "breaks_gone": [old[one] for one in sorted(old.keys() - new.keys())],
        "breaks_new": [new[one] for one in sorted(new.keys() - old.keys())],
        "breaks_changed": [
            {"before": old[one], "after": new[one]} for one in sorted(old.keys() & new.keys()) if old[one] != new[one]
        ],
        "sums": {
            source: {"before": sums_before.get(source), "after": sums}
            for source, sums in sums_after.items()
            if sums_before.get(source) != sums
        },
    }


async def _previous(db: AsyncConnection, region: str, day: date) -> _Signed | None:
    """The latest signature of an earlier day, by which the chain hangs."""
    found = await db.execute(
        select(day_signature.c.day, day_signature.c.version, day_signature.c.sha256)
        .where(day_signature.c.region == region, day_signature.c.day < day)
        .order_by(day_signature.c.day.desc(), day_signature.c.version.desc())
        .limit(1)
    )
    return found.one_or_none()


async def _last_version(db: AsyncConnection, region: str, day: date) -> _Signed | None:
    """The signature that the next version of this day replaces."""
    found = await db.execute(
        select(day_signature.c.version, day_signature.c.sha256, day_signature.c.report)
        .where(day_signature.c.region == region, day_signature.c.day == day)
        .order_by(day_signature.c.version.desc())
        .limit(1)
    )
    return found.one_or_none()
