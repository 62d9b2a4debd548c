"""A batch's trail and counters are written a day at a time, which groups them once instead of twice"""

from pathlib import Path

from alembic import op
from foundation.database import run_script

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None

WRITE = Path(__file__).resolve().parents[2] / "ledger" / "sql" / "write.sql"


def upgrade() -> None:
    op.execute("SET LOCAL ROLE heyi_ledger")
    op.execute("SET LOCAL search_path = ledger, pg_temp")
    run_script(op.get_bind(), WRITE.read_text(encoding="utf-8"))
    op.execute("RESET ROLE")
    op.execute("SET LOCAL search_path TO DEFAULT")
