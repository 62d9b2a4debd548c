"""When an institution was last about to be told of a payment: no refund goes out while it may just be hearing of it"""

from alembic import op
from foundation.database import run_script

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None

TOLD_AT = """
ALTER TABLE voucher ADD told_at timestamptz;
ALTER TABLE pay_code ADD told_at timestamptz;
"""


def upgrade() -> None:
    run_script(op.get_bind(), TOLD_AT)
