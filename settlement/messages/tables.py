"""Tables of contacts and of the outbox of texts, and the outbox's machine."""

from sqlalchemy import Column, DateTime, LargeBinary, MetaData, SmallInteger, String, Table, Text, Uuid

from foundation.states import Machine, rules

metadata = MetaData()

contact = Table(
    "contact",
    metadata,
    Column("bill_id", Uuid, primary_key=True),
    Column("side", String(16), primary_key=True),
    Column("phone_sealed", LargeBinary),
    Column("given_by", Text),
    Column("given_at", DateTime(timezone=True)),
)

text_message = Table(
    "text_message",
    metadata,
    Column("id", Uuid, primary_key=True),  # the reference at the gateway
    Column("region", String(6)),
    Column("bill_id", Uuid),
    Column("side", String(16)),
    Column("kind", String(16)),
    Column("phone_sealed", LargeBinary),
    Column("body", Text),
    Column("state", String(16)),
    Column("tries", SmallInteger),
    Column("detail", Text),
    Column("written_at", DateTime(timezone=True)),
    Column("ended_at", DateTime(timezone=True)),
)

text_messages = Machine(
    "text_message",
    text_message,
    "queued",
    rules(
        ("queued", "send", "sent", "system"),
        ("sent", "deliver", "delivered", "system"),
        (("queued", "sent"), "fail", "failed", "system"),
    ),
)
"""One that failed stays so; who wants it sent again writes a new one."""
