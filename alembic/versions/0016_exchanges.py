"""What goes over the networks of treasury and finance, word for word; lines sent back or booked elsewhere; pay codes
with a life of their own
"""

from alembic import op
from foundation.database import run_script

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for script in (EXCHANGES, LINES, RIGHTS):
        run_script(op.get_bind(), script)


EXCHANGES = """
CREATE SEQUENCE exchange_serial MAXVALUE 99999999 CYCLE;
CREATE SEQUENCE pay_code_serial MAXVALUE 9999999999;

CREATE TABLE exchange (
    id uuid PRIMARY KEY,
    region char(6) NOT NULL,
    network varchar(16) NOT NULL,
    message varchar(8) NOT NULL,
    subject text NOT NULL,
    day date NOT NULL,
    serial char(8) NOT NULL,
    message_id char(20) NOT NULL,
    reference text NOT NULL,
    state varchar(16) NOT NULL,
    request_sealed bytea NOT NULL,
    answer_sealed bytea,
    result text,
    sent_at timestamptz NOT NULL,
    ended_at timestamptz,
    UNIQUE (region, network, day, serial)
);
-- Whatever moves money or makes a debt is sent once: while its outcome is open, or was a yes, nobody sends it again.
CREATE UNIQUE INDEX exchange_once ON exchange (region, network, subject, message)
    WHERE state IN ('sent', 'accepted');
CREATE INDEX exchange_subject ON exchange (region, network, subject, message, id DESC);

CREATE TABLE network_day (
    region char(6) NOT NULL,
    network varchar(16) NOT NULL,
    day date NOT NULL,
    phase varchar(16) NOT NULL CHECK (phase IN ('open', 'turning', 'closed')),
    said_at timestamptz NOT NULL,
    PRIMARY KEY (region, network)
);

CREATE TABLE pushed_message (
    id uuid PRIMARY KEY,
    region char(6) NOT NULL,
    network varchar(16) NOT NULL,
    message varchar(8) NOT NULL,
    event_key text,
    source text NOT NULL,
    raw_sealed bytea NOT NULL,
    outcome varchar(16) NOT NULL CHECK (outcome IN ('applied', 'duplicate', 'unknown', 'conflicting', 'bad_signature')),
    detail text NOT NULL,
    received_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX pushed_message_applied_once ON pushed_message (region, network, event_key)
    WHERE outcome = 'applied';
"""

LINES = """
ALTER TABLE voucher ADD sent_back_no varchar(40), ADD subject_agreed varchar(30);
ALTER TABLE pay_code
    ADD state varchar(16) NOT NULL DEFAULT 'issued',
    ADD sent_back_no varchar(40),
    ADD passed_on_no varchar(40),
    ADD passed_on_date date;
UPDATE pay_code SET state = 'in_account' WHERE confirmation_no IS NOT NULL;
ALTER TABLE pay_code ALTER state DROP DEFAULT,
    ADD CHECK (state <> 'passed_on' OR (passed_on_no IS NOT NULL AND passed_on_date IS NOT NULL));
CREATE INDEX pay_code_in_account ON pay_code (id) WHERE state = 'in_account';
"""

RIGHTS = """
REVOKE DELETE, TRUNCATE ON exchange, pushed_message FROM heyi_app;
REVOKE UPDATE ON pushed_message FROM heyi_app;
"""
