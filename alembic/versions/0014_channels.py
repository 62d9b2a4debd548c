"""Three channels: a share an order where one order cannot carry what a payer pays, links, and longer numbers"""

from alembic import op
from foundation.database import run_script

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_script(op.get_bind(), CHANNELS)


CHANNELS = """
-- What one payer pays is one share, or several where the channel takes it in several orders only.
ALTER TABLE share ADD COLUMN ordinal smallint NOT NULL DEFAULT 1 CHECK (ordinal > 0);
ALTER TABLE share DROP CONSTRAINT share_bill_id_payer_key;
ALTER TABLE share ADD UNIQUE (bill_id, payer, ordinal);

-- Channels that give a code instead of taking a form: what the payer's wallet opens, so that it is asked for once.
ALTER TABLE channel_order ADD COLUMN link text;

-- ChinaUMS and QRA number their payments with more characters than ACP.
ALTER TABLE channel_order ALTER COLUMN query_id TYPE varchar(64), ALTER COLUMN trace_no TYPE varchar(32);
ALTER TABLE surplus_payment ALTER COLUMN query_id TYPE varchar(64), ALTER COLUMN trace_no TYPE varchar(32);
ALTER TABLE refund_line ALTER COLUMN query_id TYPE varchar(64);
ALTER TABLE channel_refund ALTER COLUMN of_query_id TYPE varchar(64), ALTER COLUMN query_id TYPE varchar(64),
    ALTER COLUMN trace_no TYPE varchar(32);
"""
