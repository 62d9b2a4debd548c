"""Windows with days and rights of their own, changed by two; people, bills and lists belong to one"""

from alembic import op
from foundation.database import run_script

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_script(op.get_bind(), WINDOWS)
    run_script(op.get_bind(), BELONGING)


WINDOWS = """
CREATE TABLE window_version (
    id uuid PRIMARY KEY,
    region char(6) NOT NULL,
    code varchar(16) NOT NULL CHECK (code ~ '^[A-Z][A-Z0-9-]{1,15}$'),
    version integer NOT NULL CHECK (version > 0),
    builds_on integer NOT NULL CHECK (builds_on >= 0 AND builds_on < version),
    kind varchar(16) NOT NULL CHECK (kind IN ('registry', 'bank', 'agent')),
    name text NOT NULL,
    place text NOT NULL,
    identity varchar(18),
    kinds text[] NOT NULL,
    first_day date NOT NULL,
    last_day date CHECK (last_day >= first_day),
    reason text NOT NULL,
    state varchar(16) NOT NULL,
    proposed_by text NOT NULL,
    proposed_at timestamptz NOT NULL,
    approved_by text,
    decided_at timestamptz,
    UNIQUE (region, code, version),
    CONSTRAINT window_version_two_people CHECK (approved_by <> proposed_by),
    CHECK ((state = 'approved') = (approved_by IS NOT NULL)),
    CHECK (kind = 'registry' OR cardinality(kinds) > 0),
    CHECK (kind <> 'bank' OR identity IS NOT NULL),
    CHECK (kind <> 'registry' OR identity IS NULL)
);
REVOKE UPDATE, DELETE, TRUNCATE ON window_version FROM heyi_app;
GRANT UPDATE (state, approved_by, decided_at) ON window_version TO heyi_app;
"""

BELONGING = """
ALTER TABLE person DROP CONSTRAINT person_role,
    ADD CONSTRAINT person_role
        CHECK (role IN ('clerk', 'partner', 'finance', 'tax_officer', 'integrator', 'administrator')),
    ADD window_code varchar(16),
    ADD CONSTRAINT person_window CHECK (role = 'clerk' OR (role = 'partner') = (window_code IS NOT NULL));
ALTER TABLE person_change ADD window_code varchar(16);

ALTER TABLE bill ADD window_code varchar(16);
ALTER TABLE batch ADD window_code varchar(16);
ALTER TABLE joint_payment ADD window_code varchar(16);
CREATE INDEX bill_window ON bill (region, window_code, created_at DESC) WHERE window_code IS NOT NULL;
"""
