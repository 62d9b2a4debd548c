"""What was paid is settled by one statement; what was written twice on the way is written once

Rows that soon change their state find room for it on their own page, so that their indexes are left alone. A transition
is found by its subject alone; letters come in the order of time.
"""

from pathlib import Path

from alembic import op
from foundation.database import run_script

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

ROOT = Path(__file__).resolve().parents[2]
POSTING = ("refusals", "write", "post_carefully", "post")


def upgrade() -> None:
    run_script(op.get_bind(), LIGHTER)
    op.execute("SET LOCAL ROLE heyi_ledger")
    op.execute("SET LOCAL search_path = ledger, pg_temp")
    op.execute("DROP FUNCTION IF EXISTS claim_keys, count_moves")
    for script in POSTING:
        run_script(op.get_bind(), (ROOT / "ledger" / "sql" / f"{script}.sql").read_text(encoding="utf-8"))
    op.execute("RESET ROLE")
    op.execute("SET LOCAL search_path TO DEFAULT")
    settle = ROOT / "settlement" / "payments" / "sql" / "settle_paid.sql"
    run_script(op.get_bind(), settle.read_text(encoding="utf-8"))


LIGHTER = """
ALTER TABLE transition DROP CONSTRAINT transition_pkey, ADD PRIMARY KEY (subject, id);
DROP INDEX transition_subject;

DROP INDEX inbox_received;
CREATE INDEX inbox_received ON inbox USING brin (received_at) WITH (autosummarize = on);

ALTER TABLE bill SET (fillfactor = 50);
ALTER TABLE share SET (fillfactor = 50);
ALTER TABLE allocation_line SET (fillfactor = 50);
ALTER TABLE channel_order SET (fillfactor = 50);
ALTER TABLE payment_code SET (fillfactor = 50);
"""
