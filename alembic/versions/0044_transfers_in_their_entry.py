"""An entry's transfers stand in its own row, in place of three tables; its batch is read from its number

What was numbered before 0038 is numbered anew, so that all numbers say their batch.
"""

from pathlib import Path

from alembic import op
from foundation.database import run_script

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = ("views", "months", "refusals", "holds", "write", "post_carefully", "post", "canonical")


def upgrade() -> None:
    op.execute("SET LOCAL ROLE heyi_ledger")
    op.execute("SET LOCAL search_path = ledger, pg_temp")
    run_script(op.get_bind(), IN_THEIR_ENTRY)
    for script in SCRIPTS:
        run_script(op.get_bind(), (ROOT / "ledger" / "sql" / f"{script}.sql").read_text(encoding="utf-8"))
    op.execute("REVOKE EXECUTE ON FUNCTION seal_batch, write_holds, write_batch, post_carefully, post FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION post TO heyi_app")
    op.execute("RESET ROLE")
    op.execute("SET LOCAL search_path TO DEFAULT")
    settle = ROOT / "settlement" / "payments" / "sql" / "settle_paid.sql"
    run_script(op.get_bind(), settle.read_text(encoding="utf-8"))


IN_THEIR_ENTRY = """
DO $$ DECLARE
    one regclass;
    old regprocedure;
BEGIN
    IF to_regclass('archived_transfer') IS NULL THEN
        RETURN;  -- a new database: its tables were made in this form
    END IF;
    LOCK TABLE entry_key IN EXCLUSIVE MODE;  -- nothing is posted meanwhile

    ALTER TABLE entry ADD COLUMN amounts bigint[] NOT NULL DEFAULT '{}' CHECK (0 < ALL (amounts)),
        ADD COLUMN debits integer[] NOT NULL DEFAULT '{}', ADD COLUMN credits integer[] NOT NULL DEFAULT '{}';
    ALTER TABLE archived_entry ADD COLUMN amounts bigint[] NOT NULL DEFAULT '{}',
        ADD COLUMN debits integer[] NOT NULL DEFAULT '{}', ADD COLUMN credits integer[] NOT NULL DEFAULT '{}',
        ADD CONSTRAINT entry_amounts_check CHECK (0 < ALL (amounts));
    FOREACH one IN ARRAY ARRAY['entry', 'archived_entry', 'entry_key', 'reversal', 'hold', 'hold_end', 'trail'] LOOP
        EXECUTE format('ALTER TABLE %s DISABLE TRIGGER append_only', one);
    END LOOP;

    CREATE TEMP TABLE numbered ON COMMIT DROP AS
    SELECT id, effective_on, batch_id * 8192 + row_number() OVER (PARTITION BY batch_id ORDER BY id) AS new
    FROM every_entry WHERE id / 8192 <> batch_id;
    CREATE TEMP TABLE moves ON COMMIT DROP AS
    SELECT entry_id, effective_on, array_agg(amount ORDER BY no) AS amounts, array_agg(debit ORDER BY no) AS debits,
        array_agg(credit ORDER BY no) AS credits
    FROM (SELECT * FROM every_transfer UNION ALL SELECT * FROM pending_transfer) AS every GROUP BY 1, 2;
    CREATE INDEX ON numbered (id);
    CREATE INDEX ON moves (entry_id);
    ANALYZE numbered;
    ANALYZE moves;

    FOREACH one IN ARRAY ARRAY['entry', 'archived_entry'] LOOP
        EXECUTE format('UPDATE %s AS entry SET amounts = moves.amounts, debits = moves.debits, credits = moves.credits
                        FROM moves WHERE entry_id = id AND moves.effective_on = entry.effective_on', one);
        -- By way of negative numbers, since a new one may be another entry's old one.
        EXECUTE format('UPDATE %s AS entry SET id = -new FROM numbered WHERE numbered.id = entry.id', one);
        EXECUTE format('UPDATE %s SET id = -id WHERE id < 0', one);
        EXECUTE format('ALTER TABLE %s ALTER amounts DROP DEFAULT, ALTER debits DROP DEFAULT,
                        ALTER credits DROP DEFAULT', one);
    END LOOP;
    UPDATE entry_key SET entry_id = new FROM numbered WHERE id = entry_id;
    UPDATE reversal SET entry_id = new FROM numbered WHERE id = entry_id;
    UPDATE hold SET entry_id = -new FROM numbered WHERE id = entry_id;
    UPDATE hold SET entry_id = -entry_id WHERE entry_id < 0;
    UPDATE hold_end SET entry_id = new FROM numbered WHERE id = entry_id;

    DROP VIEW every_transfer, every_entry;
    DROP TABLE transfer, archived_transfer, pending_transfer;
    ALTER TABLE entry DROP COLUMN batch_id;
    ALTER TABLE archived_entry DROP COLUMN batch_id;
    IF EXISTS (SELECT FROM numbered) THEN
        DELETE FROM trail;
        INSERT INTO trail (account_id, effective_on, first_entry, last_entry)
        SELECT account, effective_on, min(id), max(id)
        FROM (SELECT * FROM entry UNION ALL SELECT * FROM archived_entry) AS every,
            unnest(debits || credits) AS account
        WHERE pending_until IS NULL
        GROUP BY account, effective_on, id / 8192;
    END IF;

    FOREACH one IN ARRAY ARRAY['entry', 'archived_entry', 'entry_key', 'reversal', 'hold', 'hold_end', 'trail'] LOOP
        EXECUTE format('ALTER TABLE %s ENABLE TRIGGER append_only', one);
    END LOOP;
    FOR old IN
        SELECT oid FROM pg_proc WHERE pronamespace = 'ledger'::regnamespace
            AND proname IN ('seal_batch', 'write_holds', 'write_batch', 'post_carefully', 'post')
    LOOP
        EXECUTE format('DROP FUNCTION %s', old);
    END LOOP;
END $$;
"""
