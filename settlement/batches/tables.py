"""Tables of lists and the machine of their rows."""

from sqlalchemy import Column, DateTime, Integer, LargeBinary, MetaData, String, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from foundation.states import Machine, rules

metadata = MetaData()

batch = Table(
    "batch",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("region", String(6)),
    Column("kind", String(32)),
    Column("title", Text),
    Column("created_by", Text),
    Column("window_code", String(16)),
    Column("created_at", DateTime(timezone=True)),
    Column("confirm_by", Text),
)

batch_row = Table(
    "batch_row",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("batch_id", Uuid),
    Column("number", Integer),
    Column("case_sealed", LargeBinary),
    Column("case_number", String(40)),
    Column("bill_id", Uuid),
    Column("fault", JSONB(none_as_null=True)),
    Column("state", String(16)),
)

batch_rows = Machine(
    "batch_row",
    batch_row,
    "given",
    rules(
        ("given", "draft", "drafted", "clerk partner integrator"),
        ("given", "refuse", "refused", "clerk partner integrator"),
        ("drafted", "confirm", "confirmed", "clerk partner integrator"),
        ("drafted", "stop", "stopped", "clerk partner integrator"),
        ("stopped", "try_again", "drafted", "clerk partner integrator"),
    ),
)
