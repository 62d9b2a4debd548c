"""Home counts: with the bill for which they were made, never changed; personal data sealed"""

from alembic import op
from foundation.database import run_script

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_script(op.get_bind(), HOME_COUNTS)


HOME_COUNTS = """
CREATE TABLE home_count (
    bill_id uuid PRIMARY KEY REFERENCES bill,
    region char(6) NOT NULL,
    counted_on date NOT NULL,
    homes smallint NOT NULL CHECK (homes BETWEEN 0 AND 1000),
    counted smallint,
    decided_by varchar(16) NOT NULL,
    reason text,
    by_whom text,
    evidence jsonb NOT NULL,
    law jsonb NOT NULL,
    given_sealed bytea NOT NULL,
    at timestamptz NOT NULL,
    CONSTRAINT home_count_rests_on_something CHECK (
        CASE decided_by
            WHEN 'holdings' THEN counted IS NOT NULL AND homes = counted
            WHEN 'pledge' THEN reason IS NOT NULL AND by_whom IS NOT NULL
            WHEN 'override' THEN reason IS NOT NULL AND by_whom IS NOT NULL
            ELSE false
        END
    )
);
REVOKE UPDATE, DELETE, TRUNCATE ON home_count FROM heyi_app;
"""
