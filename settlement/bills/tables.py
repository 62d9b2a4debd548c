"""Tables of the bill and its machine."""

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

bill = Table(
    "bill",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("region", String(6)),
    Column("number", String(20)),
    Column("kind", String(32)),
    Column("case_number", String(40)),
    Column("unit_code", String(28)),
    Column("transaction", JSONB),
    Column("rule_set", String(64)),
    Column("price_basis", String(16)),
    Column("supplements", Uuid),  # the bill to which this one adds what a later assessment found
    Column("split", JSONB),
    Column("amount_fen", BigInteger),
    Column("state", String(16)),
    Column("stopped_by", JSONB),
    Column("monthly_side", String(16)),  # whose shares wait for the month's statement, since it was confirmed
    Column("created_by", Text),
    Column("window_code", String(16)),  # the window that took it in, where that is known
    Column("created_at", DateTime(timezone=True)),
    Column("confirmed_at", DateTime(timezone=True)),
    Column("paid_at", DateTime(timezone=True)),
    Column("settled_at", DateTime(timezone=True)),
    Column("cleared_at", DateTime(timezone=True)),
    Column("withdrawn_at", DateTime(timezone=True)),
    Column("refunded_at", DateTime(timezone=True)),
)

party = Table(
    "party",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("bill_id", Uuid),
    Column("side", String(16)),
    Column("ordinal", SmallInteger),
    Column("name_sealed", LargeBinary),
    Column("identity_kind", String(16)),
    Column("identity_sealed", LargeBinary),
    Column("identity_digest", LargeBinary),
    Column("tail_digest", LargeBinary),
)

line = Table(
    "line",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("bill_id", Uuid),
    Column("ordinal", SmallInteger),
    Column("item", String(32)),
    Column("payer", String(16)),
    Column("amount_fen", BigInteger),
    Column("base_fen", BigInteger),
    Column("rate", String(32)),
    Column("rule", String(80)),
    Column("citations", JSONB),
    Column("explanation", JSONB),
    Column("trace", JSONB),
)

share = Table(
    "share",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("bill_id", Uuid),
    Column("payer", String(16)),
    Column("ordinal", SmallInteger),  # of the payer's shares: several where one order cannot carry what they pay
    Column("amount_fen", BigInteger),
    Column("state", String(16)),
)

voucher = Table(
    "voucher",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("bill_id", Uuid),
    Column("item", String(32)),
    Column("side", String(16)),
    Column("taxpayer_sealed", LargeBinary),
    Column("office_code", String(12)),
    Column("levy_number", String(20)),
    Column("amount_fen", BigInteger),
    Column("tax_voucher_no", String(20)),
    Column("budget_subject", String(30)),
    Column("budget_level", String(8)),
    Column("treasury", String(10)),
    Column("treasury_date", Date),
    Column("certificate_number", String(40)),
    Column("certificate_kind", String(40)),
    Column("certificate_issued_on", Date),
    Column("sent_back_no", String(40)),
    Column("told_at", DateTime(timezone=True)),  # since when the tax office may have its money (`claims.told_at`)
    Column("subject_agreed", String(30)),  # two people agreed that the line may stand under it
)

pay_code = Table(
    "pay_code",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("bill_id", Uuid),
    Column("share_id", Uuid),
    Column("code", String(30)),
    Column("amount_fen", BigInteger),
    Column("state", String(16)),
    Column("confirmation_no", String(40)),
    Column("confirmed_on", Date),
    Column("receipt_code", String(8)),
    Column("receipt_number", String(10)),
    Column("receipt_check_code", String(6)),
    Column("receipt_issued_on", Date),
    Column("sent_back_no", String(40)),
    Column("told_at", DateTime(timezone=True)),  # likewise finance
    Column("passed_on_no", String(40)),
    Column("passed_on_date", Date),
)

pay_codes = Machine(
    "pay_code",
    pay_code,
    "issued",
    rules(
        ("issued", "arrive", "in_account", "system"),
        ("in_account", "pass_on", "passed_on", "system"),  # 缴库: finance hands it to the treasury
        ("issued", "void", "voided", "system"),
    ),
)

later_assessment = Table(
    "later_assessment",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("bill_id", Uuid),
    Column("ordinal", SmallInteger),
    Column("assessed_fen", BigInteger),
    Column("reason", Text),
    Column("assessed_by", Text),
    Column("assessed_at", DateTime(timezone=True)),
    Column("billed", JSONB),
    Column("refunds", JSONB),
    Column("billed_fen", BigInteger),
    Column("due_fen", BigInteger),
    Column("supplement_fen", BigInteger),
    Column("refund_fen", BigInteger),
    Column("supplementary_bill_id", Uuid),
    Column("refund_case_id", Uuid),
)

bills = Machine(
    "bill",
    bill,
    "drafted",
    rules(
        (("drafted", "stopped"), "confirm", "confirmed", "clerk partner integrator"),
        (("drafted", "stopped"), "differ", "stopped", "clerk partner integrator"),
        (("drafted", "stopped"), "nothing_due", "settled", "clerk partner integrator"),
        (("drafted", "stopped", "confirmed"), "withdraw", "withdrawn", "clerk partner integrator"),
        ("confirmed", "share_paid", "part_paid", "system"),
        (("confirmed", "part_paid"), "last_share_paid", "paid", "system"),
        ("paid", "all_arrived", "settled", "system"),
        ("settled", "tell_registry", "cleared", "system"),
        (("part_paid", "paid"), "give_back", "refunded", "system"),  # before it arrived, in whole or in part
    ),
)

shares = Machine("share", share, "due", rules(("due", "pay", "paid", "system")))
