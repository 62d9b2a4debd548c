"""The regions as they are served: the running process takes up what comes into force, without a restart."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import Row, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncConnection

from foundation import clock
from foundation.errors import HeyiError
from settlement.districts.content import RegionFile
from settlement.districts.tables import region_version
from settlement.regions import Region, the_region

log = structlog.get_logger()


def read_files(folder: Path, environment: Mapping[str, str]) -> dict[str, RegionFile]:
    """Reads every `NNNNNN.yaml` of a folder. BadInput names the file, the field and what is wrong."""
    return {path.stem: RegionFile.read(path, environment) for path in sorted(folder.glob("[0-9]" * 6 + ".yaml"))}


@dataclass(slots=True)
class Districts:
    """What each region's file says, and what is served now.

    `rewire` connects a region's institutions anew. `regions` is the one mapping that every room looks into: a bill
    that was begun under a version goes on with the accounts that stand on its lines.
    """

    files: Mapping[str, RegionFile]
    rewire: Callable[[Region], None]
    regions: dict[str, Region] = field(default_factory=dict)
    _taken: dict[str, UUID | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for code, file in self.files.items():
            self._serve(code, None, file.region)

    async def take_up(self, db: AsyncConnection) -> list[str]:
        """Serves what is in force today; the regions that changed. A version that no longer fits is not taken up."""
        changed = []
        found = {row.region: row for row in await db.execute(_in_force(clock.today()))}
        for code, file in self.files.items():
            row = found.get(code)
            version_id = row.id if row else None
            if self._taken[code] == version_id:
                continue
            try:
                region = file.under(row.content) if row else file.region
            except HeyiError as error:
                log.error(
                    "a configuration cannot be taken up", region=code, version=row and row.version, why=str(error)
                )
                continue
            self._serve(code, version_id, region)
            changed.append(code)
        return changed

    def file(self, code: str) -> RegionFile:
        """The file of a region, or NotFound."""
        return self.files[the_region(self.regions, code).region]

    def _serve(self, code: str, version_id: UUID | None, region: Region) -> None:
        self.rewire(region)
        self.regions[code], self._taken[code] = region, version_id


async def in_force_on(db: AsyncConnection, region: str, day: date) -> Row[Any] | None:
    """The version in force in a region on a day; None: its file."""
    return (await db.execute(_in_force(day).where(region_version.c.region == region))).one_or_none()


def _in_force(day: date) -> Any:
    """Of several that begin on one day the newest counts."""
    one = region_version.c
    return (
        select(region_version)
        .ext(distinct_on(one.region))
        .where(one.state == "approved", one.first_day <= day)
        .order_by(one.region, one.first_day.desc(), one.version.desc())
    )
