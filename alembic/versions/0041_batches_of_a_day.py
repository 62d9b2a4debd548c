"""Batches of a source's running day"""

from alembic import op
from foundation.database import run_script

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_script(op.get_bind(), BATCHES)


BATCHES = """
CREATE TABLE statement_batch (
    id uuid PRIMARY KEY,
    region char(6) NOT NULL,
    source varchar(16) NOT NULL,
    day date NOT NULL,
    number varchar(8) NOT NULL,
    version integer NOT NULL CHECK (version > 0),
    turns boolean NOT NULL,
    said_count integer NOT NULL CHECK (said_count >= 0),
    said_fen bigint NOT NULL,
    file_name text NOT NULL,
    raw bytea NOT NULL,
    sha256 char(64) NOT NULL,
    arrived_at timestamptz NOT NULL,
    refusal text,
    UNIQUE (region, source, day, number, version)
);
REVOKE UPDATE, DELETE, TRUNCATE ON statement_batch FROM heyi_app;
"""
