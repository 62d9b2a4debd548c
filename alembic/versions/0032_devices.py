"""Orders that a card terminal sells, and the visits of people to a kiosk"""

from alembic import op
from foundation.database import run_script

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_script(op.get_bind(), DEVICES)


DEVICES = """
ALTER TABLE channel_order ADD COLUMN terminal varchar(16), ADD COLUMN terminal_said text;
ALTER TABLE channel_order ADD CONSTRAINT channel_order_terminal_alone
    CHECK (terminal IS NULL OR (joint_order_id IS NULL AND link IS NULL));
CREATE INDEX channel_order_selling ON channel_order (started_at) WHERE state = 'open' AND terminal IS NOT NULL;

CREATE TABLE kiosk_visit (
    id uuid PRIMARY KEY,
    region char(6) NOT NULL,
    kiosk varchar(16) NOT NULL,
    how varchar(8) NOT NULL CHECK (how IN ('read', 'typed')),
    identity_digest bytea,
    began_at timestamptz NOT NULL,
    seen_at timestamptz NOT NULL,
    over_at timestamptz
);
CREATE INDEX kiosk_visit_newest ON kiosk_visit (region, kiosk, began_at DESC);
REVOKE DELETE, TRUNCATE ON kiosk_visit FROM heyi_app;
"""
