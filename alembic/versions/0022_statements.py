"""What the QR of a settlement statement opens"""

from alembic import op
from foundation.database import run_script

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_script(op.get_bind(), STATEMENTS)


STATEMENTS = """
CREATE TABLE statement_token (
    share_id uuid PRIMARY KEY REFERENCES share,
    token varchar(32) NOT NULL UNIQUE
);
REVOKE UPDATE, DELETE, TRUNCATE ON statement_token FROM heyi_app;
"""
