"""Keeps a count with its bill: family and holdings sealed, the evidence masked. Nothing of it is changed later."""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Column,
    Date,
    DateTime,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    Uuid,
    insert,
    select,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from foundation import clock
from foundation.errors import NotFound
from settlement.homes.counting import HomeCount, HomeEvidence
from settlement.homes.intake import Homes
from settlement.office import Office

_SEALED_AS = "home_count.family"

home_count = Table(
    "home_count",
    MetaData(),
    Column("bill_id", Uuid, primary_key=True),
    Column("region", String(6)),
    Column("counted_on", Date),
    Column("homes", SmallInteger),
    Column("counted", SmallInteger),
    Column("decided_by", String(16)),
    Column("reason", Text),
    Column("by_whom", Text),
    Column("evidence", JSONB),
    Column("law", JSONB),
    Column("given_sealed", LargeBinary),
    Column("at", DateTime(timezone=True)),
)


async def keep_count(office: Office, db: AsyncConnection, bill_id: UUID, count: HomeCount, homes: Homes) -> None:
    """Stores a count with what it was made from."""
    values: dict[str, Any] = {
        "bill_id": bill_id,
        "region": count.region,
        "counted_on": count.on,
        "homes": count.count,
        "counted": count.counted,
        "decided_by": count.decided_by,
        "reason": count.reason,
        "by_whom": count.by,
        "evidence": [asdict(one) for one in count.evidence],
        "law": list(count.law),
        "given_sealed": office.seal.close(homes.model_dump_json(), _SEALED_AS),
        "at": clock.now(),
    }
    await db.execute(insert(home_count).values(values))


async def count_of_bill(db: AsyncConnection, bill_id: UUID) -> HomeCount:
    """The count of a bill. NotFound where the number of homes was given, not counted."""
    count = await count_if_any(db, bill_id)
    if count is None:
        raise NotFound(f"the homes of bill {bill_id} were not counted here")
    return count


async def count_if_any(db: AsyncConnection, bill_id: UUID) -> HomeCount | None:
    """The count of a bill, or None where the number of homes was given."""
    row = (await db.execute(select(home_count).where(home_count.c.bill_id == bill_id))).one_or_none()
    if row is None:
        return None
    evidence = tuple(HomeEvidence(**{**one, "owners": tuple(one["owners"])}) for one in row.evidence)
    told = (row.homes, row.counted, row.decided_by, row.reason, row.by_whom)
    return HomeCount(row.region, row.counted_on, *told, evidence, tuple(row.law))


async def given_of_bill(office: Office, db: AsyncConnection, bill_id: UUID) -> Homes:
    """Family and holdings of a bill, opened: for whoever has to check a pledge or an override."""
    sealed = await db.scalar(select(home_count.c.given_sealed).where(home_count.c.bill_id == bill_id))
    if sealed is None:
        raise NotFound(f"the homes of bill {bill_id} were not counted here")
    return Homes.model_validate_json(office.seal.open(sealed, _SEALED_AS))
