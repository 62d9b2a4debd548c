"""Red letters are proposed by one and approved by another"""

from alembic import op
from foundation.database import run_script

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_script(op.get_bind(), LETTERS)


LETTERS = """
CREATE TABLE red_letter (
    id uuid PRIMARY KEY,
    refund_line_id uuid NOT NULL REFERENCES refund_line,
    amount_fen bigint NOT NULL CHECK (amount_fen > 0),
    reason text NOT NULL,
    state varchar(16) NOT NULL,
    proposed_by text NOT NULL,
    proposed_at timestamptz NOT NULL,
    approved_by text,
    decided_at timestamptz,
    CONSTRAINT red_letter_two_people CHECK (approved_by <> proposed_by),
    CHECK ((state IN ('approved', 'issued')) = (approved_by IS NOT NULL))
);
CREATE UNIQUE INDEX red_letter_one_a_line ON red_letter (refund_line_id) WHERE state <> 'rejected';
REVOKE UPDATE, DELETE, TRUNCATE ON red_letter FROM heyi_app;
GRANT UPDATE (state, approved_by, decided_at) ON red_letter TO heyi_app;
"""
