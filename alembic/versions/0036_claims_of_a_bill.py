"""Find the vouchers and pay codes of a bill without reading all there are"""

from alembic import op
from foundation.database import run_script

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_script(op.get_bind(), INDEXES)


INDEXES = """
CREATE INDEX voucher_bill ON voucher (bill_id);
CREATE INDEX pay_code_bill ON pay_code (bill_id);
"""
