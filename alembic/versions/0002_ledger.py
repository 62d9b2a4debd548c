"""The double-entry book, in a schema and under an owner of its own"""

from pathlib import Path

from alembic import op
from foundation.database import run_script

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SCRIPTS = (
    "tables",
    "views",
    "append_only",
    "months",
    "rules",
    "accounts",
    "refusals",
    "holds",
    "limits",
    "write",
    "post_carefully",
    "post",
    "days",
    "canonical",
    "grants",
)

SQL = Path(__file__).resolve().parents[2] / "ledger" / "sql"


def upgrade() -> None:
    op.execute("""
        DO $$ BEGIN
            CREATE ROLE heyi_ledger NOLOGIN;
        EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
        END $$
    """)
    op.execute("""
        DO $$ BEGIN
            IF NOT pg_has_role('heyi_ledger', 'MEMBER') THEN
                EXECUTE format('GRANT heyi_ledger TO %I', current_user);
            END IF;
        END $$
    """)
    op.execute("CREATE SCHEMA ledger AUTHORIZATION heyi_ledger")
    op.execute("SET LOCAL ROLE heyi_ledger")
    op.execute("SET LOCAL search_path = ledger, pg_temp")
    for script in SCRIPTS:
        run_script(op.get_bind(), (SQL / f"{script}.sql").read_text(encoding="utf-8"))
    op.execute("RESET ROLE")
    op.execute("SET LOCAL search_path TO DEFAULT")
