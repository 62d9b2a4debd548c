"""The kind of business of a bill, and the sides beyond transferee and transferor that other kinds know"""

from alembic import op
from foundation.database import run_script

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_script(op.get_bind(), KINDS_OF_BUSINESS)


KINDS_OF_BUSINESS = """
ALTER TABLE bill ADD kind varchar(32) NOT NULL DEFAULT 'transfer';
ALTER TABLE party
    DROP CONSTRAINT party_side_check,
    ADD CONSTRAINT party_side_check
        CHECK (side IN ('transferee', 'transferor', 'owner', 'applicant', 'mortgagee'));
"""
