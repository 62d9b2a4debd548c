"""The table of month statements and its machine."""

from sqlalchemy import Column, Date, DateTime, MetaData, SmallInteger, String, Table, Text, Uuid

from foundation.states import Machine, rules

month_statement = Table(
    "month_statement",
    MetaData(),
    Column("id", Uuid, primary_key=True),
    Column("region", String(6)),
    Column("month", Date),  # its first day
    Column("identity", String(18)),
    Column("part", SmallInteger),  # one, unless a month has more bills than a joint payment takes
    Column("name", Text),
    Column("side", String(16)),
    Column("joint_payment_id", Uuid),  # its lines, its code, its payment
    Column("pay_by", Date),
    Column("made_at", DateTime(timezone=True)),
    Column("state", String(16)),
)

month_statements = Machine(
    "month_statement",
    month_statement,
    "due",
    rules(
        ("due", "fall_overdue", "overdue", "system"),
        (("due", "overdue"), "all_paid", "paid", "system"),
        (("due", "overdue"), "lapse", "lapsed", "system"),  # its payment was taken back: its bills are due again
    ),
)
