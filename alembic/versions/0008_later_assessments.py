"""The basis of a bill's price, and what a later assessment of it changes: a supplementary bill or a refund"""

from alembic import op
from foundation.database import run_script

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_script(op.get_bind(), LATER_ASSESSMENTS)


LATER_ASSESSMENTS = """
ALTER TABLE bill
    ADD price_basis varchar(16) NOT NULL DEFAULT 'commitment' CHECK (price_basis IN ('commitment', 'valuation')),
    ADD supplements uuid REFERENCES bill;
CREATE INDEX bill_supplements ON bill (supplements) WHERE supplements IS NOT NULL;

-- `billed` is what stood for each item and payer before; due = billed + supplement - refund, to the fen.
CREATE TABLE later_assessment (
    id uuid PRIMARY KEY,
    bill_id uuid NOT NULL REFERENCES bill,
    ordinal smallint NOT NULL CHECK (ordinal > 0),
    assessed_fen bigint NOT NULL CHECK (assessed_fen > 0),
    reason text NOT NULL,
    assessed_by text NOT NULL,
    assessed_at timestamptz NOT NULL,
    billed jsonb NOT NULL,
    refunds jsonb NOT NULL,
    billed_fen bigint NOT NULL,
    due_fen bigint NOT NULL,
    supplement_fen bigint NOT NULL CHECK (supplement_fen >= 0),
    refund_fen bigint NOT NULL CHECK (refund_fen >= 0),
    supplementary_bill_id uuid UNIQUE REFERENCES bill,
    refund_case_id uuid REFERENCES office_case,
    UNIQUE (bill_id, ordinal),
    CONSTRAINT later_assessment_sums CHECK (due_fen = billed_fen + supplement_fen - refund_fen),
    CONSTRAINT later_assessment_supplement CHECK ((supplement_fen > 0) = (supplementary_bill_id IS NOT NULL)),
    CONSTRAINT later_assessment_refund CHECK ((refund_fen > 0) = (refund_case_id IS NOT NULL))
);
REVOKE UPDATE, DELETE, TRUNCATE ON later_assessment FROM heyi_app;
"""
