"""When a channel last answered, and last failed to"""

from alembic import op
from foundation.database import run_script

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_script(op.get_bind(), CONTACT)


CONTACT = """
CREATE TABLE channel_contact (
    region char(6) NOT NULL,
    channel varchar(16) NOT NULL,
    answered_at timestamptz,
    failed_at timestamptz,
    failure text,
    PRIMARY KEY (region, channel)
);
"""
