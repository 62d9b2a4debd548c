"""An institution says in writing that it has nothing of what it was told of: stated by one, approved by another"""

from alembic import op
from foundation.database import run_script

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None

NON_RECEIPT = """
CREATE TABLE non_receipt (
    id uuid PRIMARY KEY,
    refund_id uuid NOT NULL REFERENCES refund,
    voucher_id uuid REFERENCES voucher,
    pay_code_id uuid REFERENCES pay_code,
    state varchar(16) NOT NULL,
    asked_by text NOT NULL,
    asked_at timestamptz NOT NULL,
    letter_no varchar(60),
    letter_on date,
    why text,
    proposed_by text,
    proposed_at timestamptz,
    decided_by text,
    decided_at timestamptz,
    CHECK (num_nonnulls(voucher_id, pay_code_id) = 1),
    CHECK (num_nonnulls(letter_no, letter_on, why, proposed_by, proposed_at) IN (0, 5)),
    CHECK (state NOT IN ('proposed', 'approved') OR letter_no IS NOT NULL),
    CHECK ((state = 'approved') = (decided_by IS NOT NULL)),
    CONSTRAINT non_receipt_two_people CHECK (state <> 'approved' OR decided_by <> proposed_by)
);
CREATE UNIQUE INDEX non_receipt_of_voucher ON non_receipt (voucher_id) WHERE state IN ('asking', 'proposed');
CREATE UNIQUE INDEX non_receipt_of_pay_code ON non_receipt (pay_code_id) WHERE state IN ('asking', 'proposed');
CREATE INDEX non_receipt_of_refund ON non_receipt (refund_id);
REVOKE UPDATE, DELETE, TRUNCATE ON non_receipt FROM heyi_app;
GRANT UPDATE (state, letter_no, letter_on, why, proposed_by, proposed_at, decided_by, decided_at)
    ON non_receipt TO heyi_app;
"""


def upgrade() -> None:
    run_script(op.get_bind(), NON_RECEIPT)
