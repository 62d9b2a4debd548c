"""Which windows a district has on a day, and every version of them."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncConnection

from foundation import clock
from foundation.errors import NotAllowed
from settlement.windows.tables import window_version
from settlement.windows.window import Window

_SHOWN_MAX = 200


@dataclass(frozen=True, slots=True)
class WindowVersion:
    """A version of a window, and who decided. `builds_on` 0: it opened the window."""

    id: UUID
    code: str
    version: int
    builds_on: int
    kind: str
    name: str
    place: str
    identity: str | None
    kinds: tuple[str, ...]
    first_day: date
    last_day: date | None
    reason: str
    state: str
    proposed_by: str
    proposed_at: datetime
    approved_by: str | None
    decided_at: datetime | None


async def windows_on(db: AsyncConnection, region: str, day: date) -> list[Window]:
    """The windows of a region that are open on a day, by code."""
    return [_window(row) for row in await db.execute(_in_force(region, day)) if _open(row, day)]


async def open_window(db: AsyncConnection, region: str, code: str) -> Window:
    """A window that is open today. NotAllowed where it is closed, not yet open or unknown."""
    today = clock.today()
    row = (await db.execute(_in_force(region, today).where(window_version.c.code == code))).one_or_none()
    if row is None or not _open(row, today):
        raise NotAllowed(
            f"窗口 {code} 今日未开通，请联系登记机构管理员。"
            f"The window {code} is not open today; ask the district's administrators.",
            field="window",
        )
    return _window(row)


async def known_kind(db: AsyncConnection, region: str, code: str) -> str | None:
    """What kind of window a code is, open or yet to be opened; None where it was never approved."""
    of_it = (window_version.c.region == region) & (window_version.c.code == code)
    query = select(window_version.c.kind).where(of_it, window_version.c.state == "approved").limit(1)
    kind: str | None = await db.scalar(query)
    return kind


async def window_versions_of(db: AsyncConnection, region: str) -> list[WindowVersion]:
    """Every version of every window of a region, those that wait first, then the newest."""
    waits = (window_version.c.state == "proposed").desc()
    query = select(*(window_version.c[name] for name in WindowVersion.__slots__)).where(
        window_version.c.region == region
    )
    rows = await db.execute(query.order_by(waits, window_version.c.proposed_at.desc()).limit(_SHOWN_MAX))
    return [WindowVersion(**{**row, "kinds": tuple(row["kinds"])}) for row in rows.mappings()]


def _in_force(region: str, day: date) -> Select[Any]:
    """The newest approved version of each window whose first day has come."""
    begun = (window_version.c.state == "approved") & (window_version.c.first_day <= day)
    newest = (window_version.c.code, window_version.c.version.desc())
    of_region = select(window_version).where(window_version.c.region == region, begun)
    return of_region.ext(distinct_on(window_version.c.code)).order_by(*newest)


def _open(row: Row[Any], day: date) -> bool:
    return row.last_day is None or bool(row.last_day >= day)


def _window(row: Row[Any]) -> Window:
    return Window(row.region, row.code, row.kind, row.name, row.place, row.identity, tuple(row.kinds))
