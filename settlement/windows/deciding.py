"""A window is opened, changed and closed by two administrators, from a day on."""

import re
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from foundation import clock
from foundation.errors import BadInput, Conflict, NotAllowed, NotFound
from foundation.identifiers import new_id
from settlement.office import Actor
from settlement.regions import Region
from settlement.windows.tables import window_version, window_versions
from settlement.windows.window import WindowContent

_CODE = re.compile(r"[A-Z][A-Z0-9-]{1,15}")
_REASON_MIN = 2


async def propose_window(
    db: AsyncConnection, region: Region, code: str, content: WindowContent, days: tuple[date, date | None],
    actor: Actor, reason: str,
) -> UUID:  # fmt: skip
    """Proposes a window, or what it is to be from a day on; the id of the version.

    `days` are the first and the last one; a window is closed by a version with a last day. What kind of window it is,
    and whose, stays: people and bills of a bank do not become another's.
    """
    if actor.role != "administrator":
        raise NotAllowed(f"窗口由管理员设置。Windows are set up by administrators; {actor.name} is {actor.role}.")
    if not _CODE.fullmatch(code):
        raise BadInput("code", code, "2 to 16 capitals, digits and hyphens, a capital first")
    first_day, last_day = days
    if first_day < clock.today():
        raise BadInput("first_day", first_day.isoformat(), f"{clock.today()} or later: what was in force stays known")
    if last_day is not None and last_day < first_day:
        raise BadInput("last_day", last_day.isoformat(), f"{first_day} or later")
    known = content.checked(region)
    await _one_at_a_time(db, region.region, code)
    before = await _newest_approved(db, region.region, code)
    if before is not None and (before.kind, before.identity) != (known.kind, known.identity):
        raise Conflict(
            f"{code} 的类别和所属单位不能更改，请另设窗口。The kind of {code} and whose it is stay; open another."
        )
    of_it = (window_version.c.region == region.region) & (window_version.c.code == code)
    newest = await db.scalar(select(func.max(window_version.c.version)).where(of_it))
    version_id = new_id()
    await db.execute(
        insert(window_version).values(
            id=version_id, region=region.region, code=code, version=(newest or 0) + 1,
            builds_on=before.version if before else 0, **known.model_dump(), first_day=first_day, last_day=last_day,
            reason=_reason(reason), state=window_versions.first, proposed_by=actor.name, proposed_at=clock.now(),
        )
    )  # fmt: skip
    return version_id


async def approve_window(db: AsyncConnection, region: Region, version_id: UUID, actor: Actor) -> None:
    """Puts a version into force from its first day. NotAllowed to the one who proposed it.

    Conflict where its first day has passed, or where another was approved since it was proposed: it would undo that.
    """
    row = await _version(db, region.region, version_id)
    window_versions.rule(row.state, "approve", actor.role)
    if row.proposed_by == actor.name:
        raise NotAllowed(
            f"{actor.name} 提出了该变更，须由另一名管理员批准。"
            f"{actor.name} proposed this; another administrator has to approve it."
        )
    if row.first_day < clock.today():
        raise Conflict("生效日已过，请重新提出。Its first day has passed; propose it again with a later one.")
    await _one_at_a_time(db, region.region, row.code)
    before = await _newest_approved(db, region.region, row.code)
    if row.builds_on != (before.version if before else 0):
        raise Conflict(
            "其间已批准另一变更，请重新提出。Another change of this window was approved meanwhile; propose it again."
        )
    WindowContent(**{name: row._mapping[name] for name in WindowContent.model_fields}).checked(region)
    told = {"role": actor.role, "actor": actor.name, "reason": row.reason}
    await window_versions.advance(
        db, row.id, row.state, "approve", **told, approved_by=actor.name, decided_at=clock.now()
    )


async def reject_window(db: AsyncConnection, region: str, version_id: UUID, actor: Actor, reason: str) -> None:
    """Rejects a version with the reason; whoever proposed it may take it back so, too."""
    row = await _version(db, region, version_id)
    told = {"role": actor.role, "actor": actor.name, "reason": _reason(reason)}
    await window_versions.advance(db, row.id, row.state, "reject", **told, decided_at=clock.now())


async def _version(db: AsyncConnection, region: str, version_id: UUID) -> Row[Any]:
    query = select(window_version).where(window_version.c.id == version_id, window_version.c.region == region)
    row = (await db.execute(query.with_for_update())).one_or_none()
    if row is None:
        raise NotFound("no such change of a window is known here", field="version")
    return row


async def _newest_approved(db: AsyncConnection, region: str, code: str) -> Row[Any] | None:
    of_it = (window_version.c.region == region) & (window_version.c.code == code)
    query = select(window_version).where(of_it, window_version.c.state == "approved")
    row: Row[Any] | None = (await db.execute(query.order_by(window_version.c.version.desc()).limit(1))).one_or_none()
    return row


async def _one_at_a_time(db: AsyncConnection, region: str, code: str) -> None:
    """Of two who decide over one window at the same moment, the second sees what the first did."""
    await db.execute(select(func.pg_advisory_xact_lock(func.hashtext(f"window_version:{region}:{code}"))))


def _reason(reason: str) -> str:
    if len(reason.strip()) < _REASON_MIN:
        raise BadInput("reason", reason, "a sentence that says why")
    return reason.strip()
