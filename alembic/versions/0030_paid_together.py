"""Many shares of one payer, paid by one order at the channel"""

from alembic import op
from foundation.database import run_script

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_script(op.get_bind(), JOINT)


JOINT = """
CREATE TABLE joint_payment (
    id uuid PRIMARY KEY,
    region char(6) NOT NULL,
    number varchar(20) NOT NULL UNIQUE,
    title text NOT NULL,
    payer varchar(16) NOT NULL,
    token varchar(32) NOT NULL UNIQUE,
    created_by text NOT NULL,
    created_at timestamptz NOT NULL,
    pay_by timestamptz NOT NULL,
    state varchar(16) NOT NULL
);
CREATE INDEX joint_payment_newest ON joint_payment (region, created_at DESC);
CREATE INDEX joint_payment_due ON joint_payment (pay_by) WHERE state = 'due';

CREATE TABLE joint_member (
    joint_payment_id uuid NOT NULL REFERENCES joint_payment,
    share_id uuid NOT NULL REFERENCES share,
    bill_id uuid NOT NULL REFERENCES bill,
    live boolean NOT NULL DEFAULT true,
    PRIMARY KEY (joint_payment_id, share_id)
);
CREATE UNIQUE INDEX joint_member_one_live ON joint_member (share_id) WHERE live;

CREATE TABLE joint_order (
    id uuid PRIMARY KEY,
    joint_payment_id uuid NOT NULL REFERENCES joint_payment,
    region char(6) NOT NULL,
    channel varchar(16) NOT NULL,
    merchant varchar(15) NOT NULL,
    order_id varchar(32) NOT NULL UNIQUE,
    started_at timestamptz NOT NULL,
    amount_fen bigint NOT NULL CHECK (amount_fen > 0),
    parts jsonb NOT NULL,
    pay_until timestamptz NOT NULL,
    link text,
    state varchar(16) NOT NULL,
    next_query_at timestamptz,
    queries smallint NOT NULL DEFAULT 0,
    query_id varchar(64),
    trace_no varchar(32),
    clearing_day date,
    paid_at timestamptz,
    proved_by varchar(16),
    CHECK (state NOT IN ('paid', 'paid_late') OR (query_id IS NOT NULL AND proved_by IS NOT NULL)),
    UNIQUE (channel, query_id)
);
CREATE UNIQUE INDEX joint_order_one_open ON joint_order (joint_payment_id) WHERE state = 'open';
CREATE INDEX joint_order_due ON joint_order (next_query_at) WHERE state = 'open';
CREATE INDEX joint_order_day ON joint_order (region, clearing_day) WHERE query_id IS NOT NULL;
CREATE INDEX joint_order_started ON joint_order (region, started_at);

-- The orders of the shares that an attempt pays carry its number at the channel, all the same one; the channel is
-- asked about the attempt and never about them.
ALTER TABLE channel_order ADD COLUMN joint_order_id uuid REFERENCES joint_order;
ALTER TABLE channel_order DROP CONSTRAINT channel_order_channel_query_id_key;
CREATE UNIQUE INDEX channel_order_query_id ON channel_order (channel, query_id) WHERE joint_order_id IS NULL;
CREATE INDEX channel_order_joint ON channel_order (joint_order_id) WHERE joint_order_id IS NOT NULL;
ALTER TABLE channel_order ADD CONSTRAINT channel_order_joint_not_asked
    CHECK (joint_order_id IS NULL OR (next_query_at IS NULL AND link IS NULL));

REVOKE DELETE ON joint_payment, joint_member, joint_order FROM heyi_app;
REVOKE UPDATE ON joint_member FROM heyi_app;
GRANT UPDATE (live) ON joint_member TO heyi_app;
"""
