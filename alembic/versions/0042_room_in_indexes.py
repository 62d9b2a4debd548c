"""Room for what a payment writes: in the indexes of orders, and in the letters' own rows

A paid order is a new version in each of its indexes: half a page is left for them, which would else be split. A letter
of some kilobytes, mostly base64, is kept as it came: to try to compress it costs more than what it saves.
"""

from pathlib import Path

from alembic import op
from foundation.database import run_script

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

SETTLE = Path(__file__).resolve().parents[2] / "settlement" / "payments" / "sql" / "settle_paid.sql"


def upgrade() -> None:
    run_script(op.get_bind(), ROOM)
    run_script(op.get_bind(), SETTLE.read_text(encoding="utf-8"))


ROOM = """
ALTER INDEX channel_order_pkey SET (fillfactor = 50);
ALTER INDEX channel_order_order_id_key SET (fillfactor = 50);
ALTER INDEX channel_order_share SET (fillfactor = 50);
ALTER INDEX channel_order_bill SET (fillfactor = 50);
DROP INDEX channel_order_query_id;
CREATE UNIQUE INDEX channel_order_query_id ON channel_order (channel, query_id)
    WHERE joint_order_id IS NULL AND query_id IS NOT NULL;

ALTER TABLE inbox ALTER raw SET STORAGE EXTERNAL, SET (toast_tuple_target = 8160);

ALTER TABLE transition_set DROP CONSTRAINT transition_set_pkey, ADD PRIMARY KEY (id, no, event, came_from);
"""
