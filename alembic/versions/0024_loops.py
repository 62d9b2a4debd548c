"""Registrations that close the loop with the tax office; earlier payments and candidates for their unit codes"""

from alembic import op
from foundation.database import run_script

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_script(op.get_bind(), LOOPS)


LOOPS = """
CREATE TABLE registration (
    id uuid PRIMARY KEY,
    bill_id uuid NOT NULL UNIQUE REFERENCES bill,
    title_number varchar(80) NOT NULL,
    address text,
    registered_at timestamptz NOT NULL,
    state varchar(16) NOT NULL,
    heard_from text NOT NULL,
    heard_at timestamptz NOT NULL,
    acknowledgement text,
    reported_at timestamptz,
    CHECK ((state = 'reported') = (acknowledgement IS NOT NULL))
);
CREATE INDEX bill_open_loop ON bill (region, cleared_at) WHERE state = 'cleared';
REVOKE UPDATE, DELETE, TRUNCATE ON registration FROM heyi_app;
GRANT UPDATE (state, acknowledgement, reported_at) ON registration TO heyi_app;

CREATE TABLE earlier_payment (
    id uuid PRIMARY KEY,
    region char(6) NOT NULL,
    item varchar(32) NOT NULL,
    amount_fen bigint NOT NULL CHECK (amount_fen > 0),
    paid_on date NOT NULL,
    certificate_number varchar(64) NOT NULL,
    title_number varchar(80),
    address text,
    unit_code varchar(28) CHECK (length(unit_code) = 28),
    taken_in_by text NOT NULL,
    taken_in_at timestamptz NOT NULL,
    UNIQUE (region, certificate_number, item)
);
CREATE INDEX earlier_payment_unit ON earlier_payment (region, unit_code);
REVOKE UPDATE, DELETE, TRUNCATE ON earlier_payment FROM heyi_app;
GRANT UPDATE (unit_code) ON earlier_payment TO heyi_app;

CREATE TABLE unit_code_candidate (
    id uuid PRIMARY KEY,
    earlier_id uuid NOT NULL REFERENCES earlier_payment,
    unit_code varchar(28) NOT NULL CHECK (length(unit_code) = 28),
    found_by varchar(16) NOT NULL CHECK (found_by IN ('certificate', 'title', 'address')),
    confidence smallint NOT NULL CHECK (confidence BETWEEN 1 AND 99),
    state varchar(16) NOT NULL,
    UNIQUE (earlier_id, unit_code)
);
CREATE UNIQUE INDEX unit_code_candidate_one_yes ON unit_code_candidate (earlier_id) WHERE state = 'accepted';
REVOKE UPDATE, DELETE, TRUNCATE ON unit_code_candidate FROM heyi_app;
GRANT UPDATE (state) ON unit_code_candidate TO heyi_app;
"""
