"""Lines of statements that could not be read, beside those that could"""

from alembic import op
from foundation.database import run_script

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_script(op.get_bind(), LINES)


LINES = """
CREATE TABLE unread_line (
    file_id uuid NOT NULL REFERENCES statement_file,
    ordinal integer NOT NULL,
    line_no integer NOT NULL CHECK (line_no > 0),
    reason text NOT NULL,
    raw bytea NOT NULL,
    PRIMARY KEY (file_id, ordinal)
);
"""
