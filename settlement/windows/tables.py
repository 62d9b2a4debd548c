"""The table of the versions of windows and its machine."""

from sqlalchemy import Column, Date, DateTime, Integer, MetaData, String, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import ARRAY

from foundation.states import Machine, rules

window_version = Table(
    "window_version",
    MetaData(),
    Column("id", Uuid, primary_key=True),
    Column("region", String(6)),
    Column("code", String(16)),
    Column("version", Integer),
    Column("builds_on", Integer),  # the newest approved version when it was proposed; 0: the window is new
    Column("kind", String(16)),
    Column("name", Text),
    Column("place", Text),
    Column("identity", String(18)),
    Column("kinds", ARRAY(Text)),
    Column("first_day", Date),
    Column("last_day", Date),  # inclusive; none: until another version says otherwise
    Column("reason", Text),
    Column("state", String(16)),
    Column("proposed_by", Text),
    Column("proposed_at", DateTime(timezone=True)),
    Column("approved_by", Text),
    Column("decided_at", DateTime(timezone=True)),
)

window_versions = Machine(
    "window_version",
    window_version,
    "proposed",
    rules(
        ("proposed", "approve", "approved", "administrator"),
        ("proposed", "reject", "rejected", "administrator"),
    ),
)
