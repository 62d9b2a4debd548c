"""Records what leaves no trace elsewhere: sign-ins, refusals, exports.

Each sign-in and export is a row of its own. What was refused is counted by day, person and place, so that nobody can
fill the log by trying.
"""

from sqlalchemy import Column, Date, DateTime, Integer, MetaData, String, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from foundation import clock
from foundation.identifiers import new_id

access_record = Table(
    "access_record",
    MetaData(),
    Column("id", Uuid, primary_key=True),
    Column("kind", String(16)),
    Column("actor", Text),
    Column("region", String(6)),
    Column("subject", Text),
    Column("day", Date),
    Column("count", Integer),
    Column("at", DateTime(timezone=True)),
)

COUNTED = ("sign_in_refused", "refused")
"""Kinds of which a day has one row for a person and a subject, with how often and when last."""

_LONGEST_SUBJECT = 300


async def record(db: AsyncConnection, kind: str, actor: str, region: str | None, subject: str) -> None:
    """Records one of sign_in, sign_in_refused, refused, export. `subject` is where, or what."""
    now = clock.now()
    row = insert(access_record).values(
        id=new_id(), kind=kind, actor=actor, region=region, subject=subject[:_LONGEST_SUBJECT],
        day=clock.local(now).date(), count=1, at=now,
    )  # fmt: skip
    if kind in COUNTED:
        row = row.on_conflict_do_update(
            index_elements=["day", "kind", "actor", "subject"],
            index_where=text("kind IN ('sign_in_refused', 'refused')"),
            set_={"count": access_record.c.count + 1, "at": now},
        )
    await db.execute(row)
