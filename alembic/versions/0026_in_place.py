"""A bill that is paid changes in its place again: no index but a summary looks at what a payment changes

An index on the state or the moment of payment, or with the state in its condition, costs every payment a new entry in
all indexes of the bill. A summary (BRIN) of the moments costs nothing: bills, orders and letters lie in their order.
"""

from pathlib import Path

from alembic import op
from foundation.database import run_script

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


POST = Path(__file__).resolve().parents[2] / "ledger" / "sql" / "post.sql"


def upgrade() -> None:
    run_script(op.get_bind(), IN_PLACE)
    op.execute("SET LOCAL ROLE heyi_ledger")
    op.execute("SET LOCAL search_path = ledger, pg_temp")
    run_script(op.get_bind(), POST.read_text(encoding="utf-8"))
    op.execute("RESET ROLE")
    op.execute("SET LOCAL search_path TO DEFAULT")


IN_PLACE = """
DROP INDEX bill_paid_at, bill_settled_at, bill_open_loop, channel_order_started_at, inbox_received_at;
CREATE INDEX bill_paid_at ON bill USING brin (paid_at) WITH (autosummarize = on, pages_per_range = 32);
CREATE INDEX bill_settled_at ON bill (settled_at) WHERE settled_at IS NOT NULL;
CREATE INDEX bill_open_loop ON bill (region, cleared_at) WHERE cleared_at IS NOT NULL;
CREATE INDEX channel_order_started_at ON channel_order USING brin (started_at) WITH (autosummarize = on);
"""
