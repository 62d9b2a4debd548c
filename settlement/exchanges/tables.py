"""Tables of the exchanges and of the networks' days, and the machine of an exchange."""

from sqlalchemy import Column, Date, DateTime, LargeBinary, MetaData, String, Table, Text, Uuid

from foundation.states import Machine, rules

metadata = MetaData()

exchange = Table(
    "exchange",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("region", String(6)),
    Column("network", String(16)),
    Column("message", String(8)),
    Column("subject", Text),
    Column("day", Date),
    Column("serial", String(8)),
    Column("message_id", String(20)),
    Column("reference", Text),
    Column("state", String(16)),
    Column("request_sealed", LargeBinary),
    Column("answer_sealed", LargeBinary),
    Column("result", Text),
    Column("sent_at", DateTime(timezone=True)),
    Column("ended_at", DateTime(timezone=True)),
)

network_day = Table(
    "network_day",
    metadata,
    Column("region", String(6), primary_key=True),
    Column("network", String(16), primary_key=True),
    Column("day", Date),
    Column("phase", String(16)),
    Column("said_at", DateTime(timezone=True)),
)

pushed = Table(
    "pushed_message",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("region", String(6)),
    Column("network", String(16)),
    Column("message", String(8)),
    Column("event_key", Text),
    Column("source", Text),
    Column("raw_sealed", LargeBinary),
    Column("outcome", String(16)),
    Column("detail", Text),
    Column("received_at", DateTime(timezone=True)),
)

exchanges = Machine(
    "exchange",
    exchange,
    "sent",
    rules(
        ("sent", "accept", "accepted", "system"),
        ("sent", "refuse", "refused", "system"),
        ("sent", "forget", "never_arrived", "system"),
        ("accepted", "undo", "undone", "system"),  # the institution sent the money back
    ),
)
