"""Contacts of the parties and the outbox of texts to them"""

from alembic import op
from foundation.database import run_script

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_script(op.get_bind(), MESSAGES)


MESSAGES = """
CREATE TABLE contact (
    bill_id uuid NOT NULL REFERENCES bill,
    side varchar(16) NOT NULL,
    phone_sealed bytea NOT NULL,
    given_by text NOT NULL,
    given_at timestamptz NOT NULL,
    PRIMARY KEY (bill_id, side)
);

CREATE TABLE text_message (
    id uuid PRIMARY KEY,
    region char(6) NOT NULL,
    bill_id uuid NOT NULL REFERENCES bill,
    side varchar(16) NOT NULL,
    kind varchar(16) NOT NULL,
    phone_sealed bytea NOT NULL,
    body text NOT NULL,
    state varchar(16) NOT NULL,
    tries smallint NOT NULL,
    detail text NOT NULL,
    written_at timestamptz NOT NULL,
    ended_at timestamptz,
    CHECK ((state IN ('delivered', 'failed')) = (ended_at IS NOT NULL))
);
CREATE INDEX text_message_bill ON text_message (bill_id);
CREATE INDEX text_message_listed ON text_message (region, written_at DESC);
CREATE INDEX text_message_under_way ON text_message (written_at) WHERE state IN ('queued', 'sent');
REVOKE DELETE, TRUNCATE ON text_message FROM heyi_app;
"""
