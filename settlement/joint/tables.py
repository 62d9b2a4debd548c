"""Tables of joint payments and of their attempts at the channel, and their machines."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB

from foundation.states import Machine, rules

metadata = MetaData()

joint_payment = Table(
    "joint_payment",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("region", String(6)),
    Column("number", String(20)),
    Column("title", Text),
    Column("payer", String(16)),  # the side whose shares these are
    Column("token", String(32)),
    Column("created_by", Text),
    Column("window_code", String(16)),
    Column("created_at", DateTime(timezone=True)),
    Column("pay_by", DateTime(timezone=True)),
    Column("state", String(16)),
)

joint_member = Table(
    "joint_member",
    metadata,
    Column("joint_payment_id", Uuid, primary_key=True),
    Column("share_id", Uuid, primary_key=True),
    Column("bill_id", Uuid),
    Column("live", Boolean),
)
"""A share is in one live joint payment at most; it stops being live when its joint payment is cancelled."""

joint_order = Table(
    "joint_order",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("joint_payment_id", Uuid),
    Column("region", String(6)),
    Column("channel", String(16)),
    Column("merchant", String(15)),
    Column("order_id", String(32)),
    Column("started_at", DateTime(timezone=True)),
    Column("amount_fen", BigInteger),
    Column("parts", JSONB),
    Column("pay_until", DateTime(timezone=True)),
    Column("link", Text),
    Column("state", String(16)),
    Column("next_query_at", DateTime(timezone=True)),
    Column("queries", SmallInteger),
    Column("query_id", String(64)),
    Column("trace_no", String(32)),
    Column("clearing_day", Date),
    Column("paid_at", DateTime(timezone=True)),
    Column("proved_by", String(16)),
)
"""An attempt at the channel. What it pays are the channel_order rows with its id: one a share, never sent by itself."""

joint_payments = Machine(
    "joint_payment",
    joint_payment,
    "due",
    rules(
        ("due", "all_paid", "paid", "system"),
        ("due", "cancel", "cancelled", "clerk partner integrator"),
        ("due", "time_up", "cancelled", "system"),
    ),
)

joint_orders = Machine(
    "joint_order",
    joint_order,
    "open",
    rules(
        (("open", "not_paid"), "pay", "paid", "system"),
        (("open", "not_paid"), "pay_late", "paid_late", "system"),
        (("open", "not_paid"), "pay_other", "paid_other", "system"),
        ("open", "time_over", "not_paid", "system"),
    ),
)
