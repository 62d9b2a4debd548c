"""Reconciliation: days, statements as evidence, breaks, pool, signatures; proposals on cases"""

from alembic import op
from foundation.database import run_script

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for script in (DAYS, DIFFERENCES, CASES, SIGNATURES):
        run_script(op.get_bind(), script)


DAYS = """
CREATE TABLE reconciliation_day (
    id uuid PRIMARY KEY,
    region char(6) NOT NULL,
    day date NOT NULL,
    state varchar(16) NOT NULL,
    matched_at timestamptz,
    UNIQUE (region, day)
);

CREATE TABLE statement_file (
    id uuid PRIMARY KEY,
    region char(6) NOT NULL,
    source varchar(16) NOT NULL,
    day date NOT NULL,
    version integer NOT NULL CHECK (version > 0),
    state varchar(16) NOT NULL,
    file_name text,
    raw bytea,
    sha256 char(64),
    row_count integer,
    sum_fen bigint,
    refusal text,
    arrived_at timestamptz,
    UNIQUE (region, source, day, version),
    CHECK ((state = 'missing') = (raw IS NULL)),
    CHECK ((raw IS NULL) = (sha256 IS NULL)),
    CHECK (sha256 IS NULL OR sha256 = encode(sha256(raw), 'hex'))
);
-- Of the versions of a statement one counts; those it replaced stay as evidence.
CREATE UNIQUE INDEX statement_file_current ON statement_file (region, source, day) WHERE state <> 'reissued';
REVOKE DELETE ON statement_file FROM heyi_app;
"""

DIFFERENCES = """
CREATE TABLE source_result (
    day_id uuid NOT NULL REFERENCES reconciliation_day,
    source varchar(16) NOT NULL,
    our_count bigint NOT NULL,
    our_fen bigint NOT NULL,
    their_count bigint NOT NULL,
    their_fen bigint NOT NULL,
    matched_count bigint NOT NULL,
    matched_fen bigint NOT NULL,
    PRIMARY KEY (day_id, source)
);

CREATE TABLE day_transit (
    day_id uuid PRIMARY KEY REFERENCES reconciliation_day,
    opening_fen bigint NOT NULL,
    received_fen bigint NOT NULL,
    refunded_fen bigint NOT NULL,
    remitted_fen bigint NOT NULL,
    closing_fen bigint NOT NULL,
    explained_fen bigint NOT NULL
);

CREATE TABLE pooled_row (
    day_id uuid NOT NULL REFERENCES reconciliation_day,
    source varchar(16) NOT NULL,
    ordinal integer NOT NULL,
    key text NOT NULL,
    second_key text NOT NULL,
    account text NOT NULL,
    amount_fen bigint NOT NULL,
    bill_id uuid,
    expected_on date NOT NULL,
    reason_zh text NOT NULL,
    reason_en text NOT NULL,
    PRIMARY KEY (day_id, source, ordinal)
);

CREATE TABLE reconciliation_break (
    day_id uuid NOT NULL REFERENCES reconciliation_day,
    source varchar(16) NOT NULL,
    fingerprint char(64) NOT NULL,
    kind varchar(8) NOT NULL,
    key text NOT NULL,
    second_key text NOT NULL,
    account text NOT NULL,
    our_accounts text[] NOT NULL,
    our_count integer NOT NULL,
    our_fen bigint NOT NULL,
    their_count integer NOT NULL,
    their_fen bigint NOT NULL,
    line_nos integer[] NOT NULL,
    bill_id uuid,
    reason_zh text NOT NULL,
    reason_en text NOT NULL,
    case_id uuid NOT NULL REFERENCES office_case,
    PRIMARY KEY (day_id, fingerprint)
);
CREATE INDEX reconciliation_break_case ON reconciliation_break (case_id);
"""

CASES = """
CREATE TABLE case_proposal (
    id uuid PRIMARY KEY,
    case_id uuid NOT NULL REFERENCES office_case,
    action text NOT NULL,
    entries jsonb NOT NULL,
    proposed_by text NOT NULL,
    proposed_at timestamptz NOT NULL,
    decision varchar(16) CHECK (decision IN ('approved', 'rejected')),
    decided_by text,
    decided_at timestamptz,
    CHECK (decided_by <> proposed_by),
    CHECK ((decision IS NULL) = (decided_by IS NULL) AND (decision IS NULL) = (decided_at IS NULL))
);
CREATE UNIQUE INDEX case_proposal_pending ON case_proposal (case_id) WHERE decision IS NULL;
REVOKE DELETE ON case_proposal FROM heyi_app;
"""

SIGNATURES = """
CREATE TABLE day_signature (
    id uuid PRIMARY KEY,
    region char(6) NOT NULL,
    day date NOT NULL,
    version integer NOT NULL CHECK (version > 0),
    report text NOT NULL,
    sha256 char(64) NOT NULL,
    previous_sha256 char(64),
    signed_by text NOT NULL,
    signed_at timestamptz NOT NULL,
    UNIQUE (region, day, version),
    CHECK (sha256 = encode(sha256(convert_to(report, 'UTF8')), 'hex'))
);
REVOKE UPDATE, DELETE ON day_signature FROM heyi_app;
"""
