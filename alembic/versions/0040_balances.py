"""Statements may name what their account held before and after the day"""

from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE statement_file ADD COLUMN opening_fen bigint, ADD COLUMN closing_fen bigint")
