"""Administrators; changes of people and of districts by two; sign-ins, refusals and exports on record"""

from alembic import op
from foundation.database import run_script

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for script in (PEOPLE, RECORDS, DISTRICTS):
        run_script(op.get_bind(), script)


PEOPLE = """
ALTER TABLE person DROP CONSTRAINT person_role,
    ADD CONSTRAINT person_role CHECK (role IN ('clerk', 'finance', 'tax_officer', 'integrator', 'administrator')),
    ADD state varchar(16) NOT NULL DEFAULT 'active',
    ADD one_time_until timestamptz,
    ADD sessions_from timestamptz;
ALTER TABLE person ALTER state DROP DEFAULT;
CREATE INDEX person_region ON person (region, name);

CREATE TABLE person_change (
    id uuid PRIMARY KEY,
    region char(6) NOT NULL,
    kind varchar(16) NOT NULL CHECK (kind IN ('add', 'rights', 'password')),
    name varchar(64) NOT NULL,
    role varchar(16) NOT NULL,
    reason text NOT NULL,
    state varchar(16) NOT NULL,
    proposed_by text NOT NULL,
    proposed_at timestamptz NOT NULL,
    approved_by text,
    decided_at timestamptz,
    CONSTRAINT person_change_two_people CHECK (approved_by <> proposed_by AND approved_by <> name),
    CHECK ((decided_at IS NULL) = (state = 'proposed'))
);
CREATE UNIQUE INDEX person_change_one_open ON person_change (name) WHERE state = 'proposed';
CREATE INDEX person_change_region ON person_change (region, proposed_at DESC);
REVOKE DELETE, TRUNCATE ON person, person_change FROM heyi_app;
"""

RECORDS = """
CREATE TABLE access_record (
    id uuid PRIMARY KEY,
    kind varchar(16) NOT NULL CHECK (kind IN ('sign_in', 'sign_in_refused', 'refused', 'export')),
    actor text NOT NULL,
    region char(6),
    subject text NOT NULL,
    day date NOT NULL,
    count integer NOT NULL CHECK (count > 0),
    at timestamptz NOT NULL
);
CREATE UNIQUE INDEX access_record_counted ON access_record (day, kind, actor, subject)
    WHERE kind IN ('sign_in_refused', 'refused');
CREATE INDEX access_record_at ON access_record (at DESC);
REVOKE UPDATE, DELETE, TRUNCATE ON access_record FROM heyi_app;
GRANT UPDATE (count, at) ON access_record TO heyi_app;

-- People's steps are looked for by day; the system's own, which are most, only by their subject.
CREATE INDEX transition_of_people ON transition (at) WHERE actor <> 'heyi';
CREATE INDEX reveal_at ON reveal (at);
"""

DISTRICTS = """
CREATE TABLE region_version (
    id uuid PRIMARY KEY,
    region char(6) NOT NULL,
    version integer NOT NULL CHECK (version > 0),
    builds_on integer NOT NULL CHECK (builds_on >= 0 AND builds_on < version),
    content json NOT NULL,
    first_day date NOT NULL,
    reason text NOT NULL,
    state varchar(16) NOT NULL,
    proposed_by text NOT NULL,
    proposed_at timestamptz NOT NULL,
    approved_by text,
    decided_at timestamptz,
    UNIQUE (region, version),
    CONSTRAINT region_version_two_people CHECK (approved_by <> proposed_by),
    CHECK ((state = 'approved') = (approved_by IS NOT NULL))
);
REVOKE UPDATE, DELETE, TRUNCATE ON region_version FROM heyi_app;
GRANT UPDATE (state, approved_by, decided_at) ON region_version TO heyi_app;
"""
