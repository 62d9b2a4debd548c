"""Cases have a number, a limit and an owner, and post what was approved; a day's balance is proved by all statements"""

from alembic import op
from foundation.database import run_script

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for script in (CASES, BALANCES):
        run_script(op.get_bind(), script)


CASES = """
ALTER TABLE office_case ADD COLUMN no bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    ADD COLUMN due_on date, ADD COLUMN owner text;
UPDATE office_case SET due_on = (opened_at AT TIME ZONE 'Asia/Shanghai')::date + 7;
ALTER TABLE office_case ALTER COLUMN due_on SET NOT NULL;
CREATE INDEX office_case_due ON office_case (region, due_on) WHERE state IN ('open', 'proposed', 'held');

ALTER TABLE case_proposal ADD COLUMN takes boolean NOT NULL DEFAULT false,
    ADD COLUMN was_held boolean NOT NULL DEFAULT false, ADD COLUMN case_amount_fen bigint;
UPDATE case_proposal SET case_amount_fen = office_case.amount_fen
    FROM office_case WHERE office_case.id = case_proposal.case_id;
ALTER TABLE case_proposal ALTER COLUMN case_amount_fen SET NOT NULL;

CREATE TABLE case_posting (
    entry_key uuid PRIMARY KEY,
    case_id uuid NOT NULL REFERENCES office_case,
    proposal_id uuid NOT NULL REFERENCES case_proposal,
    region char(6) NOT NULL,
    kind varchar(32) NOT NULL,
    debit text NOT NULL,
    credit text NOT NULL,
    amount_fen bigint NOT NULL CHECK (amount_fen > 0),
    effective_on date NOT NULL,
    reverses uuid UNIQUE REFERENCES case_posting,
    posted_at timestamptz NOT NULL
);
CREATE INDEX case_posting_case ON case_posting (case_id);
CREATE INDEX case_posting_day ON case_posting (region, effective_on);
REVOKE UPDATE, DELETE ON case_posting FROM heyi_app;
"""

BALANCES = """
ALTER TABLE day_transit ADD COLUMN adjusted_fen bigint NOT NULL DEFAULT 0,
    ADD COLUMN by_hand_fen bigint NOT NULL DEFAULT 0,
    ADD COLUMN surplus_fen bigint NOT NULL DEFAULT 0, ADD COLUMN surplus_named_fen bigint NOT NULL DEFAULT 0,
    ADD COLUMN shortage_fen bigint NOT NULL DEFAULT 0, ADD COLUMN shortage_named_fen bigint NOT NULL DEFAULT 0;

CREATE TABLE day_balance (
    day_id uuid NOT NULL REFERENCES reconciliation_day,
    source varchar(16) NOT NULL,
    shown_fen bigint NOT NULL,
    matched_fen bigint NOT NULL,
    unshown_count bigint NOT NULL,
    unshown_fen bigint NOT NULL,
    PRIMARY KEY (day_id, source)
);
"""
