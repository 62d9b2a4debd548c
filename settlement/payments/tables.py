"""Tables of codes, orders and the inbox, and their machines."""

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    DateTime,
    LargeBinary,
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

payment_code = Table(
    "payment_code",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("bill_id", Uuid),
    Column("token", String(32)),
    Column("state", String(16)),
    Column("issued_at", DateTime(timezone=True)),
    Column("expires_at", DateTime(timezone=True)),
    Column("tries", SmallInteger),
    Column("opened_at", DateTime(timezone=True)),  # when a party first said who they are
    Column("ended_at", DateTime(timezone=True)),  # when it ended unpaid
)

channel_order = Table(
    "channel_order",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("region", String(6)),
    Column("bill_id", Uuid),
    Column("share_id", Uuid),
    Column("code_id", Uuid),
    Column("channel", String(16)),
    Column("merchant", String(15)),
    Column("order_id", String(32)),
    Column("started_at", DateTime(timezone=True)),
    Column("amount_fen", BigInteger),
    Column("parts", JSONB),
    Column("pay_until", DateTime(timezone=True)),
    Column("link", Text),  # what the payer's wallet opens, where the channel gave such a thing
    Column("state", String(16)),
    Column("next_query_at", DateTime(timezone=True)),
    Column("queries", SmallInteger),
    Column("query_id", String(64)),
    Column("trace_no", String(32)),
    Column("clearing_day", Date),
    Column("paid_at", DateTime(timezone=True)),
    Column("proved_by", String(16)),
    Column("settled_in", BigInteger),  # the transition_set that paid it, where it was paid as it was owed
    Column("joint_order_id", Uuid),  # of a share that is paid with others by one order, which the channel knows
    Column("terminal", String(16)),  # the card terminal that sells it; none: the payer's own phone does
    Column("terminal_said", Text),  # its last word to the payer, such as why the card was declined
)

inbox = Table(
    "inbox",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("region", String(6)),
    Column("channel", String(16)),
    Column("received_at", DateTime(timezone=True)),
    Column("source", Text),
    Column("raw", LargeBinary),
    Column("event_key", Text),
    Column("outcome", String(16)),
    Column("detail", Text),
)

surplus_payment = Table(
    "surplus_payment",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("region", String(6)),
    Column("bill_id", Uuid),
    Column("order_id", Uuid),
    Column("kind", String(16)),
    Column("channel", String(16)),
    Column("query_id", String(64)),
    Column("trace_no", String(32)),
    Column("clearing_day", Date),
    Column("amount_fen", BigInteger),
    Column("parts", JSONB),
    Column("case_id", Uuid),
    Column("received_at", DateTime(timezone=True)),
)
"""Money that came and that no share waits for: late, again, or of another amount. Its way out is a refund."""

payment_codes = Machine(
    "payment_code",
    payment_code,
    "created",
    rules(
        ("created", "show", "live", "system"),
        ("live", "start", "paying", "system"),
        ("paying", "rest", "live", "system"),  # nothing is under way at the channel any more
        (("live", "paying", "expiring", "cancelling"), "last_share_paid", "paid", "system"),
        (("live", "paying"), "time_up", "expiring", "system"),
        ("expiring", "channel_says_unpaid", "expired", "system"),
        (("live", "paying", "expiring"), "cancel", "cancelling", "clerk partner integrator"),
        ("cancelling", "channel_says_unpaid", "cancelled", "system"),
        (("expired", "cancelled"), "paid_after_all", "paid_late", "system"),
    ),
)

channel_orders = Machine(
    "channel_order",
    channel_order,
    "open",
    rules(
        (("open", "not_paid"), "pay", "paid", "system"),
        (("open", "not_paid", "reversed"), "pay_late", "paid_late", "system"),
        (("open", "not_paid", "reversed"), "pay_other", "paid_other", "system"),
        ("open", "time_over", "not_paid", "system"),
        ("open", "reverse", "reversed", "system"),  # 冲正: as if it had never been
    ),
)

MAY_BE_PAID = frozenset(rule.source for rule in channel_orders.rules if rule.event in ("pay", "pay_late"))
"""States of an order in which the channel may still say that it was paid."""
