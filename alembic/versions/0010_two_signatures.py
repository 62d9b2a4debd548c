"""Two people sign a day: one prepares, another approves; what each put their name to stays"""

from alembic import op
from foundation.database import run_script

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_script(op.get_bind(), PREPARATIONS)


PREPARATIONS = """
CREATE TABLE day_preparation (
    id uuid PRIMARY KEY,
    region char(6) NOT NULL,
    day date NOT NULL,
    version integer NOT NULL CHECK (version > 0),
    sha256 char(64) NOT NULL,
    remark text NOT NULL,
    prepared_by text NOT NULL,
    prepared_at timestamptz NOT NULL
);
CREATE INDEX day_preparation_day ON day_preparation (region, day, prepared_at);
REVOKE UPDATE, DELETE ON day_preparation FROM heyi_app;

-- Empty for days that were signed before there were two.
ALTER TABLE day_signature ADD COLUMN prepared_by text, ADD COLUMN prepared_at timestamptz,
    ADD COLUMN prepared_sha256 char(64), ADD COLUMN remark text NOT NULL DEFAULT '',
    ADD CONSTRAINT day_signature_two_people CHECK (prepared_by <> signed_by);
"""
