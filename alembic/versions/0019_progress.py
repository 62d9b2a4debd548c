"""How far the run of a day is, source by source"""

from alembic import op
from foundation.database import run_script

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_script(op.get_bind(), PROGRESS)


PROGRESS = """
CREATE TABLE source_progress (
    day_id uuid NOT NULL REFERENCES reconciliation_day,
    source varchar(16) NOT NULL,
    step varchar(16) NOT NULL,
    since timestamptz NOT NULL,
    PRIMARY KEY (day_id, source)
);
"""
