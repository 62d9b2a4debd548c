"""What banks owe by the month: which bills, and a statement a month"""

from alembic import op
from foundation.database import run_script

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_script(op.get_bind(), MONTHS)


MONTHS = """
ALTER TABLE bill ADD monthly_side varchar(16);
CREATE INDEX bill_by_the_month ON bill (region, confirmed_at)
    WHERE monthly_side IS NOT NULL AND state IN ('confirmed', 'part_paid');

CREATE TABLE month_statement (
    id uuid PRIMARY KEY,
    region char(6) NOT NULL,
    month date NOT NULL CHECK (extract(day FROM month) = 1),
    identity varchar(18) NOT NULL,
    part smallint NOT NULL CHECK (part > 0),
    name text NOT NULL,
    side varchar(16) NOT NULL,
    joint_payment_id uuid NOT NULL UNIQUE REFERENCES joint_payment,
    pay_by date NOT NULL,
    made_at timestamptz NOT NULL,
    state varchar(16) NOT NULL,
    UNIQUE (region, identity, month, part)
);
CREATE INDEX month_statement_open ON month_statement (pay_by) WHERE state IN ('due', 'overdue');
REVOKE UPDATE, DELETE, TRUNCATE ON month_statement FROM heyi_app;
GRANT UPDATE (state) ON month_statement TO heyi_app;
"""
