"""Table of the allocation lines and their machine."""

from sqlalchemy import BigInteger, Column, Date, MetaData, String, Table, Text, Uuid

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
        ("in_transit", "hold", "held", "clerk finance integrator"),
        ("held", "release", "in_transit", "system"),
        ("held", "give_back", "returned", "system"),
        (("in_transit", "received"), "send_back", "sent_back", "system"),  # 退回 by treasury or finance
        ("sent_back", "resend", "in_transit", "finance"),
        (("in_transit", "held", "received"), "misbook", "wrong_subject", "system"),
        ("wrong_subject", "arrive", "arrived", "system"),
    ),
)
