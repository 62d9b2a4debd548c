"""The delivery log of clearances: state, message, and every try"""

from alembic import op
from foundation.database import run_script

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_script(op.get_bind(), DELIVERIES)


DELIVERIES = """
ALTER TABLE clearance
    ADD state varchar(16) NOT NULL DEFAULT 'waiting',
    ADD message bytea,
    ADD tries smallint NOT NULL DEFAULT 0,
    ADD next_try_at timestamptz;
UPDATE clearance SET state = 'delivered' WHERE acknowledgement IS NOT NULL;
ALTER TABLE clearance
    ALTER state DROP DEFAULT,
    ADD CHECK ((state = 'delivered') = (acknowledgement IS NOT NULL));

CREATE TABLE clearance_try (
    id uuid PRIMARY KEY,
    clearance_id uuid NOT NULL REFERENCES clearance,
    at timestamptz NOT NULL,
    actor text NOT NULL,
    status integer,
    answer text NOT NULL,
    taken boolean NOT NULL
);
CREATE INDEX clearance_try_of ON clearance_try (clearance_id, at);
REVOKE UPDATE, DELETE, TRUNCATE ON clearance_try FROM heyi_app;

-- A message is written once: every try says the same under the same id.
CREATE FUNCTION clearance_says_the_same() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.message IS NOT NULL AND NEW.message IS DISTINCT FROM OLD.message OR NEW.id <> OLD.id THEN
        RAISE EXCEPTION 'clearance % was written already', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER clearance_says_the_same BEFORE UPDATE ON clearance
    FOR EACH ROW EXECUTE FUNCTION clearance_says_the_same();
"""
