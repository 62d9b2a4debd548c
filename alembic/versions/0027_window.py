"""When a code was opened, parties found by their last four characters, and the hand-over of a shift"""

from alembic import op
from foundation.database import run_script

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_script(op.get_bind(), WINDOW)


WINDOW = """
ALTER TABLE payment_code ADD COLUMN opened_at timestamptz;

ALTER TABLE party ADD COLUMN tail_digest bytea;
CREATE INDEX party_tail ON party (tail_digest);

CREATE TABLE shift_handover (
    id uuid PRIMARY KEY,
    region char(6) NOT NULL,
    began_at timestamptz NOT NULL,
    ended_at timestamptz NOT NULL,
    counts jsonb NOT NULL,
    waiting jsonb NOT NULL,
    remark text NOT NULL,
    signed_by text NOT NULL,
    CHECK (began_at < ended_at),
    UNIQUE (region, began_at)
);
CREATE INDEX shift_handover_listed ON shift_handover (region, ended_at DESC);
REVOKE UPDATE, DELETE, TRUNCATE ON shift_handover FROM heyi_app;
"""
