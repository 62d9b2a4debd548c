"""The trail: where an account's transfers of a day lie, a row a batch, in place of two indexes of all transfers

An entry's number becomes its batch's and its place in it, so that a batch's entries follow one another.
"""

from pathlib import Path

from alembic import op
from foundation.database import run_script

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = ("write", "post_carefully", "post")


def upgrade() -> None:
    op.execute("SET LOCAL ROLE heyi_ledger")
    op.execute("SET LOCAL search_path = ledger, pg_temp")
    run_script(op.get_bind(), TRAIL)
    for script in SCRIPTS:
        run_script(op.get_bind(), (ROOT / "ledger" / "sql" / f"{script}.sql").read_text(encoding="utf-8"))
    op.execute("RESET ROLE")
    op.execute("SET LOCAL search_path TO DEFAULT")


TRAIL = """
LOCK TABLE entry_key IN EXCLUSIVE MODE;  -- nothing is posted meanwhile

DO $$ BEGIN
    IF to_regclass('trail') IS NULL THEN
        CREATE TABLE trail (
            account_id integer NOT NULL,
            effective_on date NOT NULL,
            first_entry bigint NOT NULL,
            last_entry bigint NOT NULL,
            PRIMARY KEY (account_id, effective_on, first_entry)
        );
        PERFORM make_append_only('trail');
        INSERT INTO trail (account_id, effective_on, first_entry, last_entry)
        SELECT account, effective_on, min(entry_id), max(entry_id)
        FROM (
            SELECT debit AS account, effective_on, entry_id FROM every_transfer
            UNION ALL
            SELECT credit, effective_on, entry_id FROM every_transfer
        ) AS side
        GROUP BY account, effective_on, entry_id / 8192;
    END IF;
END $$;

-- Numbers given so far are below those of the batches that come.
SELECT setval('batch_id', greatest((SELECT last_value FROM batch_id), (SELECT max(entry_id) / 8192 FROM entry_key)))
WHERE EXISTS (SELECT FROM entry_key);
DROP SEQUENCE IF EXISTS entry_id;

DROP INDEX IF EXISTS transfer_debit, transfer_credit;
DO $$ DECLARE
    index regclass;
BEGIN
    FOR index IN  -- a month that was archived has kept indexes of its own
        SELECT indexrelid FROM pg_index JOIN pg_inherits ON inhrelid = indrelid
        WHERE inhparent = to_regclass('archived_transfer') AND NOT indisunique
    LOOP
        EXECUTE format('DROP INDEX %s', index);
    END LOOP;
END $$;
"""
