"""Lists of many cases of one kind, and their rows"""

from alembic import op
from foundation.database import run_script

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_script(op.get_bind(), BATCHES)


BATCHES = """
CREATE TABLE batch (
    id uuid PRIMARY KEY,
    region varchar(6) NOT NULL,
    kind varchar(32) NOT NULL,
    title text NOT NULL,
    created_by text NOT NULL,
    created_at timestamptz NOT NULL,
    confirm_by text
);
CREATE INDEX batch_newest ON batch (region, created_at DESC);

-- A row keeps the case as it was given, sealed; it becomes a bill or says its fault, never both.
CREATE TABLE batch_row (
    id uuid PRIMARY KEY,
    batch_id uuid NOT NULL REFERENCES batch,
    number integer NOT NULL CHECK (number > 0),
    case_sealed bytea NOT NULL,
    case_number varchar(40) NOT NULL,
    bill_id uuid UNIQUE REFERENCES bill,
    fault jsonb,
    state varchar(16) NOT NULL,
    UNIQUE (batch_id, number),
    CONSTRAINT batch_row_bill CHECK ((state IN ('drafted', 'confirmed', 'stopped')) = (bill_id IS NOT NULL)),
    CONSTRAINT batch_row_fault CHECK ((state IN ('refused', 'stopped')) = (fault IS NOT NULL))
);
"""
