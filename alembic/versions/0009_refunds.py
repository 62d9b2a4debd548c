"""Refunds: per line, by two people, never more than was paid; and surplus money with its way out

The sums are held here: a trigger locks what is given back from before it adds up, so that two refunds at the same
moment cannot both pass.
"""

from alembic import op
from foundation.database import run_script

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for script in (SURPLUS, REFUNDS, NEVER_MORE, CODES, RIGHTS):
        run_script(op.get_bind(), script)


SURPLUS = """
CREATE TABLE surplus_payment (
    id uuid PRIMARY KEY,
    region char(6) NOT NULL,
    bill_id uuid NOT NULL REFERENCES bill,
    order_id uuid NOT NULL REFERENCES channel_order,
    kind varchar(16) NOT NULL CHECK (kind IN ('late', 'again', 'other_amount')),
    channel varchar(16) NOT NULL,
    query_id varchar(32) NOT NULL,
    trace_no varchar(12),
    clearing_day date NOT NULL,
    amount_fen bigint NOT NULL CHECK (amount_fen > 0),
    parts jsonb NOT NULL,
    case_id uuid NOT NULL,
    received_at timestamptz NOT NULL,
    UNIQUE (channel, query_id)
);
CREATE INDEX surplus_payment_bill ON surplus_payment (bill_id);
"""

REFUNDS = """
CREATE TABLE refund (
    id uuid PRIMARY KEY,
    region char(6) NOT NULL,
    bill_id uuid NOT NULL REFERENCES bill,
    number varchar(24) NOT NULL UNIQUE,
    amount_fen bigint NOT NULL CHECK (amount_fen > 0),
    reason text NOT NULL CHECK (reason <> ''),
    state varchar(16) NOT NULL,
    proposed_by text NOT NULL,
    proposed_at timestamptz NOT NULL,
    decided_by text,
    decided_at timestamptz,
    done_at timestamptz,
    CONSTRAINT refund_two_people CHECK (decided_by <> proposed_by),
    CHECK (state = 'proposed' OR decided_by IS NOT NULL)
);
CREATE INDEX refund_bill ON refund (bill_id);
CREATE INDEX refund_queue ON refund (region, proposed_at DESC);
CREATE INDEX refund_under_way ON refund (proposed_at) WHERE state IN ('approved', 'sent');

CREATE TABLE refund_line (
    id uuid PRIMARY KEY,
    refund_id uuid NOT NULL REFERENCES refund,
    allocation_line_id uuid REFERENCES allocation_line,
    surplus_id uuid REFERENCES surplus_payment,
    receiver varchar(15) NOT NULL,
    query_id varchar(32) NOT NULL,
    paid_on date NOT NULL,
    amount_fen bigint NOT NULL CHECK (amount_fen > 0),
    account text NOT NULL,
    way varchar(16) CHECK (way IN ('channel', 'by_hand', 'treasury', 'non_tax')),
    state varchar(16) NOT NULL,
    reference varchar(80),
    red_receipt varchar(40),
    closed_by text,
    done_on date,
    CHECK ((allocation_line_id IS NULL) <> (surplus_id IS NULL)),
    CHECK (state NOT IN ('approved', 'done') OR way IS NOT NULL),
    CHECK (state <> 'done' OR (reference IS NOT NULL AND done_on IS NOT NULL)),
    CHECK (state <> 'done' OR way <> 'non_tax' OR red_receipt IS NOT NULL)
);
CREATE INDEX refund_line_refund ON refund_line (refund_id);
CREATE INDEX refund_line_allocation ON refund_line (allocation_line_id);
CREATE INDEX refund_line_surplus ON refund_line (surplus_id);

CREATE TABLE channel_refund (
    id uuid PRIMARY KEY,
    region char(6) NOT NULL,
    refund_id uuid NOT NULL REFERENCES refund,
    kind varchar(8) NOT NULL CHECK (kind IN ('refund', 'undo')),
    of_query_id varchar(32) NOT NULL,
    receiver varchar(15) NOT NULL,
    order_id varchar(32) NOT NULL UNIQUE,
    started_at timestamptz NOT NULL,
    amount_fen bigint NOT NULL CHECK (amount_fen > 0),
    parts jsonb NOT NULL,
    state varchar(16) NOT NULL,
    queries smallint NOT NULL DEFAULT 0,
    next_query_at timestamptz,
    query_id varchar(32),
    trace_no varchar(12),
    clearing_day date,
    detail text NOT NULL DEFAULT '',
    CHECK (state <> 'done' OR (query_id IS NOT NULL AND clearing_day IS NOT NULL)),
    UNIQUE (query_id)
);
-- One attempt at a time for what one receiver gives back of one payment in one refund. An undo names no receiver ('').
CREATE UNIQUE INDEX channel_refund_one_live ON channel_refund (refund_id, of_query_id, receiver)
    WHERE state IN ('ready', 'sent', 'done');
CREATE INDEX channel_refund_due ON channel_refund (next_query_at) WHERE state IN ('ready', 'sent');
CREATE INDEX channel_refund_refund ON channel_refund (refund_id);
"""

NEVER_MORE = """
-- As its owner, since the application may not lock what it may not change.
CREATE FUNCTION refund_never_more_than_paid() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    paid bigint; given bigint;
BEGIN
    IF NEW.allocation_line_id IS NOT NULL THEN
        SELECT amount_fen INTO paid FROM allocation_line
            WHERE id = NEW.allocation_line_id AND state NOT IN ('planned', 'due') FOR UPDATE;
        SELECT sum(amount_fen) INTO given FROM refund_line
            WHERE allocation_line_id = NEW.allocation_line_id AND state <> 'rejected';
    ELSE
        SELECT (part ->> 'amount_fen')::bigint INTO paid
            FROM surplus_payment AS one, jsonb_array_elements(one.parts) AS part
            WHERE one.id = NEW.surplus_id AND part ->> 'receiver' = NEW.receiver FOR UPDATE OF one;
        SELECT sum(amount_fen) INTO given FROM refund_line
            WHERE surplus_id = NEW.surplus_id AND receiver = NEW.receiver AND state <> 'rejected';
    END IF;
    IF given > coalesce(paid, 0) THEN
        RAISE EXCEPTION 'refunds of % fen exceed the % fen that were paid', given, coalesce(paid, 0)
            USING ERRCODE = 'check_violation', CONSTRAINT = 'refund_never_more_than_paid';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER refund_never_more_than_paid AFTER INSERT OR UPDATE OF amount_fen, allocation_line_id, surplus_id, state
    ON refund_line FOR EACH ROW WHEN (NEW.state <> 'rejected') EXECUTE FUNCTION refund_never_more_than_paid();
"""

CODES = """
DROP INDEX payment_code_one_live;
CREATE UNIQUE INDEX payment_code_one_live ON payment_code (bill_id)
    WHERE state IN ('created', 'live', 'paying', 'expiring', 'cancelling');

-- A case whose money was given back is taken in again as a new bill.
ALTER TABLE bill ADD refunded_at timestamptz, ADD CHECK ((refunded_at IS NOT NULL) = (state = 'refunded'));
DROP INDEX bill_one_per_case;
CREATE UNIQUE INDEX bill_one_per_case ON bill (region, case_number) WHERE withdrawn_at IS NULL AND refunded_at IS NULL;
"""

RIGHTS = """
REVOKE DELETE, TRUNCATE ON refund, refund_line, channel_refund, surplus_payment FROM heyi_app;
REVOKE UPDATE ON surplus_payment FROM heyi_app;
REVOKE UPDATE ON refund, refund_line FROM heyi_app;
GRANT UPDATE (state, decided_by, decided_at, done_at) ON refund TO heyi_app;
GRANT UPDATE (state, way, reference, red_receipt, closed_by, done_on) ON refund_line TO heyi_app;
"""
