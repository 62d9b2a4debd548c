"""The table of kept rule sets and its machine."""

from sqlalchemy import Boolean, Column, DateTime, MetaData, SmallInteger, String, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from foundation.states import Machine, rules

rule_set = Table(
    "rule_set",
    MetaData(),
    Column("id", Uuid, primary_key=True),
    Column("hash", String(64)),
    Column("version", Text),
    Column("form", SmallInteger),
    Column("files", JSONB),  # every file as it is written, by its path
    Column("state", String(16)),
    Column("delivered", Boolean),  # in force with the release, in a database that had no set
    Column("published_at", DateTime(timezone=True)),
    Column("proposed_by", Text),
    Column("approved_by", Text),
    Column("in_force_from", DateTime(timezone=True)),
)

rule_sets = Machine(
    "rule_set",
    rule_set,
    "proposed",
    rules(
        ("proposed", "approve", "in_force", "tax_officer"),
        ("proposed", "reject", "rejected", "tax_officer"),
        ("in_force", "replace", "replaced", "tax_officer"),
        (("rejected", "replaced"), "propose", "proposed", "tax_officer"),
    ),
)
