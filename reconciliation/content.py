"""What stands under a signature: the report of a day as canonical JSON, and what differs between two versions of it."""

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from reconciliation.report import DayReport
from reconciliation.tables import day_signature

Signed = Row[*tuple[Any, ...]]

_PASSING = ("signature", "preparation", "progress", "state", "book_head")
"""Parts of a report that say how it came about and is signed, and not how the day stands."""


def canonical(content: object) -> str:
    """JSON as it is hashed: keys sorted, no spaces, characters as they are."""
    return json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)


async def content_of(db: AsyncConnection, report: DayReport) -> dict[str, Any]:
    """What is signed of a day: how it stands, its next version, and the hash of the signed day before it."""
    content: dict[str, Any] = {
        field.name: _plain(getattr(report, field.name)) for field in fields(report) if field.name not in _PASSING
    }
    for source in content["sources"]:
        for one in source["breaks"]:
            del one["case_state"]  # goes on changing after the signature
    previous, replaced = await _previous(db, report), await last_version(db, report.region, report.day)
    content["version"] = (replaced.version if replaced else 0) + 1
    content["previous"] = previous and {"day": previous.day, "version": previous.version, "sha256": previous.sha256}
    content["replaces"] = replaced and {
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


async def changes_since_signed(db: AsyncConnection, report: DayReport) -> dict[str, Any] | None:
    """What the last signature of a day said otherwise than the version before it, or than a reopened day says now."""
    last = await last_version(db, report.region, report.day)
    if last is None:
        return None
    signed = json.loads(last.report)
    if report.state != "signed":
        return changes(signed, json.loads(canonical(await content_of(db, report))))
    replaced: dict[str, Any] | None = signed["replaces"]
    return replaced["changes"] if replaced else None


async def last_version(db: AsyncConnection, region: str, day: date) -> Signed | None:
    """The signature that the next version of a day replaces."""
    found = await db.execute(
        select(day_signature.c.version, day_signature.c.sha256, day_signature.c.report)
        .where(day_signature.c.region == region, day_signature.c.day == day)
        .order_by(day_signature.c.version.desc())
        .limit(1)
    )
    return found.one_or_none()


def _plain(value: Any) -> Any:
    """What `asdict` makes of it, in a tenth of the time: what stands in a report is frozen and need not be copied."""
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    names = _field_names(value.__class__)
    return {name: _plain(getattr(value, name)) for name in names} if names else value


@cache
def _field_names(of: type) -> tuple[str, ...]:
    return tuple(field.name for field in fields(of)) if is_dataclass(of) else ()


async def _previous(db: AsyncConnection, report: DayReport) -> Signed | None:
    """The latest signature of an earlier day, by which the chain hangs."""
    found = await db.execute(
        select(day_signature.c.day, day_signature.c.version, day_signature.c.sha256)
        .where(day_signature.c.region == report.region, day_signature.c.day < report.day)
        .order_by(day_signature.c.day.desc(), day_signature.c.version.desc())
        .limit(1)
    )
    return found.one_or_none()
