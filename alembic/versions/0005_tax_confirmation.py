"""Tax receipts: the tax officer's word that a voucher's money was seen in the treasury, once a voucher"""

from alembic import op
from foundation.database import run_script

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_script(op.get_bind(), CONFIRMATIONS)


CONFIRMATIONS = """
CREATE TABLE tax_receipt_confirmation (
    voucher_id uuid PRIMARY KEY REFERENCES voucher,
    confirmed_by text NOT NULL,
    confirmed_at timestamptz NOT NULL
);
REVOKE UPDATE, DELETE, TRUNCATE ON tax_receipt_confirmation FROM heyi_app;
"""
