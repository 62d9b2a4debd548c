"""Tables of the allocation lines, and of what institutions say that they never got, with their machines."""

from sqlalchemy import BigInteger, Column, Date, DateTime, MetaData, String, Table, Text, Uuid

from foundation.states import Machine, rules

metadata = MetaData()

allocation_line = Table(
    "allocation_line",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("region", String(6)),
    Column("bill_id", Uuid),
    Column("line_id", Uuid),
    Column("share_id", Uuid),
    Column("leg", String(8)),
    Column("amount_fen", BigInteger),
    Column("account", Text),
    Column("voucher_id", Uuid),
    Column("pay_code_id", Uuid),
    Column("state", String(16)),
    Column("arrived_on", Date),
)

allocation_lines = Machine(
    "allocation_line",
    allocation_line,
    "planned",
    rules(
        ("planned", "register", "due", "system"),
        ("due", "pay", "in_transit", "system"),
        (("in_transit", "held"), "receive", "received", "system"),
        (("in_transit", "held", "received", "sent_back"), "arrive", "arrived", "system"),
        (("in_transit", "sent_back"), "hold", "held", "clerk finance integrator"),
        ("held", "release", "in_transit", "system"),
        ("held", "give_back", "returned", "system"),
        (("in_transit", "received"), "send_back", "sent_back", "system"),  # 退回 by treasury or finance
        ("sent_back", "resend", "in_transit", "finance"),
        (("in_transit", "held", "received"), "misbook", "wrong_subject", "system"),
        ("wrong_subject", "arrive", "arrived", "system"),
    ),
)

non_receipt = Table(
    "non_receipt",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("refund_id", Uuid),
    Column("voucher_id", Uuid),
    Column("pay_code_id", Uuid),
    Column("state", String(16)),
    Column("asked_by", Text),
    Column("asked_at", DateTime(timezone=True)),
    Column("letter_no", String(60)),
    Column("letter_on", Date),
    Column("why", Text),
    Column("proposed_by", Text),
    Column("proposed_at", DateTime(timezone=True)),
    Column("decided_by", Text),
    Column("decided_at", DateTime(timezone=True)),
)
"""An institution that was told of a voucher or pay code has nothing of it, as it says in writing (`letter_no`).

For a refund that waits for it (`settlement.refunds.non_receipt`). While people ask, the institution is not told again.
"""

non_receipts = Machine(
    "non_receipt",
    non_receipt,
    "asking",
    rules(
        ("asking", "propose", "proposed", "finance"),
        ("proposed", "approve", "approved", "finance"),
        (("asking", "proposed"), "drop", "dropped", "finance system"),  # system: the institution's own answer came
    ),
)

ASKING = ("asking", "proposed")
"""States in which people ask an institution about what it was told of."""
