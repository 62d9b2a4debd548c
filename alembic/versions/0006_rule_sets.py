"""Rule sets: every one that was ever proposed, kept under its hash; one in force, by two people"""

from alembic import op
from foundation.database import run_script

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_script(op.get_bind(), RULE_SETS)


RULE_SETS = """
CREATE TABLE rule_set (
    id uuid PRIMARY KEY,
    hash char(64) NOT NULL UNIQUE,
    version text NOT NULL,
    form smallint NOT NULL CHECK (form > 0),
    files jsonb NOT NULL,
    state varchar(16) NOT NULL,
    delivered boolean NOT NULL,
    published_at timestamptz NOT NULL,
    proposed_by text NOT NULL,
    approved_by text,
    in_force_from timestamptz,
    CONSTRAINT rule_set_two_people CHECK (approved_by <> proposed_by),
    CONSTRAINT rule_set_approved CHECK (
        state IN ('proposed', 'rejected') OR (in_force_from IS NOT NULL AND (delivered OR approved_by IS NOT NULL))
    ),
    CONSTRAINT rule_set_delivered CHECK (NOT delivered OR state IN ('in_force', 'replaced'))
);
CREATE UNIQUE INDEX rule_set_one_in_force ON rule_set (state) WHERE state = 'in_force';
CREATE UNIQUE INDEX rule_set_one_delivered ON rule_set (delivered) WHERE delivered;

-- What a set says never changes; only how far it is.
REVOKE UPDATE, DELETE, TRUNCATE ON rule_set FROM heyi_app;
GRANT UPDATE (state, delivered, published_at, proposed_by, approved_by, in_force_from) ON rule_set TO heyi_app;
"""
