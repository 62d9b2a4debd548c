"""What the pages and the API show of kept sets, and what bringing one into force would do."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from foundation import clock
from foundation.errors import NotFound
from settlement.assessment import Transaction
from settlement.assessment.comparison import Difference, Effect, Standpoint, differences, effects
from settlement.bills.tables import bill
from settlement.rule_sets.keeping import current, set_by_hash
from settlement.rule_sets.tables import rule_set


@dataclass(frozen=True, slots=True)
class KeptSet:
    """A kept set: `state` is proposed, in_force, replaced or rejected; `delivered` came with the release."""

    hash: str
    version: str
    form: int
    state: str
    delivered: bool
    published_at: datetime
    proposed_by: str
    approved_by: str | None
    in_force_from: datetime | None


@dataclass(frozen=True, slots=True)
class Preview:
    """What a set would change: rules that differ today, and the sums of the bills made on the days [start, end)."""

    hash: str
    region: str
    start: date
    end: date
    bills: int
    differences: tuple[Difference, ...]
    effects: tuple[Effect, ...]


_SHOWN = tuple(rule_set.c[name] for name in KeptSet.__slots__)


async def kept_sets(db: AsyncConnection) -> list[KeptSet]:
    """All sets, the newest first."""
    await current(db)
    rows = await db.execute(select(*_SHOWN).order_by(rule_set.c.published_at.desc(), rule_set.c.id.desc()))
    return [KeptSet(**row) for row in rows.mappings()]


async def kept_set(db: AsyncConnection, wanted: str) -> tuple[KeptSet, Mapping[str, str]]:
    """One set with its files by their paths. NotFound where none has the hash."""
    row = (
        (await db.execute(select(*_SHOWN, rule_set.c.files).where(rule_set.c.hash == wanted))).mappings().one_or_none()
    )
    if row is None:
        raise NotFound(f"no rule set with the hash {wanted} is kept here", field="hash")
    return KeptSet(**{name: row[name] for name in KeptSet.__slots__}), row["files"]


async def preview(db: AsyncConnection, wanted: str, region: str) -> Preview:
    """What a kept set would change against the one in force, on a region's bills of last month."""
    today = clock.today()
    end = today.replace(day=1)
    start = (end - timedelta(days=1)).replace(day=1)
    present, other = await current(db), await set_by_hash(db, wanted)
    made = bill.c.created_at
    of_last_month = (bill.c.region == region) & (made >= _midnight(start)) & (made < _midnight(end))
    rows = await db.execute(select(bill.c.transaction).where(of_last_month, bill.c.state != "withdrawn"))
    transactions = [Transaction.parse(facts) for facts in rows.scalars()]
    before, after = Standpoint(present, region, today), Standpoint(other, region, today)
    changed = tuple(differences(before, after))
    return Preview(wanted, region, start, end, len(transactions), changed, tuple(effects(before, after, transactions)))


def _midnight(day: date) -> datetime:
    return clock.local_now().replace(
        year=day.year, month=day.month, day=day.day, hour=0, minute=0, second=0, microsecond=0
    )
