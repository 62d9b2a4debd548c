"""The tables of reconciliation, and the two machines that move its days and its statements."""

from sqlalchemy import ARRAY, BigInteger, Boolean, Column, Date, DateTime, Integer, LargeBinary, String, Table, Text
from sqlalchemy import Uuid as SqlUuid

from foundation.states import Machine, metadata, rules

reconciliation_day = Table(
    "reconciliation_day",
    metadata,
    Column("id", SqlUuid, primary_key=True),
    Column("region", String(6), nullable=False),
    Column("day", Date, nullable=False),
    Column("state", String(16), nullable=False),
    Column("matched_at", DateTime(timezone=True)),
)

statement_file = Table(
    "statement_file",
    metadata,
    Column("id", SqlUuid, primary_key=True),
    Column("region", String(6), nullable=False),
    Column("source", String(16), nullable=False),
    Column("day", Date, nullable=False),
    Column("version", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("file_name", Text),
    Column("raw", LargeBinary),
    Column("sha256", String(64)),
    Column("row_count", Integer),
    Column("sum_fen", BigInteger),
    Column("opening_fen", BigInteger),  # the account's balances, where the statement names them
    Column("closing_fen", BigInteger),
    Column("refusal", Text),
    Column("arrived_at", DateTime(timezone=True)),
)

statement_batch = Table(
    "statement_batch",
    metadata,
    Column("id", SqlUuid, primary_key=True),
    Column("region", String(6), nullable=False),
    Column("source", String(16), nullable=False),
    Column("day", Date, nullable=False),
    Column("number", String(8), nullable=False),
    Column("version", Integer, nullable=False),
    Column("turns", Boolean, nullable=False),
    Column("said_count", Integer, nullable=False),
    Column("said_fen", BigInteger, nullable=False),
    Column("file_name", Text, nullable=False),
    Column("raw", LargeBinary, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("arrived_at", DateTime(timezone=True), nullable=False),
    Column("refusal", Text),
)
"""What a source handed out of a day while it ran: one batch (场次) with its totals and its bytes."""

unread_line = Table(
    "unread_line",
    metadata,
    Column("file_id", SqlUuid, primary_key=True),
    Column("ordinal", Integer, primary_key=True),
    Column("line_no", Integer, nullable=False),
    Column("reason", Text, nullable=False),
    Column("raw", LargeBinary, nullable=False),
)

source_result = Table(
    "source_result",
    metadata,
    Column("day_id", SqlUuid, primary_key=True),
    Column("source", String(16), primary_key=True),
    Column("our_count", BigInteger, nullable=False),
    Column("our_fen", BigInteger, nullable=False),
    Column("their_count", BigInteger, nullable=False),
    Column("their_fen", BigInteger, nullable=False),
    Column("matched_count", BigInteger, nullable=False),
    Column("matched_fen", BigInteger, nullable=False),
    Column("fee_fen", BigInteger, nullable=False),
)

source_progress = Table(
    "source_progress",
    metadata,
    Column("day_id", SqlUuid, primary_key=True),
    Column("source", String(16), primary_key=True),
    Column("step", String(16), nullable=False),
    Column("since", DateTime(timezone=True), nullable=False),
)

day_transit = Table(
    "day_transit",
    metadata,
    Column("day_id", SqlUuid, primary_key=True),
    Column("opening_fen", BigInteger, nullable=False),
    Column("received_fen", BigInteger, nullable=False),
    Column("refunded_fen", BigInteger, nullable=False),
    Column("remitted_fen", BigInteger, nullable=False),
    Column("closing_fen", BigInteger, nullable=False),
    Column("explained_fen", BigInteger, nullable=False),
    Column("adjusted_fen", BigInteger, nullable=False),
    Column("by_hand_fen", BigInteger, nullable=False),
    Column("surplus_fen", BigInteger, nullable=False),
    Column("surplus_named_fen", BigInteger, nullable=False),
    Column("shortage_fen", BigInteger, nullable=False),
    Column("shortage_named_fen", BigInteger, nullable=False),
)

day_balance = Table(
    "day_balance",
    metadata,
    Column("day_id", SqlUuid, primary_key=True),
    Column("source", String(16), primary_key=True),
    Column("shown_fen", BigInteger, nullable=False),
    Column("matched_fen", BigInteger, nullable=False),
    Column("unshown_count", BigInteger, nullable=False),
    Column("unshown_fen", BigInteger, nullable=False),
)
"""By source, up to and with a day: what its statements showed and matched, and what of ours they have not shown."""

pooled_row = Table(
    "pooled_row",
    metadata,
    Column("day_id", SqlUuid, primary_key=True),
    Column("source", String(16), primary_key=True),
    Column("ordinal", Integer, primary_key=True),
    Column("key", Text, nullable=False),
    Column("second_key", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("amount_fen", BigInteger, nullable=False),
    Column("bill_id", SqlUuid),
    Column("expected_on", Date, nullable=False),
    Column("reason_zh", Text, nullable=False),
    Column("reason_en", Text, nullable=False),
)

reconciliation_break = Table(
    "reconciliation_break",
    metadata,
    Column("day_id", SqlUuid, primary_key=True),
    Column("source", String(16), nullable=False),
    Column("fingerprint", String(64), primary_key=True),
    Column("kind", String(8), nullable=False),
    Column("key", Text, nullable=False),
    Column("second_key", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("our_accounts", ARRAY(Text), nullable=False),
    Column("our_count", Integer, nullable=False),
    Column("our_fen", BigInteger, nullable=False),
    Column("their_count", Integer, nullable=False),
    Column("their_fen", BigInteger, nullable=False),
    Column("line_nos", ARRAY(Integer), nullable=False),
    Column("bill_id", SqlUuid),
    Column("reason_zh", Text, nullable=False),
    Column("reason_en", Text, nullable=False),
    Column("case_id", SqlUuid, nullable=False),
)

day_signature = Table(
    "day_signature",
    metadata,
    Column("id", SqlUuid, primary_key=True),
    Column("region", String(6), nullable=False),
    Column("day", Date, nullable=False),
    Column("version", Integer, nullable=False),
    Column("report", Text, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("previous_sha256", String(64)),
    Column("signed_by", Text, nullable=False),
    Column("signed_at", DateTime(timezone=True), nullable=False),
    Column("prepared_by", Text),
    Column("prepared_at", DateTime(timezone=True)),
    Column("prepared_sha256", String(64)),
    Column("remark", Text, nullable=False),
)

day_preparation = Table(
    "day_preparation",
    metadata,
    Column("id", SqlUuid, primary_key=True),
    Column("region", String(6), nullable=False),
    Column("day", Date, nullable=False),
    Column("version", Integer, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("remark", Text, nullable=False),
    Column("prepared_by", Text, nullable=False),
    Column("prepared_at", DateTime(timezone=True), nullable=False),
)

DAY = Machine(
    "reconciliation_day",
    reconciliation_day,
    "open",
    rules(
        # 'matching' may start from itself: a run that was killed is taken over by the next
        (("open", "matching", "matched"), "start", "matching", "system finance"),
        ("matching", "finish", "matched", "system finance"),
        ("matching", "wait", "open", "system finance"),  # a statement is not there yet, or was refused
        (("matched", "prepared"), "prepare", "prepared", "finance"),
        ("prepared", "send_back", "matched", "finance"),
        ("prepared", "sign", "signed", "finance"),  # by another person than the one who prepared
        ("signed", "reopen", "open", "finance"),
    ),
)

STATEMENT = Machine(
    "statement_file",
    statement_file,
    "missing",
    rules(
        ("missing", "arrive", "arrived", "system finance"),
        (("arrived", "refused"), "check", "checked", "system finance"),
        (("arrived", "checked"), "refuse", "refused", "system finance"),
        (("arrived", "checked", "refused"), "replace", "reissued", "system finance"),
    ),
)
