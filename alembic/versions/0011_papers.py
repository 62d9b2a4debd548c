"""Papers kept byte for byte, checks of certificates, red-letter receipts"""

from alembic import op
from foundation.database import run_script

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for script in (PAPERS, RED_LETTERS, RIGHTS):
        run_script(op.get_bind(), script)


PAPERS = """
CREATE TABLE paper (
    id uuid PRIMARY KEY,
    region char(6) NOT NULL,
    bill_id uuid NOT NULL REFERENCES bill,
    kind varchar(24) NOT NULL CHECK (kind IN ('tax_certificate', 'fiscal_receipt', 'red_receipt', 'statement')),
    subject uuid NOT NULL,
    payer varchar(16) NOT NULL,
    number varchar(64) NOT NULL,
    media_type text NOT NULL,
    sealed bytea NOT NULL,
    bytes integer NOT NULL CHECK (bytes > 0),
    sha256 bytea NOT NULL CHECK (length(sha256) = 32),
    got_at timestamptz NOT NULL
);
CREATE INDEX paper_bill ON paper (bill_id);
CREATE UNIQUE INDEX paper_one_of_an_office ON paper (kind, subject) WHERE kind <> 'statement';
CREATE UNIQUE INDEX paper_statement ON paper (subject, sha256) WHERE kind = 'statement';

CREATE TABLE paper_check (
    id uuid PRIMARY KEY,
    region char(6) NOT NULL,
    bill_id uuid NOT NULL REFERENCES bill,
    kind varchar(40) NOT NULL,
    number varchar(64) NOT NULL,
    outcome varchar(16) NOT NULL CHECK (outcome IN ('fits', 'differs', 'void', 'unknown')),
    differences jsonb NOT NULL,
    case_id uuid REFERENCES office_case,
    checked_by text NOT NULL,
    checked_at timestamptz NOT NULL,
    CHECK ((outcome = 'fits') = (case_id IS NULL))
);
CREATE INDEX paper_check_bill ON paper_check (bill_id, number, checked_at DESC);
"""

RED_LETTERS = """
CREATE TABLE red_receipt (
    id uuid PRIMARY KEY,
    pay_code_id uuid NOT NULL REFERENCES pay_code,
    refund_line_id uuid NOT NULL UNIQUE REFERENCES refund_line,
    code varchar(8) NOT NULL,
    number varchar(10) NOT NULL,
    check_code varchar(6) NOT NULL,
    issued_on date NOT NULL,
    amount_fen bigint NOT NULL CHECK (amount_fen > 0),
    issued_by text NOT NULL,
    issued_at timestamptz NOT NULL,
    UNIQUE (code, number)
);
CREATE INDEX red_receipt_pay_code ON red_receipt (pay_code_id);

-- As its owner, since the application may not lock what it may not change.
CREATE FUNCTION red_receipts_never_more() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    whole bigint; red bigint; refunded bigint;
BEGIN
    SELECT amount_fen INTO whole FROM pay_code WHERE id = NEW.pay_code_id AND receipt_number IS NOT NULL FOR UPDATE;
    SELECT sum(amount_fen) INTO red FROM red_receipt WHERE pay_code_id = NEW.pay_code_id;
    SELECT amount_fen INTO refunded FROM refund_line WHERE id = NEW.refund_line_id;
    IF red > coalesce(whole, 0) OR NEW.amount_fen <> refunded THEN
        RAISE EXCEPTION 'red letters of % fen, this one of % for a refund of %, against a receipt of %',
            red, NEW.amount_fen, refunded, coalesce(whole, 0)
            USING ERRCODE = 'check_violation', CONSTRAINT = 'red_receipts_never_more';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER red_receipts_never_more AFTER INSERT ON red_receipt
    FOR EACH ROW EXECUTE FUNCTION red_receipts_never_more();
"""

RIGHTS = """
REVOKE UPDATE, DELETE, TRUNCATE ON paper, paper_check, red_receipt FROM heyi_app;
"""
