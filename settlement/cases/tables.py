"""The tables of cases, their proposals and what those posted, and the machine that moves a case."""

from sqlalchemy import BigInteger, Boolean, Column, Date, DateTime, Identity, Integer, String, Table, Text
from sqlalchemy import Uuid as SqlUuid
from sqlalchemy.dialects.postgresql import JSONB

from foundation.states import Machine, metadata, rules

office_case = Table(
    "office_case",
    metadata,
    Column("id", SqlUuid, primary_key=True),
    Column("no", BigInteger, Identity(always=True)),
    Column("region", String(6), nullable=False),
    Column("kind", String(48), nullable=False),
    Column("fingerprint", Text, nullable=False, unique=True),
    Column("state", String(16), nullable=False),
    Column("reason", Text, nullable=False),
    Column("facts", JSONB, nullable=False),
    Column("amount_fen", BigInteger, nullable=False),
    Column("seen", Integer, nullable=False),
    Column("bill_id", SqlUuid),
    Column("business_day", Date, nullable=False),
    Column("opened_at", DateTime(timezone=True), nullable=False),
    Column("last_seen_at", DateTime(timezone=True), nullable=False),
    Column("due_on", Date, nullable=False),
    Column("owner", Text),
)

case_proposal = Table(
    "case_proposal",
    metadata,
    Column("id", SqlUuid, primary_key=True),
    Column("case_id", SqlUuid, nullable=False),
    Column("action", Text, nullable=False),
    Column("entries", JSONB, nullable=False),
    Column("takes", Boolean, nullable=False),
    Column("was_held", Boolean, nullable=False),
    Column("case_amount_fen", BigInteger, nullable=False),
    Column("proposed_by", Text, nullable=False),
    Column("proposed_at", DateTime(timezone=True), nullable=False),
    Column("decision", String(16)),
    Column("decided_by", Text),
    Column("decided_at", DateTime(timezone=True)),
)

case_posting = Table(
    "case_posting",
    metadata,
    Column("entry_key", SqlUuid, primary_key=True),
    Column("case_id", SqlUuid, nullable=False),
    Column("proposal_id", SqlUuid, nullable=False),
    Column("region", String(6), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("debit", Text, nullable=False),
    Column("credit", Text, nullable=False),
    Column("amount_fen", BigInteger, nullable=False),
    Column("effective_on", Date, nullable=False),
    Column("reverses", SqlUuid),
    Column("posted_at", DateTime(timezone=True), nullable=False),
)
"""What approved proposals posted, a transfer a row, beside the ledger's own entries under the same keys."""

CASE = Machine(
    "case",
    office_case,
    "open",
    rules(
        (("open", "held"), "propose", "proposed", "clerk finance"),
        ("proposed", "approve", "closed", "finance"),
        ("proposed", "hold", "held", "finance"),  # approved and posted; the amount waits in a suspense account
        ("proposed", "reject", "open", "finance"),
        ("proposed", "leave", "held", "finance"),  # rejected; the amount goes on waiting
        (("open", "proposed"), "vanish", "vanished", "system"),  # a late message or statement settled it
        (("vanished", "closed"), "return", "open", "system"),  # seen again; of a closed one, otherwise than decided on
        ("closed", "reopen", "open", "finance"),
    ),
)

UNSETTLED = ("open", "proposed")
"""Cases whose cause may still go away by itself."""

WAITING = ("open", "proposed", "held")
"""Cases that wait for a person."""

DECIDED = ("held", "closed")
"""Cases on which two people have decided: the difference behind them is none of a later day."""
