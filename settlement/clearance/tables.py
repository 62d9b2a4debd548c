"""Tables of the clearance that the registry is told, and of every try to tell it; and its machine."""

from sqlalchemy import (
    Boolean,
    Column,
    DateTime,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    Uuid,
)

from foundation.states import Machine, rules

metadata = MetaData()

clearance = Table(
    "clearance",
    metadata,
    Column("id", Uuid, primary_key=True),  # the webhook-id of every try
    Column("bill_id", Uuid),
    Column("at", DateTime(timezone=True)),
    Column("acknowledgement", Text),
    Column("state", String(16)),
    Column("message", LargeBinary),
    Column("tries", SmallInteger),
    Column("next_try_at", DateTime(timezone=True)),
)

clearance_try = Table(
    "clearance_try",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("clearance_id", Uuid),
    Column("at", DateTime(timezone=True)),
    Column("actor", Text),
    Column("status", Integer),
    Column("answer", Text),
    Column("taken", Boolean),
)

clearances = Machine(
    "clearance",
    clearance,
    "waiting",
    rules(
        (("waiting", "given_up"), "deliver", "delivered", "system"),
        ("waiting", "give_up", "given_up", "system"),
        ("given_up", "replay", "waiting", "clerk finance integrator"),
    ),
)
"""A delivered clearance may be replayed too: that changes nothing here, since the registry knows its id."""
