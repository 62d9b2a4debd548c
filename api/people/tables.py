"""The tables of people and of changes to them, and their machines."""

from sqlalchemy import Column, DateTime, Integer, MetaData, String, Table, Text, Uuid

from foundation.states import Machine, rules

metadata = MetaData()

person = Table(
    "person",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("name", String(64)),
    Column("role", String(16)),
    Column("region", String(6)),
    Column("window_code", String(16)),  # a partner has one, a clerk may
    Column("state", String(16)),
    Column("password_hash", Text),
    Column("one_time_until", DateTime(timezone=True)),  # set: the password serves only to choose another, until then
    Column("sessions_from", DateTime(timezone=True)),  # sessions begun before this instant are over
    Column("failures", Integer),
    Column("locked_until", DateTime(timezone=True)),  # by wrong passwords; an administrator's lock is a state
)

person_change = Table(
    "person_change",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("region", String(6)),
    Column("kind", String(16)),
    Column("name", String(64)),
    Column("role", String(16)),
    Column("window_code", String(16)),
    Column("reason", Text),
    Column("state", String(16)),
    Column("proposed_by", Text),
    Column("proposed_at", DateTime(timezone=True)),
    Column("approved_by", Text),
    Column("decided_at", DateTime(timezone=True)),
)

people = Machine(
    "person",
    person,
    "active",
    rules(
        ("active", "lock", "locked", "administrator"),
        ("locked", "unlock", "active", "administrator"),
    ),
)

person_changes = Machine(
    "person_change",
    person_change,
    "proposed",
    rules(
        ("proposed", "apply", "applied", "administrator"),  # what one may do alone
        ("proposed", "approve", "applied", "administrator"),
        ("proposed", "reject", "rejected", "administrator"),
    ),
)
