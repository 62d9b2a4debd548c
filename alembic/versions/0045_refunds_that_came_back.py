"""A line of a refund whose money came back (退汇) is owed again: another line gives it back, and counts in its place"""

from alembic import op
from foundation.database import run_script

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None

CAME_BACK = """
ALTER TABLE refund_line ADD came_back_on date, ADD again_of uuid REFERENCES refund_line,
    ADD CHECK ((came_back_on IS NOT NULL) = (state = 'came_back')),
    ADD CHECK (state <> 'came_back' OR (reference IS NOT NULL AND done_on IS NOT NULL));
CREATE UNIQUE INDEX refund_line_again ON refund_line (again_of);
GRANT UPDATE (came_back_on) ON refund_line TO heyi_app;

CREATE OR REPLACE FUNCTION refund_never_more_than_paid() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    paid bigint; given bigint;
BEGIN
    IF NEW.allocation_line_id IS NOT NULL THEN
        SELECT amount_fen INTO paid FROM allocation_line
            WHERE id = NEW.allocation_line_id AND state NOT IN ('planned', 'due') FOR UPDATE;
        SELECT sum(amount_fen) INTO given FROM refund_line
            WHERE allocation_line_id = NEW.allocation_line_id AND state NOT IN ('rejected', 'came_back');
    ELSE
        SELECT (part ->> 'amount_fen')::bigint INTO paid
            FROM surplus_payment AS one, jsonb_array_elements(one.parts) AS part
            WHERE one.id = NEW.surplus_id AND part ->> 'receiver' = NEW.receiver FOR UPDATE OF one;
        SELECT sum(amount_fen) INTO given FROM refund_line
            WHERE surplus_id = NEW.surplus_id AND receiver = NEW.receiver AND state NOT IN ('rejected', 'came_back');
    END IF;
    IF given > coalesce(paid, 0) THEN
        RAISE EXCEPTION 'refunds of % fen exceed the % fen that were paid', given, coalesce(paid, 0)
            USING ERRCODE = 'check_violation', CONSTRAINT = 'refund_never_more_than_paid';
    END IF;
    RETURN NULL;
END $$;
"""


def upgrade() -> None:
    run_script(op.get_bind(), CAME_BACK)
