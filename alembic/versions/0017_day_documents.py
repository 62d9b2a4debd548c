"""The papers of a signed day: PDF, Excel and the manifest that chains their hashes"""

from alembic import op
from foundation.database import run_script

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_script(op.get_bind(), DOCUMENTS)


DOCUMENTS = """
CREATE TABLE day_document (
    id uuid PRIMARY KEY,
    region char(6) NOT NULL,
    day date NOT NULL,
    version integer NOT NULL,
    form varchar(4) NOT NULL CHECK (form IN ('pdf', 'xlsx', 'json')),
    name text NOT NULL,
    content bytea NOT NULL,
    sha256 char(64) NOT NULL,
    made_at timestamptz NOT NULL,
    UNIQUE (region, day, version, form),
    FOREIGN KEY (region, day, version) REFERENCES day_signature (region, day, version),
    CHECK (sha256 = encode(sha256(content), 'hex'))
);
REVOKE UPDATE, DELETE ON day_document FROM heyi_app;
"""
