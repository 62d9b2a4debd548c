"""The table of configuration versions and its machine."""

from sqlalchemy import JSON, Column, Date, DateTime, Integer, MetaData, String, Table, Text, Uuid

from foundation.states import Machine, rules

region_version = Table(
    "region_version",
    MetaData(),
    Column("id", Uuid, primary_key=True),
    Column("region", String(6)),
    Column("version", Integer),
    Column("builds_on", Integer),  # the newest approved version when it was proposed; 0 is the file
    Column("content", JSON),  # in the order in which it was written
    Column("first_day", Date),
    Column("reason", Text),
    Column("state", String(16)),
    Column("proposed_by", Text),
    Column("proposed_at", DateTime(timezone=True)),
    Column("approved_by", Text),
    Column("decided_at", DateTime(timezone=True)),
)

region_versions = Machine(
    "region_version",
    region_version,
    "proposed",
    rules(
        ("proposed", "approve", "approved", "administrator"),
        ("proposed", "reject", "rejected", "administrator"),
    ),
)
