"""When a channel last answered and last failed to, and what came in from it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, DateTime, MetaData, String, Table, Text, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from foundation import clock
from settlement.payments.tables import inbox

channel_contact = Table(
    "channel_contact",
    MetaData(),
    Column("region", String(6), primary_key=True),
    Column("channel", String(16), primary_key=True),
    Column("answered_at", DateTime(timezone=True)),
    Column("failed_at", DateTime(timezone=True)),
    Column("failure", Text),
)

LATELY = timedelta(days=30)
"""Over how long notifications are counted."""

_LONGEST_FAILURE = 300


@dataclass(frozen=True, slots=True)
class Contact:
    """How a channel of a region was heard: our questions, and its notifications of the last thirty days by outcome."""

    answered_at: datetime | None
    failed_at: datetime | None
    failure: str | None
    notified_at: datetime | None
    outcomes: dict[str, int]

    @property
    def notifications(self) -> int:
        """All that came, true or not."""
        return sum(self.outcomes.values())

    @property
    def fails(self) -> bool:
        """Whether the last that is known of it is a failure."""
        return self.failed_at is not None and (self.answered_at is None or self.answered_at < self.failed_at)


async def record_answer(db: AsyncConnection, region: str, channel: str) -> None:
    """The channel answered a question."""
    await _record(db, region, channel, {"answered_at": clock.now()})


async def record_failure(db: AsyncConnection, region: str, channel: str, why: str) -> None:
    """The channel did not answer, or said nothing that could be read or believed."""
    await _record(db, region, channel, {"failed_at": clock.now(), "failure": why[:_LONGEST_FAILURE]})


async def read_contact(db: AsyncConnection, region: str, channel: str) -> Contact:
    """How a channel of a region was heard."""
    ours = (channel_contact.c.region == region) & (channel_contact.c.channel == channel)
    said = (await db.execute(select(channel_contact).where(ours))).one_or_none()
    came = await db.execute(
        select(inbox.c.outcome, func.count(), func.max(inbox.c.received_at))
        .where(inbox.c.region == region, inbox.c.channel == channel, inbox.c.received_at >= clock.now() - LATELY)
        .group_by(inbox.c.outcome)
    )
    outcomes: dict[str, int] = {}
    latest: list[datetime] = []
    for outcome, count, at in came:
        outcomes[outcome] = count
        if outcome != "bad_signature":
            latest.append(at)
    answered_at, failed_at, failure = (said.answered_at, said.failed_at, said.failure) if said else (None, None, None)
    return Contact(answered_at, failed_at, failure, max(latest, default=None), outcomes)


async def _record(db: AsyncConnection, region: str, channel: str, values: dict[str, Any]) -> None:
    row = insert(channel_contact).values(region=region, channel=channel, **values)
    await db.execute(row.on_conflict_do_update(index_elements=["region", "channel"], set_=values))
