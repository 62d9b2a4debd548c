"""What of a matched bank statement is the channel's fee by contract"""

from alembic import op
from foundation.database import run_script

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_script(op.get_bind(), CHANNEL_FEE)


CHANNEL_FEE = """
ALTER TABLE source_result ADD COLUMN fee_fen bigint NOT NULL DEFAULT 0;
"""
