"""A district's configuration changes by two administrators, from a day on."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from foundation import clock
from foundation.errors import BadInput, Conflict, NotAllowed, NotFound
from foundation.identifiers import new_id
from settlement.districts.content import RegionFile, Tree
from settlement.districts.tables import region_version, region_versions
from settlement.office import Actor

_REASON_MIN = 2


async def propose_version(
    db: AsyncConnection, file: RegionFile, content: Tree, first_day: date, actor: Actor, reason: str
) -> UUID:
    """Checks a version like a file, and proposes it; its id. It builds on the newest that was approved."""
    if actor.role != "administrator":
        raise NotAllowed(
            f"辖区配置由管理员提出。Districts are configured by administrators; {actor.name} is {actor.role}."
        )
    if len(reason.strip()) < _REASON_MIN:
        raise BadInput("reason", reason, "a sentence that says why")
    if first_day < clock.today():
        raise BadInput("first_day", first_day.isoformat(), f"{clock.today()} or later: what was in force stays known")
    file.under(content)
    code = file.region.region
    await _one_at_a_time(db, code)
    newest = await db.scalar(select(func.max(region_version.c.version)).where(region_version.c.region == code))
    version_id = new_id()
    await db.execute(
        insert(region_version).values(
            id=version_id, region=code, version=(newest or 0) + 1, builds_on=await _newest_approved(db, code),
            content=content, first_day=first_day, reason=reason.strip(), state=region_versions.first,
            proposed_by=actor.name, proposed_at=clock.now(),
        )
    )  # fmt: skip
    return version_id


async def approve_version(db: AsyncConnection, file: RegionFile, version_id: UUID, actor: Actor) -> None:
    """Puts a version into force from its first day. NotAllowed to the one who proposed it.

    Conflict where its first day has passed, or where another was approved since it was proposed: it would undo that.
    """
    code = file.region.region
    await _one_at_a_time(db, code)
    row = await _version(db, code, version_id)
    region_versions.rule(row.state, "approve", actor.role)
    if row.proposed_by == actor.name:
        raise NotAllowed(
            f"{actor.name} 提出了该配置，须由另一名管理员批准。"
            f"{actor.name} proposed this; another administrator has to approve it."
        )
    if row.first_day < clock.today():
        raise Conflict("生效日已过，请重新提出。Its first day has passed; propose it again with a later one.")
    if row.builds_on != await _newest_approved(db, code):
        raise Conflict(
            "其间已批准另一版本，请在其上重新提出。Another version was approved meanwhile; propose again on it."
        )
    file.under(row.content)
    told = {"role": actor.role, "actor": actor.name, "reason": row.reason}
    await region_versions.advance(
        db, row.id, row.state, "approve", **told, approved_by=actor.name, decided_at=clock.now()
    )


async def reject_version(db: AsyncConnection, region: str, version_id: UUID, actor: Actor, reason: str) -> None:
    """Rejects a version with the reason; whoever proposed it may take it back so, too."""
    if len(reason.strip()) < _REASON_MIN:
        raise BadInput("reason", reason, "a sentence that says why")
    row = await _version(db, region, version_id)
    told = {"role": actor.role, "actor": actor.name, "reason": reason.strip()}
    await region_versions.advance(db, row.id, row.state, "reject", **told, decided_at=clock.now())


async def _version(db: AsyncConnection, region: str, version_id: UUID) -> Row[Any]:
    query = select(region_version).where(region_version.c.id == version_id, region_version.c.region == region)
    row = (await db.execute(query.with_for_update())).one_or_none()
    if row is None:
        raise NotFound("no such version is known here", field="version")
    return row


async def _newest_approved(db: AsyncConnection, region: str) -> int:
    query = select(func.max(region_version.c.version)).where(
        region_version.c.region == region, region_version.c.state == "approved"
    )
    return await db.scalar(query) or 0


async def _one_at_a_time(db: AsyncConnection, region: str) -> None:
    """Of two who decide over one region at the same moment, the second sees what the first did."""
    await db.execute(select(func.pg_advisory_xact_lock(func.hashtext(f"region_version:{region}"))))
