"""What is paid names its accounts by their places in a list that is said once, as the book takes them"""

from pathlib import Path

from alembic import op
from foundation.database import run_script

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None

SETTLE = Path(__file__).resolve().parents[2] / "settlement" / "payments" / "sql" / "settle_paid.sql"


def upgrade() -> None:
    op.execute("DROP TYPE proof_of_payment CASCADE")  # and the functions that take it
    run_script(op.get_bind(), SETTLE.read_text(encoding="utf-8"))
