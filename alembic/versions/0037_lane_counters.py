"""Each lane of the ledger keeps counters of its own, so that writers side by side wait for nobody on a hot account

And a payment changes a bill in its place again: no index looks at the state, as said in 0026.
"""

from pathlib import Path

from alembic import op
from foundation.database import run_script

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = ("accounts", "limits", "write", "post_carefully", "post")


def upgrade() -> None:
    run_script(op.get_bind(), IN_PLACE)
    op.execute("SET LOCAL ROLE heyi_ledger")
    op.execute("SET LOCAL search_path = ledger, pg_temp")
    run_script(op.get_bind(), LANES)
    for script in SCRIPTS:
        run_script(op.get_bind(), (ROOT / "ledger" / "sql" / f"{script}.sql").read_text(encoding="utf-8"))
    op.execute("REVOKE EXECUTE ON FUNCTION free_lane, seal_batch FROM PUBLIC")
    op.execute("RESET ROLE")
    op.execute("SET LOCAL search_path TO DEFAULT")


LANES = """
DROP FUNCTION IF EXISTS seal_batch(bigint[], bytea[], timestamptz);
ALTER TABLE balance ADD COLUMN IF NOT EXISTS lane smallint NOT NULL DEFAULT 0;
ALTER TABLE balance DROP CONSTRAINT balance_pkey, ADD PRIMARY KEY (account_id, lane);
ALTER TABLE day_total ADD COLUMN IF NOT EXISTS lane smallint NOT NULL DEFAULT 0;
ALTER TABLE day_total DROP CONSTRAINT day_total_pkey, ADD PRIMARY KEY (account_id, effective_on, lane);
CREATE OR REPLACE VIEW account_total AS
    SELECT account_id, sum(debits)::bigint AS debits, sum(credits)::bigint AS credits FROM balance GROUP BY account_id;
"""

IN_PLACE = """
DROP INDEX bill_by_the_month;
CREATE INDEX bill_by_the_month ON bill (region, confirmed_at) WHERE monthly_side IS NOT NULL;
"""
