"""Bills, shares, payments, allocation, clearance

What must always be true stands here where the database can hold it: amounts are positive, a share has one live
order, a proof counts once, a bill's lines, shares and allocation lines have the same sum when the bill is confirmed.
"""

from alembic import op
from foundation.database import run_script

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for script in (BILLS, SHARES, PAYMENTS, ALLOCATION, SUMS, RIGHTS):
        run_script(op.get_bind(), script)


BILLS = """
-- States change, keys do not: room is left on the pages, and no index looks at a bill's, share's or line's state.
CREATE SEQUENCE bill_serial;

CREATE TABLE bill (
    id uuid PRIMARY KEY,
    region char(6) NOT NULL,
    number varchar(20) NOT NULL UNIQUE,
    case_number varchar(40) NOT NULL,
    unit_code char(28) NOT NULL,
    transaction jsonb NOT NULL,
    rule_set varchar(64) NOT NULL,
    split jsonb NOT NULL,
    amount_fen bigint NOT NULL CHECK (amount_fen >= 0),
    state varchar(16) NOT NULL,
    stopped_by jsonb,
    created_by text NOT NULL,
    created_at timestamptz NOT NULL,
    confirmed_at timestamptz,
    paid_at timestamptz,
    settled_at timestamptz,
    cleared_at timestamptz,
    withdrawn_at timestamptz,
    CHECK ((withdrawn_at IS NOT NULL) = (state = 'withdrawn'))
) WITH (fillfactor = 80);
CREATE UNIQUE INDEX bill_one_per_case ON bill (region, case_number) WHERE withdrawn_at IS NULL;
CREATE INDEX bill_unit_code ON bill (unit_code);
CREATE INDEX bill_queue ON bill (region, created_at DESC);

CREATE TABLE party (
    id uuid PRIMARY KEY,
    bill_id uuid NOT NULL REFERENCES bill,
    side varchar(16) NOT NULL CHECK (side IN ('transferee', 'transferor')),
    ordinal smallint NOT NULL,
    name_sealed bytea NOT NULL,
    identity_kind varchar(16) NOT NULL,
    identity_sealed bytea NOT NULL,
    identity_digest bytea NOT NULL,
    UNIQUE (bill_id, side, ordinal)
);
CREATE INDEX party_identity ON party (identity_digest);

CREATE TABLE line (
    id uuid PRIMARY KEY,
    bill_id uuid NOT NULL REFERENCES bill,
    ordinal smallint NOT NULL,
    item varchar(32) NOT NULL,
    payer varchar(16) NOT NULL,
    amount_fen bigint NOT NULL CHECK (amount_fen >= 0),
    base_fen bigint,
    rate varchar(32),
    rule varchar(80) NOT NULL,
    citations jsonb NOT NULL,
    explanation jsonb NOT NULL,
    trace jsonb NOT NULL,
    UNIQUE (bill_id, ordinal)
);
"""

SHARES = """
CREATE TABLE share (
    id uuid PRIMARY KEY,
    bill_id uuid NOT NULL REFERENCES bill,
    payer varchar(16) NOT NULL,
    amount_fen bigint NOT NULL CHECK (amount_fen > 0),
    state varchar(16) NOT NULL,
    UNIQUE (bill_id, payer)
) WITH (fillfactor = 80);

CREATE TABLE voucher (
    id uuid PRIMARY KEY,
    bill_id uuid NOT NULL REFERENCES bill,
    item varchar(32) NOT NULL,
    side varchar(16) NOT NULL,
    taxpayer_sealed bytea NOT NULL,
    office_code varchar(12) NOT NULL,
    levy_number varchar(20) NOT NULL,
    amount_fen bigint NOT NULL CHECK (amount_fen > 0),
    tax_voucher_no varchar(20),
    budget_subject varchar(30),
    budget_level varchar(8),
    treasury varchar(10),
    treasury_date date,
    certificate_number varchar(40),
    certificate_kind varchar(40),
    certificate_issued_on date,
    UNIQUE (office_code, levy_number)
);

CREATE TABLE pay_code (
    id uuid PRIMARY KEY,
    bill_id uuid NOT NULL REFERENCES bill,
    share_id uuid NOT NULL UNIQUE REFERENCES share,
    code varchar(30) NOT NULL UNIQUE,
    amount_fen bigint NOT NULL CHECK (amount_fen > 0),
    confirmation_no varchar(40),
    confirmed_on date,
    receipt_code varchar(8),
    receipt_number varchar(10),
    receipt_check_code varchar(6),
    receipt_issued_on date
);
"""

PAYMENTS = """
CREATE TABLE payment_code (
    id uuid PRIMARY KEY,
    bill_id uuid NOT NULL REFERENCES bill,
    token varchar(32) NOT NULL UNIQUE,
    state varchar(16) NOT NULL,
    issued_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    tries smallint NOT NULL DEFAULT 0
);
CREATE INDEX payment_code_bill ON payment_code (bill_id);
CREATE UNIQUE INDEX payment_code_one_live ON payment_code (bill_id) WHERE state IN ('live', 'expiring');

CREATE TABLE channel_order (
    id uuid PRIMARY KEY,
    region char(6) NOT NULL,
    bill_id uuid NOT NULL REFERENCES bill,
    share_id uuid NOT NULL REFERENCES share,
    code_id uuid NOT NULL REFERENCES payment_code,
    channel varchar(16) NOT NULL,
    merchant varchar(15) NOT NULL,
    order_id varchar(32) NOT NULL UNIQUE,
    started_at timestamptz NOT NULL,
    amount_fen bigint NOT NULL CHECK (amount_fen > 0),
    parts jsonb NOT NULL,
    pay_until timestamptz NOT NULL,
    state varchar(16) NOT NULL,
    next_query_at timestamptz,
    queries smallint NOT NULL DEFAULT 0,
    query_id varchar(32),
    trace_no varchar(12),
    clearing_day date,
    paid_at timestamptz,
    proved_by varchar(16),
    CHECK (state NOT IN ('paid', 'paid_late') OR (query_id IS NOT NULL AND proved_by IS NOT NULL)),
    UNIQUE (channel, query_id)
);
CREATE INDEX channel_order_bill ON channel_order (bill_id);
CREATE INDEX channel_order_share ON channel_order (share_id);
CREATE UNIQUE INDEX channel_order_one_open ON channel_order (share_id) WHERE state = 'open';
CREATE INDEX channel_order_due ON channel_order (next_query_at) WHERE state = 'open';
CREATE INDEX channel_order_day ON channel_order (region, clearing_day) WHERE query_id IS NOT NULL;

CREATE TABLE inbox (
    id uuid PRIMARY KEY,
    region char(6) NOT NULL,
    channel varchar(16) NOT NULL,
    received_at timestamptz NOT NULL,
    source text NOT NULL,
    raw bytea NOT NULL,
    event_key text,
    outcome varchar(16) NOT NULL,
    detail text NOT NULL,
    CHECK (outcome IN ('applied', 'duplicate', 'stale', 'conflicting', 'unknown_order', 'bad_signature'))
);
CREATE UNIQUE INDEX inbox_applied_once ON inbox (channel, event_key) WHERE outcome = 'applied';
CREATE INDEX inbox_received ON inbox (region, received_at);
"""

ALLOCATION = """
CREATE TABLE allocation_line (
    id uuid PRIMARY KEY,
    region char(6) NOT NULL,
    bill_id uuid NOT NULL REFERENCES bill,
    line_id uuid NOT NULL REFERENCES line,
    share_id uuid NOT NULL REFERENCES share,
    leg varchar(8) NOT NULL CHECK (leg IN ('tax', 'non_tax')),
    amount_fen bigint NOT NULL CHECK (amount_fen > 0),
    account text NOT NULL,
    voucher_id uuid REFERENCES voucher,
    pay_code_id uuid REFERENCES pay_code,
    state varchar(16) NOT NULL,
    arrived_on date,
    UNIQUE (line_id, share_id),
    CHECK (voucher_id IS NULL OR leg = 'tax'),
    CHECK (pay_code_id IS NULL OR leg = 'non_tax'),
    CHECK (state = 'planned' OR (voucher_id IS NULL) <> (pay_code_id IS NULL))
) WITH (fillfactor = 80);
CREATE INDEX allocation_line_bill ON allocation_line (bill_id);
CREATE INDEX allocation_line_share ON allocation_line (share_id);

-- Which row of ours a statement has shown, under the number and account that the statement writes.
CREATE TABLE matched_row (
    region char(6) NOT NULL,
    source varchar(16) NOT NULL,
    key text NOT NULL,
    account text NOT NULL,
    day date NOT NULL,
    PRIMARY KEY (region, source, key, account)
);

CREATE TABLE clearance (
    id uuid PRIMARY KEY,
    bill_id uuid NOT NULL UNIQUE REFERENCES bill,
    at timestamptz NOT NULL,
    acknowledgement text
);
"""

SUMS = """
-- Σ lines = Σ shares = Σ allocation lines = the bill's amount, checked when the transaction commits.
CREATE FUNCTION bill_sums_agree() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    of_lines bigint; of_shares bigint; of_allocation bigint; uneven integer; the_bill uuid := NEW.id; whole bigint;
BEGIN
    SELECT amount_fen INTO whole FROM bill WHERE id = the_bill AND state <> 'withdrawn';
    IF NOT FOUND THEN RETURN NULL; END IF;
    SELECT coalesce(sum(amount_fen), 0) INTO of_lines FROM line WHERE bill_id = the_bill;
    SELECT coalesce(sum(amount_fen), 0) INTO of_shares FROM share WHERE bill_id = the_bill;
    SELECT coalesce(sum(amount_fen), 0) INTO of_allocation FROM allocation_line WHERE bill_id = the_bill;
    SELECT count(*) INTO uneven FROM (
        SELECT 1 FROM share s LEFT JOIN allocation_line a ON a.bill_id = the_bill AND a.share_id = s.id
        WHERE s.bill_id = the_bill GROUP BY s.id, s.amount_fen HAVING coalesce(sum(a.amount_fen), 0) <> s.amount_fen
        UNION ALL
        SELECT 1 FROM line l LEFT JOIN allocation_line a ON a.bill_id = the_bill AND a.line_id = l.id
        WHERE l.bill_id = the_bill GROUP BY l.id, l.amount_fen HAVING coalesce(sum(a.amount_fen), 0) <> l.amount_fen
    ) AS found;
    IF of_lines <> whole OR of_shares <> whole OR of_allocation <> whole OR uneven > 0 THEN
        RAISE EXCEPTION 'bill %: lines %, shares %, allocation lines % and amount % do not agree',
            the_bill, of_lines, of_shares, of_allocation, whole;
    END IF;
    RETURN NULL;
END $$;
-- Lines, shares and allocation lines are laid out together with one of these columns, and never changed after that.
CREATE CONSTRAINT TRIGGER bill_sums_agree AFTER INSERT OR UPDATE OF split, amount_fen, confirmed_at ON bill
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION bill_sums_agree();
"""

RIGHTS = """
REVOKE DELETE ON bill, party, inbox, channel_order, payment_code, clearance, voucher, pay_code FROM heyi_app;
REVOKE UPDATE ON party, line, inbox FROM heyi_app;
REVOKE TRUNCATE ON ALL TABLES IN SCHEMA public FROM heyi_app;
"""
