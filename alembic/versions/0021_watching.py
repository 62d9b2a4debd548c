"""Indexes by which the minute's look finds what happened lately"""

from alembic import op
from foundation.database import run_script

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_script(op.get_bind(), INDEXES)


INDEXES = """
CREATE INDEX bill_confirmed_at ON bill (confirmed_at);
CREATE INDEX bill_cleared_at ON bill (cleared_at);
CREATE INDEX bill_paid_at ON bill (paid_at) WHERE state = 'paid';
CREATE INDEX bill_settled_at ON bill (settled_at) WHERE state = 'settled';
CREATE INDEX channel_order_started_at ON channel_order (started_at);
CREATE INDEX inbox_received_at ON inbox (received_at);
"""
