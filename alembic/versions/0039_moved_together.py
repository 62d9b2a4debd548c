"""What was paid by one commit is recorded, queued and told as a set, and a paid code changes in its place

- The transitions of everything that one statement moved alike are a row for all of them; the order says which.
- `ended_at` tells the codes that ended unpaid: a bill has one code that lives or was paid, and no index looks at its
  state. Clearing days lie nearly in the order of the orders: a summary (BRIN) finds them.
- Who watches the queue may be woken after the commit instead of in it: commits that notify wait for one another.
"""

from pathlib import Path

from alembic import op
from foundation.database import run_script

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

SETTLE = Path(__file__).resolve().parents[2] / "settlement" / "payments" / "sql" / "settle_paid.sql"


def upgrade() -> None:
    run_script(op.get_bind(), SETS)
    run_script(op.get_bind(), CODES)
    run_script(op.get_bind(), QUEUE)
    run_script(op.get_bind(), SETTLE.read_text(encoding="utf-8"))


SETS = """
CREATE TABLE transition_set (
    id bigint NOT NULL,
    no smallint NOT NULL,
    machine varchar(32) NOT NULL,
    event varchar(32) NOT NULL,
    came_from varchar(32) NOT NULL,
    went_to varchar(32) NOT NULL,
    subjects uuid[] NOT NULL,
    actor text NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (id, no)
);
REVOKE UPDATE, DELETE ON transition_set FROM heyi_app;
CREATE SEQUENCE transition_set_id OWNED BY transition_set.id;
ALTER TABLE channel_order ADD COLUMN settled_in bigint;  -- the transition_set that paid it, where it was one of a set
"""

CODES = """
ALTER TABLE payment_code ADD COLUMN ended_at timestamptz;
UPDATE payment_code SET ended_at = coalesce(
    (SELECT max(at) FROM transition
     WHERE subject = payment_code.id AND machine = 'payment_code' AND event = 'channel_says_unpaid'),
    expires_at
) WHERE state IN ('expired', 'cancelled', 'paid_late');
ALTER TABLE payment_code ADD CHECK ((ended_at IS NOT NULL) = (state IN ('expired', 'cancelled', 'paid_late')));
DROP INDEX payment_code_one_live;
CREATE UNIQUE INDEX payment_code_one_live ON payment_code (bill_id) WHERE ended_at IS NULL;

DROP INDEX channel_order_day;
CREATE INDEX channel_order_day ON channel_order USING brin (clearing_day)
    WITH (autosummarize = on, pages_per_range = 32);
"""

QUEUE = """
CREATE OR REPLACE TRIGGER tg_pgqueuer_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON pgqueuer
    FOR EACH STATEMENT WHEN (current_setting('heyi.quiet', true) IS DISTINCT FROM 'on')
    EXECUTE FUNCTION fn_pgqueuer_changed();
DROP FUNCTION IF EXISTS settle_paid(proof_of_payment[], jsonb, text, text, timestamptz);
"""
