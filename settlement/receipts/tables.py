"""Tables of confirmations, papers, checks and red letters; all but the way of a red letter is only appended to."""

from sqlalchemy import BigInteger, Column, Date, DateTime, Integer, LargeBinary, MetaData, String, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from foundation.states import Machine, rules

metadata = MetaData()

tax_receipt_confirmation = Table(
    "tax_receipt_confirmation",
    metadata,
    Column("voucher_id", Uuid, primary_key=True),
    Column("confirmed_by", Text),
    Column("confirmed_at", DateTime(timezone=True)),
)

paper = Table(
    "paper",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("region", String(6)),
    Column("bill_id", Uuid),
    Column("kind", String(24)),
    Column("subject", Uuid),  # voucher, pay code, red receipt or share
    Column("payer", String(16)),  # the side whose paper it is
    Column("number", String(64)),
    Column("media_type", Text),
    Column("sealed", LargeBinary),
    Column("bytes", Integer),
    Column("sha256", LargeBinary),
    Column("got_at", DateTime(timezone=True)),
)
"""A paper as an institution gave it, or a statement of ours as it was printed. `sha256` is of the opened content."""

red_letter = Table(
    "red_letter",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("refund_line_id", Uuid),
    Column("amount_fen", BigInteger),
    Column("reason", Text),
    Column("state", String(16)),
    Column("proposed_by", Text),
    Column("proposed_at", DateTime(timezone=True)),
    Column("approved_by", Text),
    Column("decided_at", DateTime(timezone=True)),
)

red_letters = Machine(
    "red_letter",
    red_letter,
    "proposed",
    rules(
        ("proposed", "approve", "approved", "finance"),
        ("proposed", "reject", "rejected", "finance"),
        ("approved", "issue", "issued", "system"),
    ),
)

red_receipt = Table(
    "red_receipt",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("pay_code_id", Uuid),
    Column("refund_line_id", Uuid),
    Column("code", String(8)),
    Column("number", String(10)),
    Column("check_code", String(6)),
    Column("issued_on", Date),
    Column("amount_fen", BigInteger),
    Column("issued_by", Text),
    Column("issued_at", DateTime(timezone=True)),
)

paper_check = Table(
    "paper_check",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("region", String(6)),
    Column("bill_id", Uuid),
    Column("kind", String(40)),
    Column("number", String(64)),
    Column("outcome", String(16)),
    Column("differences", JSONB),
    Column("case_id", Uuid),
    Column("checked_by", Text),
    Column("checked_at", DateTime(timezone=True)),
)
"""A certificate or e-receipt held against what its office says: 'fits', 'differs', 'void' or 'unknown'."""
