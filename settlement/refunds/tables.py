"""Tables of refunds, of what each gives back and by which orders of the channel, and their machines."""

from sqlalchemy import BigInteger, Column, Date, DateTime, MetaData, SmallInteger, String, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from foundation.states import Machine, rules

metadata = MetaData()

refund = Table(
    "refund",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("region", String(6)),
    Column("bill_id", Uuid),
    Column("number", String(24)),
    Column("amount_fen", BigInteger),
    Column("reason", Text),
    Column("state", String(16)),
    Column("proposed_by", Text),
    Column("proposed_at", DateTime(timezone=True)),
    Column("decided_by", Text),
    Column("decided_at", DateTime(timezone=True)),
    Column("done_at", DateTime(timezone=True)),
)

refund_line = Table(
    "refund_line",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("refund_id", Uuid),
    Column("allocation_line_id", Uuid),
    Column("surplus_id", Uuid),
    Column("receiver", String(15)),
    Column("query_id", String(64)),
    Column("paid_on", Date),
    Column("amount_fen", BigInteger),
    Column("account", Text),
    Column("way", String(16)),
    Column("state", String(16)),
    Column("reference", String(80)),
    Column("red_receipt", String(40)),
    Column("closed_by", Text),
    Column("done_on", Date),
    Column("came_back_on", Date),
    Column("again_of", Uuid),
)
"""One line, or one receiver's part of a surplus, given back. `query_id` and `paid_on`: the payment that brought it.

`came_back_on`: the day on which the book has it that its money came back (退汇); `again_of`: the line that this one
gives back again.
"""

channel_refund = Table(
    "channel_refund",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("region", String(6)),
    Column("refund_id", Uuid),
    Column("kind", String(8)),
    Column("of_query_id", String(64)),
    Column("receiver", String(15)),
    Column("order_id", String(32)),
    Column("started_at", DateTime(timezone=True)),
    Column("amount_fen", BigInteger),
    Column("parts", JSONB),
    Column("state", String(16)),
    Column("queries", SmallInteger),
    Column("next_query_at", DateTime(timezone=True)),
    Column("query_id", String(64)),
    Column("trace_no", String(32)),
    Column("clearing_day", Date),
    Column("detail", Text),
)

refunds = Machine(
    "refund",
    refund,
    "proposed",
    rules(
        ("proposed", "approve", "approved", "finance"),
        ("proposed", "reject", "rejected", "finance"),
        ("approved", "send", "sent", "system"),
        ("sent", "finish", "done", "system"),
        ("sent", "fail", "failed", "system"),
        ("failed", "resume", "sent", "finance"),
        ("failed", "recover", "sent", "system"),  # what was given up came through after all
        ("done", "come_back", "sent", "finance"),  # its money was returned; a person gives it back again
    ),
)

refund_lines = Machine(
    "refund_line",
    refund_line,
    "proposed",
    rules(
        ("proposed", "approve", "approved", "finance"),
        ("proposed", "reject", "rejected", "finance"),
        ("approved", "give_back", "done", "system finance"),
        ("done", "come_back", "came_back", "finance"),
    ),
)

NEVER_WENT = ("rejected", "came_back")
"""States of a line that left what it was for with us."""

channel_refunds = Machine(
    "channel_refund",
    channel_refund,
    "ready",
    rules(
        ("ready", "send", "sent", "system"),
        (("ready", "sent", "failed"), "finish", "done", "system"),
        (("ready", "sent"), "fail", "failed", "system"),
    ),
)
