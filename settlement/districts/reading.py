"""What administrators see of a district: what is in force on a day, and every version with what it changes."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from settlement.districts.content import Difference, RegionFile, Tree, differences
from settlement.districts.serving import in_force_on
from settlement.districts.tables import region_version

_SHOWN_MAX = 50


@dataclass(frozen=True, slots=True)
class InForce:
    """A region's configuration on a day; version 0 is the file of the deployment as it is now."""

    region: str
    day: date
    version: int
    first_day: date | None
    content: Tree


@dataclass(frozen=True, slots=True)
class Version:
    """A version with what it changes against the one before it that was approved."""

    id: UUID
    version: int
    builds_on: int
    first_day: date
    reason: str
    state: str
    proposed_by: str
    proposed_at: datetime
    approved_by: str | None
    decided_at: datetime | None
    changes: tuple[Difference, ...]


async def configured_on(db: AsyncConnection, file: RegionFile, day: date) -> InForce:
    """What is, was or will be in force on a day."""
    code = file.region.region
    row = await in_force_on(db, code, day)
    if row is None:
        return InForce(code, day, 0, None, file.shown)
    return InForce(code, day, row.version, row.first_day, row.content)


async def newest_content(db: AsyncConnection, file: RegionFile) -> Tree:
    """The newest approved version, in force already or to come: what the next one builds on."""
    query = select(region_version.c.content).where(
        region_version.c.region == file.region.region, region_version.c.state == "approved"
    )
    return await db.scalar(query.order_by(region_version.c.version.desc()).limit(1)) or file.shown


async def versions(db: AsyncConnection, file: RegionFile) -> list[Version]:
    """Every version of a region, the newest first."""
    query = select(region_version).where(region_version.c.region == file.region.region)
    rows = (await db.execute(query.order_by(region_version.c.version.desc()).limit(_SHOWN_MAX))).all()
    contents = {0: file.shown} | {row.version: row.content for row in rows}
    return [
        Version(
            row.id, row.version, row.builds_on, row.first_day, row.reason, row.state, row.proposed_by, row.proposed_at,
            row.approved_by, row.decided_at, differences(contents.get(row.builds_on, file.shown), row.content),
        )
        for row in rows
    ]  # fmt: skip
